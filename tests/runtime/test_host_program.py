"""Every host operator against ONNX Runtime's or qonnx' own result."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from onnx import helper
from qonnx.custom_op.general.bipolar_quant import binary_quant
from qonnx.custom_op.general.multithreshold import multithreshold
from qonnx.custom_op.general.quant import quant
from qonnx.custom_op.general.trunc import trunc_v1, trunc_v2

from finn.frontend.graph.integer_operators import INTEGER_OPERATORS
from finn.runtime import host_program
from finn.runtime.host_program import OPERATORS, run_program
from finn.runtime.quantisers import ROUNDING
from finn.runtime.shaping import SHAPING

RNG = np.random.default_rng(0)
X = (RNG.normal(size=(50, 8)) * 3).astype(np.float32)
C = np.linspace(0.5, 2, 8).astype(np.float32)

# Operator, constants, attributes, and whether results are equal in every bit.
ONNX = [
    ("Add", [C], {}, True),
    ("Sub", [C], {}, True),
    ("Mul", [C], {}, True),
    ("Div", [C], {}, True),
    ("Max", [C, -C], {}, True),
    ("Min", [C], {}, True),
    ("Pow", [np.float32(2)], {}, True),
    ("Pow", [np.array(3)], {}, False),
    ("Neg", [], {}, True),
    ("Abs", [], {}, True),
    ("Exp", [], {}, False),
    ("Tanh", [], {}, False),
    ("Sigmoid", [], {}, False),
    ("HardSigmoid", [], {"alpha": 0.2, "beta": 0.5}, True),
    ("Elu", [], {"alpha": 0.7}, False),
    ("Selu", [], {"alpha": 1.5, "gamma": 1.1}, False),
    ("Celu", [], {"alpha": 0.7}, False),
    ("ThresholdedRelu", [], {"alpha": 0.7}, True),
    ("Softplus", [], {}, False),
    ("Softsign", [], {}, False),
    ("Erf", [], {}, False),
    ("Sign", [], {}, True),
    ("Reciprocal", [], {}, True),
    ("LogSoftmax", [], {"axis": 1}, False),
    ("Greater", [C], {}, True),
    ("GreaterOrEqual", [C], {}, True),
    ("Less", [C], {}, True),
    ("LessOrEqual", [C], {}, True),
    ("Equal", [X[0]], {}, True),
    ("Floor", [], {}, True),
    ("Ceil", [], {}, True),
    ("Round", [], {}, True),
    ("Relu", [], {}, True),
    ("LeakyRelu", [], {"alpha": 0.25}, True),
    ("PRelu", [C], {}, True),
    ("Clip", [np.float32(-1), np.float32(1)], {}, True),
    ("Identity", [], {}, True),
    ("Cast", [], {"to": 11}, True),
    ("Cast", [], {"to": 7}, True),
    ("BatchNormalization", [C, -C, C * 2, C * 3], {"epsilon": 1e-5}, True),
    ("MatMul", [np.outer(C, C)[:, :5]], {}, False),
    ("Gemm", [np.outer(C, C)[:5], C[:5]], {"alpha": 0.5, "beta": 2.0, "transA": 0, "transB": 1}, False),
    ("Reshape", [np.array([0, 2, 4])], {}, True),
    ("Softmax", [], {"axis": 1}, False),
    ("TopK", [np.array([3])], {"axis": 1, "largest": 1}, True),
    ("TopK", [np.array([3])], {"axis": -1, "largest": 0}, True),
    ("ArgMax", [], {"axis": 1, "keepdims": 0}, True),
    ("ArgMax", [], {"axis": 1, "keepdims": 1}, True),
]


def run_onnx(
    op_type: str, x: np.ndarray, constants: list, attributes: dict, outputs: int
) -> list[np.ndarray]:
    names = [f"c{i}" for i in range(len(constants))]
    results = [f"y{i}" for i in range(outputs)]
    node = helper.make_node(op_type, ["x", *names], results, **attributes)
    feed = {"x": x, **{n: np.asarray(c) for n, c in zip(names, constants, strict=True)}}
    inputs = [
        helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape)
        for n, v in feed.items()
    ]
    graph = helper.make_graph(
        [node], "one", inputs, [helper.make_empty_tensor_value_info(n) for n in results]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, feed)


def run_one(op: str, x: np.ndarray, constants: list, attributes: dict, outputs: int = 1) -> list[np.ndarray]:
    names = [f"c{i}" for i in range(len(constants))]
    results = [f"y{i}" for i in range(outputs)]
    step = {"op": op, "inputs": ["x", *names], "outputs": results, "attributes": attributes}
    tensors = run_program([step], dict(zip(names, constants, strict=True)), {"x": x})
    return [tensors[name] for name in results]


@pytest.mark.parametrize(("op", "constants", "attributes", "exact"), ONNX)
def test_operator_equals_onnx(op: str, constants: list, attributes: dict, exact: bool) -> None:
    outputs = 2 if op == "TopK" else 1
    expected = run_onnx(op, X, constants, attributes, outputs)
    for ours, theirs in zip(run_one(op, X, constants, attributes, outputs), expected, strict=True):
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
        assert np.array_equal(ours, theirs) if exact else np.allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_log_of_what_has_one() -> None:
    ours, theirs = run_one("Log", np.abs(X), [], {})[0], run_onnx("Log", np.abs(X), [], {}, 1)[0]
    assert ours.dtype == theirs.dtype and np.allclose(ours, theirs, rtol=1e-6, atol=1e-7)


def test_a_choice_between_tensors() -> None:
    step = {"op": "Where", "inputs": ["c", "x", "y"], "outputs": ["z"], "attributes": {}}
    chosen = run_program([step], {"c": C > 1, "y": -C}, {"x": X})["z"]
    assert chosen.dtype == np.float32 and np.array_equal(chosen, np.where(C > 1, X, -C))


@pytest.mark.parametrize("name", ["And", "Or", "Xor"])
def test_truths_of_two(name: str) -> None:
    first, second = X > 1, X[::-1] < 0.5
    expected = run_onnx(name, first, [second], {}, 1)[0]
    assert np.array_equal(run_one(name, first, [second], {})[0], expected)


def test_the_opposite() -> None:
    assert np.array_equal(run_one("Not", X > 1, [], {})[0], X <= 1)


def test_sqrt_and_transpose() -> None:
    assert np.array_equal(run_one("Sqrt", np.abs(X), [], {})[0], run_onnx("Sqrt", np.abs(X), [], {}, 1)[0])
    x = X.reshape(50, 2, 4)
    assert np.array_equal(run_one("Transpose", x, [], {"perm": [0, 2, 1]})[0], x.transpose(0, 2, 1))


def test_equal_elements_take_the_lowest_index() -> None:
    x = np.array([[3, 7, 7, 1, 7]], dtype=np.float32)
    assert run_one("TopK", x, [np.array([2])], {"axis": 1, "largest": 1}, 2)[1].tolist() == [[1, 2]]
    assert run_one("ArgMax", x, [], {"axis": 1, "keepdims": 0})[0].tolist() == [1]


def test_one_program_for_any_batch() -> None:
    step = {"op": "Reshape", "inputs": ["x", "s"], "outputs": ["y"], "attributes": {}}
    for batch in (0, 1, 7):
        x = np.zeros((batch, 2, 4))
        assert run_program([step], {"s": np.array([0, 8])}, {"x": x})["y"].shape == (batch, 8)


HALVES = np.arange(-40, 41).astype(np.float32)[:, None] / 8


@pytest.mark.parametrize("mode", sorted(ROUNDING))
@pytest.mark.parametrize(
    ("signed", "narrow", "bits"), [(1, 0, 3), (1, 1, 3), (0, 0, 3), (0, 1, 3), (1, 1, 1), (0, 0, 1)]
)
@pytest.mark.parametrize("zero", [0.0, 1.0])
def test_quant_equals_qonnx(mode: str, signed: int, narrow: int, bits: int, zero: float) -> None:
    scale = np.array([0.25, 0.3, 1.0], dtype=np.float32)
    constants = [scale, np.float32(zero), np.float32(bits)]
    ours = run_one("Quant", HALVES, constants, {"signed": signed, "narrow": narrow, "rounding_mode": mode})[0]
    assert np.array_equal(ours, quant(HALVES, *constants, signed, narrow, mode))
    assert ours.dtype == np.float32


def test_bipolar_quant_equals_qonnx() -> None:
    assert np.array_equal(run_one("BipolarQuant", HALVES, [C], {})[0], binary_quant(HALVES, C))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("axis", [1, -1])
def test_multithreshold_equals_qonnx(channels: int, axis: int) -> None:
    x = RNG.normal(size=(10, 3, 4) if axis == 1 else (10, 4, 3)).astype(np.float32)
    thresholds = np.sort(RNG.normal(size=(channels, 5)), axis=1).astype(np.float32)
    settings = {"out_scale": 2.0, "out_bias": -3.0, "channel_axis": axis}
    expected = multithreshold(x, thresholds, 2.0, -3.0, channels_last=axis == -1)
    assert np.array_equal(run_one("MultiThreshold", x, [thresholds], settings)[0], expected)


@pytest.mark.parametrize("mode", ["FLOOR", "ROUND", "CEIL"])
def test_trunc_equals_qonnx(mode: str) -> None:
    scale, zero, shift = np.float32(0.25), np.float32(2), np.float32(4)
    ours = run_one("Trunc", HALVES, [scale, zero, shift, scale], {"rounding_mode": mode})[0]
    assert np.array_equal(ours, trunc_v1(HALVES, scale, zero, np.float32(5), np.float32(3), mode))
    wide = np.float32(1)
    settings = {"rounding_mode": mode, "clamp": [-4, 3]}
    ours = run_one("Trunc", HALVES, [scale, zero, shift, wide], settings)[0]
    theirs = trunc_v2(HALVES, scale, zero, np.float32(5), 0, 1, wide, np.float32(3), mode)
    assert np.array_equal(ours, theirs)


def test_unknown_operator() -> None:
    with pytest.raises(ValueError, match=r"^host operator Sinh is unknown$"):
        run_one("Sinh", X, [], {})


def test_every_operator_is_tested() -> None:
    others = {"Sqrt", "Log", "Where", "And", "Or", "Xor", "Not"}
    others |= {"Transpose", "Quant", "BipolarQuant", "MultiThreshold", "Trunc"}
    # Those of whole numbers in test_requantise.py.
    assert {case[0] for case in ONNX} | others | {*INTEGER_OPERATORS} == set(OPERATORS) - set(SHAPING)


@pytest.mark.parametrize(
    "name",
    [
        "host_program.py",
        "functions.py",
        "shaping.py",
        "fixed_point.py",
        "integer_softmax.py",
        "quantisers.py",
        "numeric.py",
        "requantise.py",
    ],
)
def test_files_parse_as_python_3_6(name: str) -> None:
    source = (Path(host_program.__file__).parent / name).read_text()
    ast.parse(source, feature_version=(3, 6))
