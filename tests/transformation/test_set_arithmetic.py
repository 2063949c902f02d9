"""``resType``: settled for each layer, and refused where the toolchain cannot use DSPs."""

from __future__ import annotations

from pathlib import Path

import pytest
from networks import dense_network
from onnx import helper
from qonnx.core.datatype import DataType
from qonnx.core.modelwrapper import ModelWrapper

from finn.boards import get_board
from finn.build import BuildConfig
from finn.core.network import instances
from finn.errors import FinnError
from finn.transformation.fpgadataflow import chip_bitstream
from finn.transformation.fpgadataflow.apply_folding_config import ApplyFoldingConfig
from finn.transformation.fpgadataflow.set_arithmetic import SetArithmetic, layers_in_dsps
from finn.transformation.fpgadataflow.set_folding import apply_folding

BOARD = get_board("Pynq-Z1")


def _network() -> ModelWrapper:
    """A layer of 4-bit operands before one of 2-bit ones."""
    model = dense_network()
    apply_folding(model, {"MVAU_0": {"inputDataType": "INT4", "weightDataType": "INT4"}})
    model.set_tensor_datatype("x", DataType["INT4"])
    return model


def _res_types(model: ModelWrapper) -> list[str]:
    return [
        helper.get_attribute_value(a).decode()
        for node in model.graph.node
        for a in node.attribute
        if a.name == "resType"
    ]


@pytest.mark.parametrize(("dsp", "first"), [(True, "dsp"), (False, "lut")])
def test_dsps_are_used_where_operands_and_toolchain_allow(dsp: bool, first: str) -> None:
    model = _network().transform(SetArithmetic(BOARD, dsp))
    assert _res_types(model) == [first, "lut"]
    assert layers_in_dsps(model) == (["MVAU_0"] if dsp else [])
    assert instances(model)[0].kernel.resources().dsp == (1 if dsp else 0)


def test_a_folding_file_decides() -> None:
    model = _network().transform(ApplyFoldingConfig({"MVAU_0": {"resType": "lut"}}, print))
    assert _res_types(model.transform(SetArithmetic(BOARD, dsp=True))) == ["lut", "lut"]


def test_dsps_are_refused_for_openxc7() -> None:
    model = _network().transform(ApplyFoldingConfig({"MVAU_0": {"resType": "dsp"}}, print))
    with pytest.raises(FinnError) as caught:
        model.transform(SetArithmetic(BOARD, dsp=False))
    assert str(caught.value) == (
        "MVAU_0: resType dsp is not for the toolchain openxc7, which configures DSPs wrongly;"
        " choose lut or auto"
    )


def test_dsps_are_refused_for_operands_they_do_not_suit() -> None:
    with pytest.raises(FinnError) as caught:
        _network().transform(ApplyFoldingConfig({"MVAU_1": {"resType": "dsp"}}, print))
    assert str(caught.value) == (
        "MVAU_1: resType dsp takes weights and activations of 4 to 8 bits, not INT2 and INT2;"
        " choose lut or auto"
    )


def test_a_design_with_dsps_is_not_made_into_a_bitstream_by_open_tools(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chip_bitstream, "build_directory", lambda _: tmp_path)
    monkeypatch.setattr(chip_bitstream, "hardware_child", lambda model: model)
    with pytest.raises(FinnError) as caught:
        chip_bitstream.bitstream_by_openxc7(_network().transform(SetArithmetic(BOARD, dsp=True)), False)
    assert str(caught.value) == (
        "MVAU_0 multiplies in DSPs, which the open tools configure wrongly; make the project with dsp=False,"
        " or set resType lut"
    )


@pytest.mark.parametrize(("toolchain", "dsp"), [("verilator", True), ("vivado", True), ("openxc7", False)])
def test_a_build_knows_whether_its_toolchain_takes_dsps(tmp_path: Path, toolchain: str, dsp: bool) -> None:
    config = BuildConfig(tmp_path / "model.onnx", tmp_path / "out", toolchain=toolchain)
    assert config.network_options().dsp is dsp
