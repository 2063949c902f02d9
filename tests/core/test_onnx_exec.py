from __future__ import annotations

import numpy as np
import pytest
from networks import dense_network, reference

from finn.core.onnx_exec import execute_onnx
from finn.errors import FinnError
from finn.frontend import import_network
from finn.transformation.fpgadataflow.create_dataflow_partition import CreateDataflowPartition


@pytest.fixture
def frames():
    return np.random.default_rng(1).integers(-2, 2, (7, 12))


def test_the_integer_model_takes_any_batch(frames):
    model = dense_network()
    assert np.array_equal(execute_onnx(model, {"x": frames})["y"], reference(model, frames))


def test_partitions_recurse(frames, tmp_path):
    model = dense_network()
    expected = reference(model, frames)
    model.set_metadata_prop("build_dir", str(tmp_path))
    parent = model.transform(CreateDataflowPartition())
    assert [node.op_type for node in parent.graph.node] == ["StreamingDataflowPartition"]
    assert np.array_equal(execute_onnx(parent, {"x": frames})["y"], expected)


def test_the_full_context_holds_what_lies_between(frames):
    context = execute_onnx(dense_network(), {"x": frames}, return_full_exec_context=True)
    assert context["h0"].shape == (7, 8)


def test_a_missing_input_is_named():
    with pytest.raises(FinnError, match=r"^input 'x' is missing; the model's inputs are x$"):
        execute_onnx(dense_network(), {"z": np.zeros((1, 12))})


def test_an_unknown_mode_is_refused(frames):
    model = dense_network()
    model.set_metadata_prop("exec_mode", "cppsim")
    with pytest.raises(FinnError) as caught:
        execute_onnx(model, {"x": frames})
    assert str(caught.value) == "exec_mode 'cppsim' is unknown; possible are '', 'rtlsim' and 'remote_pynq'"


def test_a_model_that_was_never_deployed_is_told(frames):
    model = dense_network()
    model.set_metadata_prop("exec_mode", "remote_pynq")
    with pytest.raises(FinnError, match=r"^the model has not been deployed; run DeployToPYNQ on it first$"):
        execute_onnx(model, {"x": frames})


def test_an_input_off_the_grid_of_raw_values_is_refused_at_its_first_index(digits):
    model = import_network(digits / "digits_w2a2.onnx", input_datatype="UINT8", input_scale=1 / 16)
    images = np.load(digits / "x.npy")[:3].copy()
    images[1, 5] = 2.5 / 16
    with pytest.raises(FinnError) as caught:
        execute_onnx(model, {model.graph.input[0].name: images})
    assert str(caught.value) == (
        f"input {model.graph.input[0].name} holds 0.15625 at index (1, 5), which is no UINT8 times the input"
        " scale of the build; give the pixels themselves, or values made from them"
    )
