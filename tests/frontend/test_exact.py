"""The float64 evaluation against rational numbers, and its types, constants and refusals.

That it knows every operator which the front end takes is checked on every network of
``test_import_network.check``.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError
from finn.frontend.host.exact import exact_execution
from finn.frontend.host.reference import reference_execution

from .qonnx_networks import QONNX, Network

CHANNELS, HEIGHT, WIDTH, OUTPUTS = 3, 6, 4, 5
KERNEL = (2, 3)
INPUT_SCALE, WEIGHT_SCALE, OUTPUT_SCALE = (np.float32(s) for s in (0.1, 0.375, 0.2))


def rationally_quantised(value: Fraction, scale: np.float32, low: int, high: int) -> Fraction:
    """``Quant`` with rounding to even, on the very numbers that float32 holds."""
    step = Fraction(float(scale))
    return round(min(max(value / step, Fraction(low)), Fraction(high))) * step


def rationally(image: Any, weights: Any, bias: Any) -> Any:
    """quantised image * quantised weights + bias, ReLU, quantised; one image, with fractions."""
    x = np.vectorize(lambda v: rationally_quantised(Fraction(float(v)), INPUT_SCALE, -8, 7), otypes=[object])
    w = np.vectorize(lambda v: rationally_quantised(Fraction(float(v)), WEIGHT_SCALE, -8, 7), otypes=[object])
    pixels, taps = x(image), w(weights)
    rows, columns = HEIGHT - KERNEL[0] + 1, WIDTH - KERNEL[1] + 1
    result = np.empty((OUTPUTS, rows, columns), dtype=object)
    for m, i, j in product(range(OUTPUTS), range(rows), range(columns)):
        window = pixels[:, i : i + KERNEL[0], j : j + KERNEL[1]]
        total = (window * taps[m]).sum() + Fraction(float(bias[m]))
        result[m, i, j] = rationally_quantised(max(total, Fraction(0)), OUTPUT_SCALE, 0, 15)
    return result


def tied_network() -> tuple[ModelWrapper, Any, Any]:
    """A convolution whose sums fall on ties of the quantiser behind it; its weights and bias."""
    network = Network((CHANNELS, HEIGHT, WIDTH)).quant(INPUT_SCALE)
    here = network.tensor
    weights = np.float32(network.rng.normal(size=(OUTPUTS, CHANNELS, *KERNEL)))
    bias = np.float32(INPUT_SCALE * np.float32(0.375) * np.arange(OUTPUTS))
    name = network.quant(WEIGHT_SCALE)._on(weights)
    network.tensor = here
    network.op("Conv", name, bias).op("Relu").quant(OUTPUT_SCALE, signed=0)
    return network.model(), weights, bias


def test_it_is_what_rational_numbers_give_where_float32_is_not() -> None:
    model, weights, bias = tied_network()
    images = np.random.default_rng(2).uniform(-0.9, 0.8, (12, CHANNELS, HEIGHT, WIDTH)).astype(np.float32)
    (exact,) = exact_execution(model, {"x": images}).values()
    expected = np.array([rationally(image, weights, bias) for image in images]).astype(np.float64)
    assert exact.dtype == np.float64
    np.testing.assert_array_equal(exact, expected)
    (single,) = reference_execution(model, {"x": images}).values()
    assert (np.abs(single - expected) > 0.1).any()


def test_constants_are_computed_in_double_too() -> None:
    third = np.float32(1) / np.float32(3)
    network = Network(3).op("Identity")
    here = network.tensor
    scale = network.op("Mul", third, source=network.constant(third)).tensor
    network.tensor = here
    (exact,) = exact_execution(network.op("Mul", scale).model(), {"x": np.float32([[1, 3, 5]])}).values()
    np.testing.assert_array_equal(exact, [[float(third) ** 2, 3 * float(third) ** 2, 5 * float(third) ** 2]])


@pytest.mark.parametrize("opset", [7, 9, 13, 15])
def test_batch_normalisation_is_never_that_of_training(opset: int) -> None:
    network = Network((3, 6, 4), opset=opset)
    gamma, beta, mean, variance = (np.float32(v) for v in np.random.default_rng(3).random((4, 3)) + 0.3)
    model = network.op("BatchNormalization", gamma, beta, mean, variance).model()
    x = np.random.default_rng(4).normal(size=(2, 3, 6, 4)).astype(np.float32)
    (exact,) = exact_execution(model, {"x": x}).values()
    by_channel = (v.astype(np.float64).reshape(3, 1, 1) for v in (gamma, beta, mean, variance))
    gamma, beta, mean, variance = by_channel
    expected = (x - mean) / np.sqrt(variance + 1e-5) * gamma + beta
    np.testing.assert_allclose(exact, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", [TensorProto.FLOAT, TensorProto.FLOAT16])
def test_a_cast_to_fewer_bits_rounds_nothing(kind: int) -> None:
    model = Network(3).op("Mul", np.float32(0.1)).op("Cast", to=kind).model(outputs=[("t1", kind)])
    x = np.float32([[0.1, 0.7, -2.3]])
    (exact,) = exact_execution(model, {"x": x}).values()
    np.testing.assert_array_equal(exact, x.astype(np.float64) * float(np.float32(0.1)))


def test_pixels_of_eight_bits_that_are_cast() -> None:
    network = Network((3, 6, 4)).op("Cast", to=TensorProto.FLOAT).op("Mul", np.float32(1 / 255)).op("Flatten")
    model = network.model()
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
    x = np.random.default_rng(5).integers(0, 256, (2, 3, 6, 4)).astype(np.uint8)
    (exact,) = exact_execution(model, {"x": x}).values()
    np.testing.assert_array_equal(exact, x.reshape(2, -1) * float(np.float32(1 / 255)))


@pytest.mark.parametrize(("layout", "axis"), [("", 2), ("NCW", 1)])
def test_thresholds_of_three_axes_are_for_the_channels_that_qonnx_means(layout: str, axis: int) -> None:
    shape = (5, 3) if axis == 2 else (3, 5)
    thresholds = np.float32([[-0.7, 0.1], [-0.2, 0.6], [0.3, 0.9]])
    options = {"data_layout": layout} if layout else {}
    network = Network(shape).op("MultiThreshold", thresholds, out_dtype="UINT2", **options)
    x = np.random.default_rng(6).normal(size=(4, *shape)).astype(np.float32)
    (exact,) = exact_execution(network.model(), {"x": x}).values()
    (reference,) = reference_execution(network.model(), {"x": x}).values()
    np.testing.assert_array_equal(exact, reference)


def test_several_outputs_and_images_one_by_one() -> None:
    network = Network(6).quant(0.3).op("Relu")
    first = network.tensor
    model = network.op("ArgMax", axis=1, keepdims=0).model(
        outputs=[(first, TensorProto.FLOAT), (network.tensor, TensorProto.INT64)]
    )
    x = np.random.default_rng(7).normal(size=(5, 6)).astype(np.float32)
    exact = exact_execution(model, {"x": x})
    assert list(exact) == [first, network.tensor]
    assert (exact[first].dtype, exact[network.tensor].dtype) == (np.float64, np.int64)
    np.testing.assert_array_equal(exact[network.tensor], exact[first].argmax(axis=1))
    alone = exact_execution(model, {"x": x[3:4]})
    np.testing.assert_array_equal(alone[first][0], exact[first][3])


def constant_node(name: str, value: Any) -> Any:
    return helper.make_node("Constant", [], [name], name=name, value=numpy_helper.from_array(value))


def test_float_constants_that_are_nodes() -> None:
    network = Network(3).op("Add", np.float32(0.1))
    model = network.model()
    added = model.graph.node[0]
    model.graph.node.insert(0, constant_node("tenth", np.float32([0.1, 0.2, 0.7])))
    model.graph.node[1].input[1] = "tenth"
    assert added.op_type == "Add"
    (exact,) = exact_execution(model, {"x": np.float32([[0.3, 0.4, 0.5]])}).values()
    expected = np.float32([0.3, 0.4, 0.5]).astype(np.float64) + np.float32([0.1, 0.2, 0.7]).astype(np.float64)
    np.testing.assert_array_equal(exact, [expected])


@pytest.mark.parametrize(("op_type", "domain"), [("FloatQuant", QONNX), ("Twice", "")])
def test_an_operator_that_is_not_known_is_named(op_type: str, domain: str) -> None:
    model = Network(3).op("Relu").model()
    model.graph.node[0].op_type, model.graph.node[0].domain = op_type, domain
    with pytest.raises(FinnError) as error:
        exact_execution(model, {"x": np.zeros((1, 3))})
    text = f"Relu_0 ({op_type}) cannot be evaluated in float64; compare with another reference"
    assert str(error.value) == text


def test_an_operator_that_fails_is_named() -> None:
    model = Network(6).op("Reshape", np.array([1, 4])).model()
    with pytest.raises(FinnError) as error:
        exact_execution(model, {"x": np.zeros((1, 6))})
    text = "Reshape_0 (Reshape) cannot be evaluated in float64; compare with another reference"
    assert str(error.value) == text
