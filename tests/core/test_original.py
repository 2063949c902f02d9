"""A build's original model, executed twice: K best classes, and what cannot be executed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper
from qonnx.core.modelwrapper import ModelWrapper

from finn.core.original import OriginalModel
from finn.errors import FinnError

FACTORS = np.float32([7, 1, 49, 3])
OFFSETS = np.float32([-1, 0, 0, 0])


@pytest.fixture
def parent(tmp_path: Path) -> ModelWrapper:
    """A build of a model that gives its one input four times, once less 1, by quotients and products."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, len(FACTORS)])
    rows = [("Div", ["x", "c"], ["d"]), ("Mul", ["d", "c"], ["e"]), ("Add", ["e", "b"], ["y"])]
    nodes = [helper.make_node(*row) for row in rows]
    model = ModelWrapper(helper.make_model(helper.make_graph(nodes, "g", [x], [y])))
    model.set_initializer("c", FACTORS)
    model.set_initializer("b", OFFSETS)
    model.save(str(tmp_path / "model.onnx"))
    model.set_metadata_prop("build_dir", str(tmp_path))
    return model


def inputs() -> Any:
    return {"x": np.float32([[0.1], [0.3], [0.7], [1.1], [1.3]])}


def test_exact_answers_are_rounded_once(parent: ModelWrapper) -> None:
    x = inputs()["x"]
    wide = x.astype(np.float64) / FACTORS * FACTORS
    assert (wide != x).any()
    exact = OriginalModel(parent).exact(inputs())["y"]
    assert exact.dtype == np.float32
    np.testing.assert_array_equal(exact, (x.astype(np.float64) + OFFSETS).astype(np.float32))


@pytest.mark.parametrize("how", ["exact", "float32"])
def test_the_best_classes(parent: ModelWrapper, how: str) -> None:
    parent.set_metadata_prop("finn_top_k", json.dumps(2))
    (best,) = getattr(OriginalModel(parent), how)(inputs()).values()
    assert (best.dtype, best.shape) == (np.int64, (5, 2))
    if how == "exact":
        # The last three are equal: the lowest indices win.
        np.testing.assert_array_equal(best, [[1, 2]] * 5)


@pytest.mark.parametrize("how", ["exact", "float32"])
def test_what_cannot_be_executed(parent: ModelWrapper, tmp_path: Path, how: str) -> None:
    execute = getattr(OriginalModel(parent), how)
    with pytest.raises(FinnError) as error:
        execute({"q": np.zeros((1, 1), int)})
    text = "raw quantised inputs cannot be given to the original model; give the expected outputs"
    assert str(error.value) == text
    (tmp_path / "model.onnx").unlink()
    with pytest.raises(FinnError) as error:
        execute(inputs())
    text = f"there is no {tmp_path / 'model.onnx'} to verify against; give the expected outputs"
    assert str(error.value) == text
