"""Networks whose tensors have their channels last: no transposition is left in the hardware, all is exact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.channels_last import ConvertToChannelsLastAndClean
from qonnx.transformation.infer_shapes import InferShapes

from finn.frontend.writing.graph_builder import HARDWARE_DOMAIN

from .qonnx_networks import Network
from .test_branches import ADD, CUT, FORK, JOIN
from .test_images import LARGEST, PAD, SLIDE, convolution
from .test_import_network import check

FIRST, LAST = [0, 3, 1, 2], [0, 2, 3, 1]


def check_last(model: ModelWrapper, layers: list[str], **options: Any) -> ModelWrapper:
    """As `check`; no transposition between the hardware's layers."""
    parent = check(model, layers, **options)
    hardware = [i for i, node in enumerate(parent.graph.node) if node.domain == HARDWARE_DOMAIN]
    between = [node.op_type for node in list(parent.graph.node)[hardware[0] : hardware[-1]]]
    assert "Transpose" not in between
    return parent


def last(network: Network, outputs: int, kernel: Sequence[int], **attributes: Any) -> Network:
    """A convolution between two transpositions, and scale and bias of channels that are last."""
    network.op("Transpose", perm=FIRST)
    height, width, channels = network.shape[1:]
    network.shape = [1, channels, height, width]
    network = convolution(network, outputs, kernel, **attributes).op("Transpose", perm=LAST)
    network.shape = [1, height, width, outputs]
    network.op("Mul", network.rng.random(outputs) + 0.5)
    return network.op("Add", network.rng.normal(size=(1, 1, 1, outputs)))


def test_a_row_of_convolutions_from_images_with_channels_last() -> None:
    network = Network((6, 5, 2)).op("Sub", np.array([0.1, 0.2])).quant()
    network = last(network, 4, (3, 3), pads=[1, 1, 1, 1]).op("Relu").quant(0.31, signed=0)
    network = last(network, 3, (3, 3)).quant(bits=3.0)
    check_last(network.model(), [PAD, SLIDE, "MVAU", SLIDE, "MVAU"])


def test_raw_pixels_with_channels_last() -> None:
    network = last(Network((6, 5, 3)).op("Sub", np.full(3, 0.5)).quant(0.13), 4, (3, 3))
    pixels = np.random.default_rng(2).integers(0, 256, (50, 6, 5, 3)) * (1 / 255)
    options = {"input_datatype": "UINT8", "input_scale": 1 / 255}
    model = network.quant(0.47, bits=3.0).model()
    check_last(model, ["Thresholding", SLIDE, "MVAU"], inputs=pixels, **options)


@pytest.mark.parametrize("by", ["scales", "sizes", "upsample"])
def test_images_with_channels_last_are_enlarged(by: str) -> None:
    network = last(Network((6, 5, 2), opset=9 if by == "upsample" else 13).quant(), 4, (3, 3)).quant(0.31)
    scales = np.array([1.0, 2.0, 3.0, 1.0], np.float32)
    if by == "upsample":
        network.op("Upsample", scales, mode="nearest")
    else:
        given = ["", scales] if by == "scales" else ["", "", np.array([1, 8, 9, 4])]
        kind = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        network.op("Resize", *given, mode="nearest", **kind)
    network.shape = [1, 8, 9, 4]
    layers = [SLIDE, "MVAU", "UpsampleNearestNeighbour", "MVAU"]
    check_last(last(network, 3, (1, 1)).quant(bits=3.0).model(), layers)


