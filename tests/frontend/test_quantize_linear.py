"""Networks of QuantizeLinear and DequantizeLinear equal onnxruntime on every value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError
from finn.frontend import import_network
from finn.frontend.host.exact import exact_execution

from .integer_networks import MICROSOFT, IntegerNetwork, assert_equal, by_onnxruntime, images

INT8, UINT8, FLOAT = np.int8, np.uint8, np.float32


def error_of(network: IntegerNetwork) -> str:
    with pytest.raises(FinnError) as error:
        import_network(ModelWrapper(network.model()))
    return str(error.value)


@pytest.mark.parametrize("zero", [INT8(0), INT8(-128), INT8(17), UINT8(0), UINT8(128), UINT8(113)], ids=repr)
@pytest.mark.parametrize("opset", [10, 13, 19])
def test_dense_layers(zero: Any, opset: int) -> None:
    network = IntegerNetwork(11, opset=opset).qdq(0.0213, zero)
    weights = network.weights((11, 7), axis=None if opset < 13 else 1)
    network.op("MatMul", weights).op("Relu").qdq(0.0137, zero)
    weights = network.weights((7, 5), axis=None if opset < 13 else 1)
    assert_equal(network.op("MatMul", weights).qdq(0.0193, INT8(9)).model(), images([11]))


@pytest.mark.parametrize("zero", [INT8(-3), UINT8(131)], ids=repr)
def test_images_that_are_padded_with_what_stands_for_zero(zero: Any) -> None:
    network = IntegerNetwork((3, 9, 7)).qdq(0.0211, zero).conv(5, 3, (3, 2), pads=[1, 0, 1, 1])
    network.op("Relu").qdq(0.0271, zero).conv(4, 5, (2, 3), pads=[0, 1, 1, 1], strides=[2, 1])
    assert_equal(network.qdq(0.0391, INT8(5)).model(), images([3, 9, 7]))


def test_halves_go_to_even_integers_before_an_odd_zero_point_is_added() -> None:
    # Codes of the input are even multiples of a quarter of the second scale: every fourth is a half.
    network = IntegerNetwork(6).qdq(1.5, INT8(0))
    network.op("MatMul", np.eye(6, dtype=np.float32)).qdq(3.0, INT8(3))
    x = (np.arange(-60, 60).reshape(20, 6) * 1.5).astype(np.float32)
    assert_equal(network.model(), x)


def test_a_residual_network_with_the_integers_of_one_tensor_read_twice() -> None:
    network = IntegerNetwork((3, 8, 7)).qdq(0.0211, UINT8(121)).conv(5, 3, (3, 3), pads=[1] * 4)
    branch = network.op("Relu").q(0.0287, UINT8(0)).tensor
    first = network.dq(0.0287, UINT8(0)).tensor
    network.dq(0.0287, UINT8(0), source=branch).conv(5, 5, (3, 3), pads=[1] * 4).qdq(0.0311, UINT8(140))
    network.op("Add", first).op("Relu").qdq(0.0293, UINT8(0))
    network.op("GlobalAveragePool").qdq(0.0167, UINT8(0)).op("Flatten").dense(5, 4)
    assert_equal(network.qdq(0.0173, INT8(-7)).model(), images([3, 8, 7]))


@pytest.mark.parametrize("domain", ["", MICROSOFT])
def test_poolings_and_layouts_of_integers(domain: str) -> None:
    network = IntegerNetwork((3, 9, 8), domain=domain).q(0.0213, INT8(7))
    network.op("MaxPool", kernel_shape=[3, 2], strides=[3, 2]).op("Transpose", perm=[0, 1, 3, 2])
    network.op("Reshape", np.array([0, -1])).dq(0.0213, INT8(7)).dense(36, 5)
    assert_equal(network.qdq(0.0311, INT8(1)).model(), images([3, 9, 8]))


@pytest.mark.parametrize("same", [True, False])
def test_joined_integers(same: bool) -> None:
    network = IntegerNetwork((3, 5, 4)).qdq(0.0213, INT8(7))
    start, other = network.tensor, (0.0287, INT8(3)) if same else (0.0199, INT8(2))
    first = network.conv(4, 3, (2, 3)).q(0.0287, INT8(3)).tensor
    network.tensor = start
    network.conv(6, 3, (2, 3)).q(*other).op("Concat", first, axis=1).dq(0.0287, INT8(3))
    assert_equal(network.conv(5, 10, (3, 2)).qdq(0.0511, INT8(-5)).model(), images([3, 5, 4]))


def test_integers_that_are_read_on_another_scale() -> None:
    network = IntegerNetwork(9).q(0.0213, UINT8(101)).dq(0.0391, UINT8(77)).dense(9, 5)
    assert_equal(network.qdq(0.0311, INT8(2)).model(), images([9]))


@pytest.mark.parametrize(
    ("zero", "bounds"),
    [
        (INT8(0), (INT8(-8), INT8(7))),
        (INT8(0), (INT8(-7), INT8(7))),
        (UINT8(0), (None, UINT8(15))),
        (INT8(3), (INT8(-5), INT8(11))),
        (UINT8(6), (UINT8(2), UINT8(23))),
        (UINT8(6), (UINT8(2), UINT8(15))),
    ],
    ids=repr,
)
def test_a_narrower_range_by_a_clip_between(zero: Any, bounds: tuple[Any, Any]) -> None:
    network = IntegerNetwork(11, seed=4).q(0.213, zero).op("Clip", *bounds).dq(0.213, zero)
    network.dense(11, 7).q(0.137, zero).op("Clip", *bounds).dq(0.137, zero).dense(7, 5)
    assert_equal(network.qdq(0.0193, INT8(9)).model(), images([11]))


def test_a_clip_behind_a_pooling_of_integers() -> None:
    network = IntegerNetwork((3, 6, 4)).q(0.0213, INT8(7)).op("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    network.op("Clip", INT8(-9), INT8(70)).dq(0.0213, INT8(7)).conv(4, 3, (3, 1))
    assert_equal(network.qdq(0.0311, INT8(1)).model(), images([3, 6, 4]))


@pytest.mark.parametrize("zero", [INT8(-7), UINT8(120)], ids=repr)
def test_integers_in_and_out(zero: Any) -> None:
    kind = helper.np_dtype_to_tensor_dtype(zero.dtype)
    network = IntegerNetwork((3, 6, 5), kind=kind).dq(0.0213, zero).conv(4, 3, (3, 2), pads=[1, 0, 1, 1])
    network.op("Relu").qdq(0.0331, zero).conv(5, 4, (2, 3)).q(0.0391, zero)
    low = np.iinfo(zero.dtype).min
    x = np.random.default_rng(2).integers(low, low + 256, (9, 3, 6, 5)).astype(zero.dtype)
    assert_equal(network.model(kind), x)


def test_an_output_as_integers_and_as_numbers() -> None:
    network = IntegerNetwork(11).qdq(0.0213, INT8(4)).dense(11, 5).q(0.0193, INT8(9)).also_out()
    assert_equal(network.dq(0.0193, INT8(9)).model(TensorProto.INT8, TensorProto.FLOAT), images([11]))


def test_a_scale_for_each_channel_of_an_image() -> None:
    network = IntegerNetwork((3, 6, 5)).qdq(0.0213, INT8(4)).conv(4, 3, (3, 2))
    scales = network.scales(4) * 5
    network.op("Relu").qdq(scales, np.zeros(4, np.int8), axis=1).op("MaxPool", kernel_shape=[2, 2])
    # Behind the hardware, where any scale may be.
    assert_equal(network.model(), images([3, 6, 5]))


@pytest.mark.parametrize("kind", ["INT4", "UINT4"])
def test_weights_of_4_bits(kind: str) -> None:
    network = IntegerNetwork(11, opset=21).qdq(0.0213, INT8(4))
    low, zero = (-8, 0) if kind == "INT4" else (0, 7)
    values, number = network.rng.integers(low, low + 16, (11, 5)), getattr(TensorProto, kind)
    here = network.tensor
    source, zeros = network.constant(values, number), network.constant(np.full(5, zero), number)
    network.op("DequantizeLinear", network.scales(5) * 9, zeros, source=source, axis=1)
    weights, network.tensor = network.tensor, here
    assert_equal(network.op("MatMul", weights).qdq(0.0193, INT8(9)).model(), images([11]))


def test_weights_with_a_scale_for_each_block_are_refused_by_what_they_are() -> None:
    network = IntegerNetwork(12, opset=21).qdq(0.0213, INT8(4))
    here, source = network.tensor, network.constant(network.integers((12, 5)))
    scales = network.scales(20).reshape(4, 5)
    network.op("DequantizeLinear", scales, source=source, axis=0, block_size=3)
    weights, network.tensor = network.tensor, here
    assert error_of(network.op("MatMul", weights, name="product")) == (
        "product (MatMul) has weight scales that differ within an output channel; use one scale per output"
    )


def test_weights_quantised_from_numbers_and_clipped() -> None:
    network = IntegerNetwork(11).qdq(0.0213, INT8(4))
    here, source = network.tensor, network.constant(network.rng.normal(size=(5, 11)).astype(np.float32))
    network.q(0.0531, INT8(0), source=source).op("Clip", INT8(-7), INT8(7)).dq(0.0531, INT8(0))
    weights, network.tensor = network.op("Transpose", perm=[1, 0]).tensor, here
    network.op("MatMul", weights, name="product").qdq(0.0193, INT8(9))
    assert_equal(network.model(), images([11]))


def test_scales_that_are_computed() -> None:
    network = IntegerNetwork(11).op("QuantizeLinear", "x", np.int8(0), name="first")
    assert error_of(network.dq()) == (
        "first (QuantizeLinear) takes a scale or zero point that is computed; quantise it with static scales"
        " (onnxruntime: quantize_static)"
    )


@pytest.mark.parametrize(
    ("scale", "zero", "told"),
    [
        (np.float32(-0.5), INT8(0), "has a scale that is not positive; check the export"),
        (np.float64(0.5), INT8(0), "has a scale of type float64; export it as float32"),
        (
            np.full(4, 0.5, np.float32),
            np.zeros(4, np.int8),
            "has scales of shape (4,) for axis 1 of a tensor of shape (1, 11); check the export",
        ),
    ],
    ids=["negative", "float64", "axis"],
)
def test_scales_of_no_use(scale: Any, zero: Any, told: str) -> None:
    network = IntegerNetwork(11).op("QuantizeLinear", scale, zero, name="first")
    assert error_of(network.op("DequantizeLinear", scale, zero)) == f"first (QuantizeLinear) {told}"


def test_floating_point_of_8_bits() -> None:
    network = IntegerNetwork(11, opset=19)
    zero = network.constant(np.zeros(()), TensorProto.FLOAT8E4M3FN)
    network.op("QuantizeLinear", np.float32(0.5), zero, name="first")
    assert error_of(network.op("DequantizeLinear", np.float32(0.5), zero)) == (
        "first (QuantizeLinear) is of type FLOAT8E4M3FN; integers of 4, 8, 16 and 32 bits are supported"
    )


def test_arithmetic_on_integers() -> None:
    network = IntegerNetwork(11, opset=14).q(0.0213, INT8(4)).op("Add", INT8(3), name="sum")
    assert error_of(network.dq(0.0213, INT8(4)).dense(11, 5)) == (
        "sum (Add) computes with integers; put a DequantizeLinear before it"
    )


def test_integers_cast_to_numbers() -> None:
    network = IntegerNetwork(11).q(0.0213, INT8(4)).op("Cast", to=TensorProto.INT32)
    network.op("Cast", to=TensorProto.FLOAT).op("Sub", np.float32(4)).op("Mul", np.float32(0.0213))
    assert_equal(network.dense(11, 5).qdq(0.0193, INT8(9)).model(), images([11]))


def test_rectified_integers() -> None:
    network = IntegerNetwork(11, opset=14).q(0.0213, INT8(4)).op("Relu").dq(0.0213, INT8(4))
    assert_equal(network.dense(11, 5).qdq(0.0193, INT8(9)).model(), images([11]))


def test_the_largest_of_integers() -> None:
    network = IntegerNetwork(11).qdq(0.0213, INT8(4)).dense(11, 7).q(0.0193, INT8(9))
    assert_equal(network.op("ArgMax", axis=1, keepdims=0).model(TensorProto.INT64), images([11]))


@pytest.mark.parametrize("zero", [INT8(-7), UINT8(120)], ids=repr)
def test_the_float64_evaluation_of_integers_in_and_out(zero: Any) -> None:
    kind = helper.np_dtype_to_tensor_dtype(zero.dtype)
    network = IntegerNetwork((3, 6, 5), kind=kind).dq(0.0213, zero).conv(4, 3, (3, 2)).op("Relu")
    network.q(0.0331, zero).op("MaxPool", kernel_shape=[2, 2]).dq(0.0331, zero).conv(5, 4, (1, 2))
    model = network.q(0.0391, zero).model(kind)
    low = np.iinfo(zero.dtype).min
    x = np.random.default_rng(2).integers(low, low + 256, (9, 3, 6, 5)).astype(zero.dtype)
    (exact,) = exact_execution(ModelWrapper(model), {"x": x}).values()
    np.testing.assert_array_equal(exact, by_onnxruntime(model, x)[0])
    assert exact.dtype == zero.dtype


@pytest.mark.parametrize(
    ("kind", "zero", "step"),
    [("INT4", 3, 0.41), ("UINT4", 6, 0.41), ("INT16", 0, 0.00021), ("UINT16", 2**15, 0.00021)],
)
def test_activations_of_other_widths(kind: str, zero: int, step: float) -> None:
    network = IntegerNetwork(11, opset=21)
    zeros = network.constant(zero, getattr(TensorProto, kind))
    network.op("QuantizeLinear", FLOAT(step), zeros).op("DequantizeLinear", FLOAT(step), zeros)
    assert_equal(network.dense(11, 5).qdq(0.0311, INT8(9)).model(), images([11]))


def test_a_type_that_an_attribute_says() -> None:
    network = IntegerNetwork(11, opset=21).op("QuantizeLinear", FLOAT(0.0213), output_dtype=TensorProto.INT8)
    network.op("DequantizeLinear", FLOAT(0.0213)).dense(11, 5)
    assert_equal(network.qdq(0.0311, INT8(9)).model(), images([11]))


def test_a_type_that_nothing_says_is_uint8() -> None:
    network = IntegerNetwork(11).op("QuantizeLinear", FLOAT(0.0213)).op("DequantizeLinear", FLOAT(0.0213))
    assert_equal(network.dense(11, 5).qdq(0.0311, INT8(9)).model(), images([11]))


def test_a_tensor_that_is_an_output_and_read_on() -> None:
    network = IntegerNetwork(11).qdq(0.0213, INT8(4)).dense(11, 7).q(0.0193, INT8(9))
    integers = network.tensor
    network.dq(0.0193, INT8(9)).also_out().dq(0.0193, INT8(9), source=integers).also_out()
    assert_equal(network.dense(7, 5).qdq(0.0311, INT8(1)).model(), images([11]))


def test_enlarged_and_cut_integers() -> None:
    network = IntegerNetwork((3, 5, 4)).qdq(0.0213, INT8(7)).conv(6, 3, (2, 3)).q(0.0287, INT8(3))
    network.op("Resize", None, np.array([1, 1, 2, 3], FLOAT), mode="nearest", nearest_mode="floor",
               coordinate_transformation_mode="asymmetric")  # fmt: skip
    network.op("Split", np.array([2, 4]), axis=1, more=["rest"])
    network.dq(0.0287, INT8(3)).conv(5, 2, (3, 2)).qdq(0.0311, INT8(-5)).also_out()
    network.op("DequantizeLinear", FLOAT(0.0287), INT8(3), source="rest").conv(4, 4, (2, 2))
    assert_equal(network.qdq(0.0511, INT8(-5)).model(), images([3, 5, 4]))


@pytest.mark.parametrize("value", [7, 50])
def test_integers_around_an_image(value: int) -> None:
    network = IntegerNetwork((3, 5, 4)).q(0.0213, INT8(7))
    network.op("Pad", np.array([0, 0, 1, 2, 0, 0, 0, 1]), INT8(value)).dq(0.0213, INT8(7))
    assert_equal(network.conv(4, 3, (3, 2)).qdq(0.0511, INT8(-5)).model(), images([3, 5, 4]))


def test_a_transposed_convolution() -> None:
    network = IntegerNetwork((3, 5, 4)).qdq(0.0213, UINT8(118))
    weights = network.weights((3, 4, 2, 3), axis=1)
    network.op("ConvTranspose", weights, kernel_shape=[2, 3], strides=[2, 3])
    assert_equal(network.qdq(0.0511, UINT8(99)).model(), images([3, 5, 4]))


def test_a_bias_that_is_cast_from_integers() -> None:
    network = IntegerNetwork(11).qdq(0.0213, INT8(4)).dense(11, 5)
    here, source = network.tensor, network.constant(np.linspace(-1, 1, 5, dtype=FLOAT))
    network.q(0.0171, INT8(3), source=source).op("Cast", to=TensorProto.FLOAT).op("Mul", FLOAT(0.0171))
    bias, network.tensor = network.tensor, here
    assert_equal(network.op("Add", bias).qdq(0.0311, INT8(1)).model(), images([11]))


@pytest.mark.parametrize("zero", [INT8(58), UINT8(113)], ids=repr)
def test_numbers_next_to_a_half_are_rounded_before_the_zero_point_swallows_the_difference(zero: Any) -> None:
    halves = (np.arange(-44, 44, dtype=FLOAT) + FLOAT(0.5)) * FLOAT(1.5)
    x = np.stack([np.nextafter(halves, FLOAT(end)) for end in (-1e9, 1e9)]).reshape(16, 11)
    assert_equal(IntegerNetwork(11).qdq(1.5, zero).op("MatMul", np.eye(11, dtype=FLOAT)).model(), x)
