"""Host parts are run once on zeros before anything is made of them."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from onnx import TensorProto, helper

from finn.errors import FinnError
from finn.frontend import import_network
from finn.frontend.reading import trial
from finn.frontend.reading.normalise import normalise
from finn.frontend.reading.trial import require_running

from .qonnx_networks import Network


def error_of(constant: object, *more: str) -> str:
    """What is said of a sum with such a constant behind five outputs, where (N, 5) is declared."""
    network = Network(12).quant(0.3).dense(5).op("Add", np.zeros(5), name="sum")
    model, _ = normalise(network.op("Softmax", axis=1).model())
    node = next(one for one in model.graph.node if one.name == "sum")
    node.input.extend(more)
    constants = {name: np.asarray(constant, dtype=np.float32) for name in (*node.input[1:], *more)}
    with pytest.raises(FinnError) as error:
        require_running(model, [node], constants, [node.input[0]])
    return str(error.value)


def test_what_does_not_run_is_named() -> None:
    assert error_of(np.zeros(4)) == (
        "sum (Add) cannot be read (operands could not be broadcast together with shapes (2,5) (4,));"
        " check the export"
    )


def test_another_shape_than_onnx_says_is_named() -> None:
    assert error_of(np.zeros((3, 1, 1))) == (
        "sum (Add) gives (2, 5) for one image where (5,) is declared; check the export"
    )


def test_both_parts_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[list[str]] = []

    def note(model: object, nodes: list[object], constants: object, given: object) -> None:
        tried.append([*given, *(node.op_type for node in nodes)])

    module = sys.modules["finn.frontend.import_network"]
    monkeypatch.setattr(module, "require_running", note)
    import_network(Network(12).op("Tanh").quant(0.3).dense(5).op("Softmax", axis=1).model())
    assert tried == [["x", "Tanh", "Quant"], ["t3", "Softmax"]]


def test_integers_stay_integers() -> None:
    network = Network(12).quant(0.3).dense(5).op("ArgMax", axis=1, keepdims=0, name="best")
    model = network.model(outputs=[("t3", TensorProto.INT64)])
    model, _ = normalise(model)
    assert trial._zeros(model, "t3").dtype == np.int64
    assert helper.np_dtype_to_tensor_dtype(trial._zeros(model, "x").dtype) == TensorProto.FLOAT