def test_poolings_between_transpositions() -> None:
    network = last(Network((6, 6, 2)).quant(), 4, (1, 1)).quant(bits=3.0)
    network.op("Transpose", perm=FIRST).op("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    network.op("Transpose", perm=LAST)
    network.shape = [1, 3, 3, 4]
    check_last(last(network, 3, (2, 2)).quant(bits=3.0).model(), ["MVAU", LARGEST, SLIDE, "MVAU"])


@pytest.mark.parametrize("keepdims", [0, 1])
def test_means_and_padding_of_images_with_channels_last(keepdims: int) -> None:
    network = last(Network((5, 4, 2)).quant(), 4, (1, 1)).quant(bits=3.0)
    network.op("Pad", np.array([0, 1, 2, 0, 0, 0, 0, 0]))
    network.op("ReduceMean", axes=[1, 2], keepdims=keepdims).quant(0.07).op("Flatten")
    network.shape = [1, 4]
    check_last(network.dense(3).model(), ["MVAU", PAD, "GlobalAccPool", "Thresholding", "MVAU"])


def test_flattened_images_with_channels_last() -> None:
    network = last(Network((5, 4, 2)).quant(), 3, (3, 3)).op("Relu").quant(0.43, signed=0).op("Flatten")
    network.shape = [1, 18]
    check_last(network.dense(4).model(), [SLIDE, "MVAU", "MVAU"])


def test_branches_with_channels_last() -> None:
    network = last(Network((5, 4, 2)).quant(), 4, (1, 1)).quant()
    side = network.tensor
    main = last(network, 4, (3, 3), pads=[1, 1, 1, 1]).quant().tensor
    network.op("Add", side, source=main).op("Relu").quant(0.43, signed=0)
    layers = ["MVAU", FORK, PAD, SLIDE, "MVAU", ADD, "Thresholding", "MVAU"]
    check_last(last(network, 3, (1, 1)).quant(bits=3.0).model(), layers)


def test_joins_with_channels_last() -> None:
    network = last(Network((5, 4, 2)).quant(), 4, (1, 1)).quant()
    side = network.tensor
    main = last(network, 3, (3, 3), pads=[1, 1, 1, 1]).quant().tensor
    network.op("Concat", side, source=main, axis=3)
    network.shape = [1, 5, 4, 7]
    layers = ["MVAU", FORK, PAD, SLIDE, "MVAU", JOIN, "MVAU"]
    check_last(last(network, 3, (1, 1)).quant(bits=3.0).model(), layers)


def test_cuts_with_channels_last() -> None:
    network = last(Network((5, 4, 2)).quant(0.27), 4, (1, 1)).quant(0.31)
    network.op("Split", np.array([1, 3]), axis=3)
    second = network.also()
    network.shape = [1, 5, 4, 1]
    first = last(network, 3, (1, 1)).quant(0.29).tensor
    network.tensor, network.shape = second, [1, 5, 4, 3]
    last(network, 3, (1, 1)).quant(0.29).op("Add", first).quant(0.33)
    check_last(network.model(), ["MVAU", CUT, "MVAU", "MVAU", ADD, "Thresholding"])


def written(network: Network, outputs: int, size: int, pad: int) -> Network:
    """A convolution with every attribute written, as qonnx' operators want them."""
    window = {"kernel_shape": [size] * 2, "strides": [1, 1], "dilations": [1, 1], "pads": [pad] * 4}
    return convolution(network, outputs, (size, size), group=1, **window)


@pytest.mark.parametrize("make_input_channels_last", [False, True])
def test_as_qonnx_writes_them(make_input_channels_last: bool) -> None:
    network = written(Network((2, 6, 5)).quant(0.27), 4, 3, 1).op("Relu").quant(0.31, signed=0)
    network.op("MaxPool", kernel_shape=[2, 2], strides=[2, 2], pads=[0, 0, 0, 0])
    network.shape = [1, 4, 3, 2]
    model = written(network, 3, 2, 0).quant(0.57, bits=3.0).model().transform(InferShapes())
    model = model.transform(ConvertToChannelsLastAndClean(make_input_channels_last=make_input_channels_last))
    assert any(node.domain == "qonnx.custom_op.channels_last" for node in model.graph.node)
    x = next(iter(model.graph.input)).name
    assert x == "x"
    check_last(model, [PAD, SLIDE, "MVAU", LARGEST, SLIDE, "MVAU"])
