"""Networks that onnxruntime's static quantisation gives equal onnxruntime on every value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from qonnx.core.modelwrapper import ModelWrapper

from finn.frontend.host.reference import reference_execution

from .integer_networks import IntegerNetwork, assert_equal, by_onnxruntime, images

FLOAT = np.float32


class Batches(CalibrationDataReader):  # type: ignore[misc]
    """Random images of a shape."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        x = np.random.default_rng(7).normal(size=(6, 1, *shape)).astype(FLOAT)
        self._images: Iterator[Any] = iter([{"x": image} for image in x])

    def get_next(self) -> Any:
        return next(self._images, None)


def conv(network: IntegerNetwork, outputs: int, inputs: int, *kernel: int, **more: Any) -> IntegerNetwork:
    weights = (network.rng.normal(size=(outputs, inputs, *kernel)) * 0.4).astype(FLOAT)
    bias = (network.rng.normal(size=outputs) * 0.3).astype(FLOAT)
    return network.op("Conv", weights, bias, kernel_shape=list(kernel), **more)


def gemm(network: IntegerNetwork, inputs: int, outputs: int) -> IntegerNetwork:
    weights = (network.rng.normal(size=(outputs, inputs)) * 0.4).astype(FLOAT)
    return network.op("Gemm", weights, (network.rng.normal(size=outputs) * 0.3).astype(FLOAT), transB=1)


def dense() -> IntegerNetwork:
    network = gemm(IntegerNetwork(11), 11, 7).op("Relu")
    return gemm(network, 7, 5)


def pooled() -> IntegerNetwork:
    network = conv(IntegerNetwork((3, 9, 7)), 5, 3, 3, 2, pads=[1, 0, 1, 1])
    conv(network.op("MaxPool", kernel_shape=[3, 2], strides=[3, 2]), 6, 5, 2, 2)
    return gemm(network.op("Relu").op("Flatten"), 24, 4)


def residual() -> IntegerNetwork:
    network = conv(IntegerNetwork((3, 8, 7)), 5, 3, 3, 3, pads=[1] * 4).op("Relu")
    branch = network.tensor
    conv(network, 5, 5, 3, 3, pads=[1] * 4).op("Add", branch).op("Relu").op("GlobalAveragePool")
    return gemm(network.op("Flatten"), 5, 4)


def joined() -> IntegerNetwork:
    network = conv(IntegerNetwork((3, 8, 7)), 5, 3, 3, 3, pads=[1] * 4).op("Relu")
    start = network.tensor
    first, network.tensor = conv(network, 4, 5, 1, 1).tensor, start
    conv(network, 3, 5, 1, 1).op("Concat", first, axis=1)
    return conv(network, 4, 7, 3, 2)


NETWORKS = (dense, pooled, residual, joined)


def quantised(
    folder: Path, make: Callable[[], IntegerNetwork], style: QuantFormat, **options: Any
) -> tuple[onnx.ModelProto, tuple[int, ...]]:
    network = make()
    onnx.save(onnx.shape_inference.infer_shapes(network.model()), str(folder / "float.onnx"))
    shape = tuple(network.shape[1:])
    target = str(folder / "quantised.onnx")
    quantize_static(str(folder / "float.onnx"), target, Batches(shape), quant_format=style, **options)
    return onnx.load(target), shape


@pytest.mark.parametrize("make", NETWORKS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("kind", [QuantType.QInt8, QuantType.QUInt8], ids=str)
@pytest.mark.parametrize("per_channel", [False, True], ids=["tensor", "channel"])
@pytest.mark.parametrize("symmetric", [False, True], ids=["asymmetric", "symmetric"])
def test_qdq(
    tmp_path: Path, make: Callable[[], IntegerNetwork], kind: QuantType, per_channel: bool, symmetric: bool
) -> None:
    model, shape = quantised(
        tmp_path, make, QuantFormat.QDQ, activation_type=kind, per_channel=per_channel,
        extra_options={"ActivationSymmetric": symmetric},
    )  # fmt: skip
    assert {node.op_type for node in model.graph.node} >= {"QuantizeLinear", "DequantizeLinear"}
    assert_equal(model, images(shape))


@pytest.mark.parametrize("make", NETWORKS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("kind", [QuantType.QInt8, QuantType.QUInt8], ids=str)
def test_operators_on_integers(tmp_path: Path, make: Callable[[], IntegerNetwork], kind: QuantType) -> None:
    # Weights of 7 bits: onnxruntime's sums of two products saturate at 16 bits on some processors.
    model, shape = quantised(
        tmp_path, make, QuantFormat.QOperator, activation_type=kind, per_channel=True, reduce_range=True
    )
    assert any(node.op_type.startswith("Q") for node in model.graph.node[1:])
    assert_equal(model, images(shape))


@pytest.mark.parametrize("style", [QuantFormat.QDQ, QuantFormat.QOperator], ids=str)
def test_the_reference_of_a_batch_is_onnxruntimes_of_each_image(tmp_path: Path, style: QuantFormat) -> None:
    model, shape = quantised(tmp_path, residual, style)
    x = images(shape, 5)
    (reference,) = reference_execution(ModelWrapper(model), {"x": x}).values()
    np.testing.assert_allclose(reference, by_onnxruntime(model, x)[0], rtol=1e-6, atol=1e-6)
