"""Operators that cut, join, repeat and reduce, as host programs, against ONNX Runtime on many images."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import helper

from finn.frontend.host.programs import program_of
from finn.runtime.host_program import run_program
from finn.runtime.shaping import SHAPING

X = np.random.default_rng(3).normal(size=(7, 4, 6, 5)).astype(np.float32)
FAR = np.iinfo(np.int64)


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


CASES: list[tuple[str, list[np.ndarray], dict[str, Any], int]] = [
    ("Concat", [X[:, :, :, ::-1].copy()], {"axis": 1}, 1),
    ("Slice", [ints(1), ints(5), ints(2), ints(1)], {}, 1),
    ("Slice", [ints(-3, 4), ints(FAR.max, -2), ints(3, 2), ints(1, -1)], {}, 1),
    ("Slice", [ints(-1), ints(FAR.min), ints(2), ints(-2)], {}, 1),
    ("Slice", [ints(-1), ints(-7), ints(2), ints(-1)], {}, 1),
    ("Slice", [ints(-1), ints(-6), ints(2), ints(-1)], {}, 1),
    ("Gather", [ints(3, -1, 0)], {"axis": 2}, 1),
    ("Gather", [np.array(-1)], {"axis": 3}, 1),
    ("Gather", [np.array([[0, 2], [1, 1]])], {"axis": 1}, 1),
    ("Split", [ints(1, 3, 2)], {"axis": 2}, 3),
    ("Tile", [ints(1, 2, 1, 3)], {}, 1),
    *((name, [], {"axes": [1, 3], "keepdims": 1}, 1) for name in ("ReduceMean", "ReduceMax", "ReduceProd")),
    *((name, [], {"axes": [2], "keepdims": 0}, 1) for name in ("ReduceMean", "ReduceMin")),
    ("ReduceSum", [ints(1, 2)], {"keepdims": 0}, 1),
    ("ArgMin", [], {"axis": 2, "keepdims": 1}, 1),
    ("ArgMin", [], {"axis": 1, "keepdims": 0}, 1),
    ("GlobalAveragePool", [], {}, 1),
    *(
        ("MaxPool", [], {"kernel_shape": k, "strides": s, "dilations": d, "pads": p}, 1)
        for k, s, d, p in (
            ([6, 5], [1, 1], [1, 1], [0, 0, 0, 0]),
            ([3, 2], [2, 1], [1, 3], [1, 0, 0, 1]),
            ([2, 3], [3, 2], [2, 1], [0, 1, 1, 1]),
        )
    ),
]


def by_onnx(op_type: str, x: np.ndarray, constants: list[np.ndarray], outputs: int, a: Any) -> list[Any]:
    feed = {"x": x, **{f"c{i}": c for i, c in enumerate(constants)}}
    results = [f"y{i}" for i in range(outputs)]
    node = helper.make_node(op_type, list(feed), results, **a)
    inputs = [
        helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape)
        for n, v in feed.items()
    ]
    ends = [helper.make_empty_tensor_value_info(name) for name in results]
    graph = helper.make_graph([node], "one", inputs, ends)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, feed)


def by_us(op_type: str, x: np.ndarray, constants: list[np.ndarray], outputs: int, a: Any) -> list[Any]:
    named = {f"c{i}": c for i, c in enumerate(constants)}
    results = [f"y{i}" for i in range(outputs)]
    program, arrays = program_of([helper.make_node(op_type, ["x", *named], results, **a)], named)
    tensors = run_program(program, arrays, {"x": x})
    return [tensors[name] for name in results]


@pytest.mark.parametrize(("op_type", "constants", "a", "outputs"), CASES)
def test_operator_equals_onnx(op_type: str, constants: list[np.ndarray], a: Any, outputs: int) -> None:
    theirs = by_onnx(op_type, X, constants, outputs, a)
    for mine, other in zip(by_us(op_type, X, constants, outputs, a), theirs, strict=True):
        assert mine.dtype == other.dtype and mine.shape == other.shape
        assert np.allclose(mine, other, rtol=1e-5, atol=1e-6)


def test_what_is_constant_joins_every_image() -> None:
    token = np.arange(30, dtype=np.float32).reshape(1, 1, 6, 5)
    (joined,) = by_us("Concat", X, [token], 1, {"axis": 1})
    assert joined.shape == (7, 5, 6, 5) and np.array_equal(joined[:, 4], np.repeat(token[:, 0], 7, axis=0))
    (none,) = by_us("Concat", X[:0], [token], 1, {"axis": 1})
    assert none.shape == (0, 5, 6, 5)


def test_an_expansion_keeps_the_batch() -> None:
    (wide,) = by_us("Expand", X[:, :, :1], [ints(1, 4, 3, 5)], 1, {})
    assert np.array_equal(wide, np.repeat(X[:, :, :1], 3, axis=2))


def test_every_operator_is_tested() -> None:
    assert {case[0] for case in CASES} | {"Expand"} == set(SHAPING)
