"""Files that FINN has lowered are recognised; those of this project's own stages are not refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from onnx import ModelProto, helper
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError
from finn.frontend import import_network, load_model
from finn.frontend.reading.lowered import refuse_lowered

from .qonnx_networks import Network

HARDWARE = "finn.custom_op.fpgadataflow"
# All that this project's own node of that operator has.
OWN = {
    **dict.fromkeys(("NumChannels", "PE", "numSteps"), 1),
    **dict.fromkeys(("inputDataType", "weightDataType", "outputDataType"), "INT4"),
}
ADVICE = "give the network's QONNX export instead"


def lowered(op_type: str, domain: str, **attributes: object) -> ModelProto:
    """A network with such a node in its middle."""
    network = Network(12).quant(0.3).dense(5)
    model = network.op(op_type, name="made", **attributes).model().model
    model.graph.node[-1].domain = domain
    model.opset_import.append(helper.make_opsetid(domain, 1))
    return model


@pytest.mark.parametrize(
    ("op_type", "domain", "attributes"),
    [
        ("MVAU", HARDWARE, {"MW": 8, "MH": 4, "backend": "fpgadataflow"}),
        ("MVAU", HARDWARE, {"MW": 8, "MH": 4}),
        ("Thresholding", HARDWARE, {**OWN, "backend": "fpgadataflow"}),
        ("MVAU_hls", f"{HARDWARE}.hls", {"MW": 8, "MH": 4}),
        ("Thresholding_rtl", f"{HARDWARE}.rtl", {}),
        ("StreamingFCLayer_Batch", HARDWARE, {}),
        ("StreamingDataflowPartition", HARDWARE, {"model": "/tmp/child.onnx"}),
        ("StreamingDataflowPartition", "finn", {"model": "/tmp/child.onnx"}),
    ],
)
def test_finns_hardware(op_type: str, domain: str, attributes: dict[str, object]) -> None:
    with pytest.raises(FinnError) as error:
        load_model(ModelWrapper(lowered(op_type, domain, **attributes)))
    assert str(error.value) == f"made ({op_type}) is a hardware node that FINN made; {ADVICE}"


@pytest.mark.parametrize("op_type", ["Im2Col", "XnorPopcountMatMul"])
def test_finns_lowering(op_type: str) -> None:
    with pytest.raises(FinnError) as error:
        import_network(ModelWrapper(lowered(op_type, "qonnx.custom_op.general")))
    assert str(error.value) == f"made ({op_type}) is a step of FINN's own lowering; {ADVICE}"


def test_own_hardware_is_loaded_but_is_no_network(tmp_path: Path) -> None:
    path = tmp_path / "dataflow.onnx"
    import_network(Network(12).quant(0.3).dense(5).model()).save(str(path))
    assert load_model(path).graph.node[-1].op_type
    with pytest.raises(FinnError) as error:
        import_network(path)
    assert str(error.value) == (
        f"MVAU_0 (MVAU) is a hardware layer already; {ADVICE}, or the folder of its build"
    )


def test_the_stages_of_a_build_pass(digits_out: Path) -> None:
    for path in sorted((digits_out / "stages").glob("*.onnx")):
        refuse_lowered(load_model(path).model)
