"""Operators on integers equal onnxruntime's own on every value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError
from finn.frontend import import_network
from finn.frontend.host.exact import exact_execution

from .integer_networks import MICROSOFT, IntegerNetwork, assert_equal, by_onnxruntime, images, imported

INT8, UINT8, FLOAT = np.int8, np.uint8, np.float32
UNSIGNED = TensorProto.UINT8


def quantised(shape: Any, **more: Any) -> IntegerNetwork:
    """A network whose input is quantised to uint8: scale 0.0213, zero point 113."""
    return IntegerNetwork(shape, **more).q(0.0213, UINT8(113))


def convolution(network: IntegerNetwork, *, per_channel: bool) -> IntegerNetwork:
    """Gives uint8 of scale 0.0311 and zero point 7.

    Its weights have 7 bits: onnxruntime's sums of two products saturate at 16 bits on some processors.
    """
    scale = network.scales(5) if per_channel else FLOAT(0.0053)
    zeros = np.zeros(5, np.int8) if per_channel else INT8(0)
    bias = network.rng.integers(-900, 900, 5).astype(np.int32)
    return network.op(
        "QLinearConv", FLOAT(0.0213), UINT8(113), network.integers((5, 3, 3, 2)), scale, zeros,
        FLOAT(0.0311), UINT8(7), bias, kernel_shape=[3, 2], pads=[1, 0, 1, 1],
    )  # fmt: skip


@pytest.mark.parametrize("per_channel", [False, True])
def test_a_convolution(per_channel: bool) -> None:
    network = convolution(quantised((3, 7, 6)), per_channel=per_channel)
    assert_equal(network.model(UNSIGNED), images([3, 7, 6]))


def test_a_convolution_of_integers_that_the_input_holds() -> None:
    network = convolution(IntegerNetwork((3, 7, 6), kind=UNSIGNED), per_channel=True)
    x = np.random.default_rng(4).integers(0, 256, (9, 3, 7, 6)).astype(np.uint8)
    assert_equal(network.model(UNSIGNED), x)


def test_a_residual_network() -> None:
    network = convolution(quantised((3, 7, 6)), per_channel=True)
    branch, step = network.tensor, (FLOAT(0.0311), UINT8(7))
    network.op(
        "QLinearConv", *step, network.integers((5, 5, 1, 1)), FLOAT(0.0061), INT8(0), FLOAT(0.0287),
        UINT8(121), kernel_shape=[1, 1],
    )  # fmt: skip
    network.op(
        "QLinearAdd", FLOAT(0.0287), UINT8(121), branch, *step, FLOAT(0.0401), UINT8(90), domain=MICROSOFT
    )
    network.op("MaxPool", kernel_shape=[2, 3], strides=[2, 3])
    network.op(
        "QLinearGlobalAveragePool", FLOAT(0.0401), UINT8(90), FLOAT(0.0233), UINT8(101), domain=MICROSOFT
    )
    network.op("Flatten").op(
        "QGemm", FLOAT(0.0233), UINT8(101), network.integers((4, 5)), network.scales(4), np.zeros(4, np.int8),
        network.rng.integers(-900, 900, 4).astype(np.int32), FLOAT(0.0177), UINT8(120),
        domain=MICROSOFT, transB=1,
    )  # fmt: skip
    assert_equal(network.dq(0.0177, UINT8(120)).model(), images([3, 7, 6]))


def test_a_product_whose_result_is_a_number() -> None:
    network = quantised(9).op(
        "QGemm", FLOAT(0.0213), UINT8(113), some_weights(9, 5), FLOAT(0.0053), INT8(0), None,
        domain=MICROSOFT, alpha=0.7,
    )  # fmt: skip
    assert_equal(network.model(), images([9]))


def some_weights(*shape: int) -> Any:
    return np.random.default_rng(5).integers(-60, 61, shape).astype(np.int8)


@pytest.mark.parametrize("per_column", [False, True])
def test_a_matrix_product(per_column: bool) -> None:
    network = quantised(9)
    scale = network.scales(5) if per_column else FLOAT(0.0053)
    zeros = np.zeros(5, np.int8) if per_column else INT8(0)
    network.op(
        "QLinearMatMul", FLOAT(0.0213), UINT8(113), network.integers((9, 5)), scale, zeros, FLOAT(0.0177),
        UINT8(120),
    )  # fmt: skip
    assert_equal(network.model(UNSIGNED), images([9]))


def test_weights_that_are_not_symmetric() -> None:
    network, weights = quantised(9), np.random.default_rng(6).integers(3, 120, (9, 5)).astype(np.uint8)
    network.op(
        "QLinearMatMul", FLOAT(0.0213), UINT8(113), weights, FLOAT(0.0053), UINT8(61), FLOAT(0.0177),
        UINT8(120),
    )  # fmt: skip
    assert_equal(network.model(UNSIGNED), images([9]))


def test_joined_and_averaged_images() -> None:
    network = convolution(quantised((3, 7, 6)), per_channel=True)
    first, step = network.tensor, (FLOAT(0.0311), UINT8(7))
    network.op(
        "QLinearConv", *step, network.integers((4, 5, 1, 1)), FLOAT(0.0061), INT8(0), FLOAT(0.0287),
        UINT8(121), kernel_shape=[1, 1],
    )  # fmt: skip
    second = network.tensor
    scale, zero = network.constant(FLOAT(0.0347)), network.constant(UINT8(55))
    network.op(
        "QLinearConcat", zero, first, *step, second, FLOAT(0.0287), UINT8(121),
        source=scale, domain=MICROSOFT, axis=1,
    )  # fmt: skip
    network.op(
        "QLinearAveragePool", FLOAT(0.0347), UINT8(55), FLOAT(0.0239), UINT8(77), domain=MICROSOFT,
        kernel_shape=[3, 2], strides=[2, 2],
    )  # fmt: skip
    network.op(
        "QLinearConv", FLOAT(0.0239), UINT8(77), network.integers((3, 9, 1, 1)), FLOAT(0.0061), INT8(0),
        FLOAT(0.0287), UINT8(121), kernel_shape=[1, 1],
    )  # fmt: skip
    assert_equal(network.model(UNSIGNED), images([3, 7, 6]))


@pytest.mark.parametrize(
    ("op_type", "attributes"), [("QLinearSigmoid", {}), ("QLinearLeakyRelu", {"alpha": 0.13})]
)
def test_a_function_of_integers(op_type: str, attributes: Any) -> None:
    network = quantised(9)
    network.op(
        "QLinearMatMul", FLOAT(0.0213), UINT8(113), network.integers((9, 7), 9), FLOAT(0.0353), INT8(0),
        FLOAT(0.0311), UINT8(120),
    )  # fmt: skip
    step = FLOAT(0.0041) if op_type == "QLinearSigmoid" else FLOAT(0.0293)
    network.op(op_type, FLOAT(0.0311), UINT8(120), step, UINT8(9), domain=MICROSOFT, **attributes)
    network.op(
        "QLinearMatMul", step, UINT8(9), network.integers((7, 4)), FLOAT(0.0061), INT8(0), FLOAT(0.0287),
        UINT8(121),
    )  # fmt: skip
    assert_equal(network.model(UNSIGNED), images([9]))


def test_a_product_with_a_constant() -> None:
    network = quantised((3, 7, 6))
    factors = network.rng.integers(20, 250, (3, 1, 1)).astype(np.uint8)
    network.op(
        "QLinearMul", FLOAT(0.0213), UINT8(113), factors, FLOAT(0.0091), UINT8(0), FLOAT(0.0251), UINT8(99),
        domain=MICROSOFT,
    )  # fmt: skip
    network.op(
        "QLinearConv", FLOAT(0.0251), UINT8(99), network.integers((4, 3, 3, 1)), FLOAT(0.0061), INT8(0),
        FLOAT(0.0287), UINT8(121), kernel_shape=[3, 1],
    )  # fmt: skip
    assert_equal(network.model(UNSIGNED), images([3, 7, 6]))


def test_shares_of_a_whole_are_those_of_exact_arithmetic() -> None:
    network = quantised(9).op(
        "QLinearMatMul", FLOAT(0.0213), UINT8(113), some_weights(9, 5), FLOAT(0.0053), INT8(0),
        FLOAT(0.0177), UINT8(120),
    )  # fmt: skip
    network.op(
        "QLinearSoftmax", FLOAT(0.0177), UINT8(120), FLOAT(1 / 256), UINT8(0), domain=MICROSOFT, axis=-1,
        opset=13,
    )  # fmt: skip
    model, x = network.model(UNSIGNED), images([9])
    (ours,), (theirs,) = imported(model, x), by_onnxruntime(model, x)
    (exact,) = exact_execution(ModelWrapper(model), {"x": x}).values()
    np.testing.assert_array_equal(ours, exact)
    # onnxruntime's table of exponentials has a rounding of its own.
    assert np.max(np.abs(ours.astype(int) - theirs)) <= 1


def test_products_of_integers_with_a_static_scale() -> None:
    network = quantised(9).op("MatMulInteger", some_weights(9, 5), UINT8(113), INT8(0))
    network.op("Cast", to=TensorProto.FLOAT).op("Mul", FLOAT(0.0213 * 0.0053)).op("Relu")
    assert_equal(network.q(0.0177, UINT8(3)).model(UNSIGNED), images([9]))


def test_convolutions_of_integers_with_a_static_scale() -> None:
    network = quantised((3, 7, 6))
    network.op(
        "ConvInteger",
        some_weights(5, 3, 3, 2),
        UINT8(113),
        INT8(0),
        kernel_shape=[3, 2],
        pads=[0, 1, 1, 0],
    )
    network.op("Cast", to=TensorProto.FLOAT).op("Mul", FLOAT(0.0213 * 0.0053))
    assert_equal(network.q(0.0311, UINT8(90)).model(UNSIGNED), images([3, 7, 6]))


def error_of(network: IntegerNetwork, *kinds: int) -> str:
    with pytest.raises(FinnError) as error:
        import_network(ModelWrapper(network.model(*kinds)))
    return str(error.value)


def test_a_scale_found_in_each_input() -> None:
    network = IntegerNetwork(9).op("DynamicQuantizeLinear", name="first", more=["scale", "zero"])
    network.op("MatMulInteger", some_weights(9, 5), "zero")
    assert error_of(network, TensorProto.INT32) == (
        "first (DynamicQuantizeLinear) finds its scale in each input (dynamic quantisation), which hardware"
        " has no use for; quantise with static scales (onnxruntime: quantize_static)"
    )


def test_another_operator_of_onnxruntime() -> None:
    network = quantised(9).op(
        "QLinearReduceMean", FLOAT(0.02), UINT8(1), FLOAT(0.02), UINT8(1), domain=MICROSOFT, name="mean"
    )
    assert error_of(network, UNSIGNED) == (
        "mean (QLinearReduceMean) is not supported; see the list of operators in docs/operators.rst"
    )


def test_channels_last() -> None:
    network = quantised((3, 7, 6)).op(
        "QLinearGlobalAveragePool", FLOAT(0.0213), UINT8(113), FLOAT(0.0233), UINT8(101), domain=MICROSOFT,
        channels_last=1, name="mean",
    )  # fmt: skip
    assert error_of(network, UNSIGNED) == (
        "mean (QLinearGlobalAveragePool) has its channels last; quantise the network with channels first"
    )


def test_a_result_of_no_type() -> None:
    network = quantised(9).op(
        "QLinearSigmoid", FLOAT(0.0213), UINT8(113), FLOAT(0.0041), domain=MICROSOFT, name="function"
    )
    assert error_of(network, UNSIGNED) == (
        "function (QLinearSigmoid) leaves out the zero point of its result, which says its type; add it"
    )


def test_a_bias_that_is_computed() -> None:
    network = quantised((3, 7, 6)).op(
        "QLinearConv", FLOAT(0.0213), UINT8(113), some_weights(5, 3, 1, 1), FLOAT(0.0053), INT8(0),
        FLOAT(0.0311), UINT8(7), "x", name="first",
    )  # fmt: skip
    assert error_of(network, UNSIGNED) == (
        "first (QLinearConv) takes a bias that is computed; export it as a constant"
    )
