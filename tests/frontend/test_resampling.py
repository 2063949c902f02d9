"""Padding, enlarging and reducing images, and transposed convolutions, against qonnx' own execution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from finn.errors import FinnError
from finn.frontend import import_network

from .qonnx_networks import Network
from .test_images import PAD, SLIDE, batch_norm, convolution
from .test_import_network import attribute, check

SPREAD, LARGER, SUM = "FMPadding_Pixel", "UpsampleNearestNeighbour", "GlobalAccPool"
BLOCKS = "DepthToSpace"


def image(**options: Any) -> Network:
    """A quantised image of two channels, 5 x 4."""
    return Network((2, 5, 4), **options).quant()


def ended(network: Network) -> Any:
    """The model with one more layer behind a quantiser."""
    return batch_norm(convolution(network, 3, (1, 1))).quant(bits=3.0).model()


def transposed(network: Network, outputs: int, kernel: Sequence[int], **attributes: Any) -> Network:
    """A transposed convolution with quantised weights of the current channels."""
    here, biased = network.tensor, attributes.pop("bias", False)
    each = outputs // attributes.get("group", 1)
    values = network.rng.normal(size=(network.shape[1], each, *kernel)) * 0.4
    scale = np.linspace(0.1, 0.15, each).reshape(1, each, *(1,) * len(kernel))
    weights = network.quant(scale, 0.0, 3.0)._on(values)
    network.tensor = here
    bias = [network.rng.normal(size=outputs)] if biased else []
    network.op("ConvTranspose", weights, *bias, **attributes)
    network.shape = [network.shape[0], outputs, *network.shape[2:]]
    return network


@pytest.mark.parametrize(
    ("kernel", "attributes", "layers"),
    [
        ((2, 2), {"strides": [2, 2]}, [SPREAD, PAD, SLIDE]),
        ((3, 3), {"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1]}, [SPREAD, PAD, SLIDE]),
        ((3, 2), {"strides": [1, 3], "pads": [0, 1, 2, 0], "bias": True}, [SPREAD, PAD, SLIDE]),
        ((2, 3), {"dilations": [2, 1]}, [PAD, SLIDE]),
        ((3, 3), {"pads": [2, 2, 2, 2]}, [SLIDE]),
        ((1, 1), {"strides": [2, 1]}, [SPREAD]),
        ((4, 4), {"strides": [2, 2], "output_shape": [10, 8]}, [SPREAD, PAD, SLIDE]),
    ],
)
def test_transposed_convolutions(
    kernel: Sequence[int], attributes: dict[str, Any], layers: list[str]
) -> None:
    network = batch_norm(transposed(image(), 3, kernel, **attributes))
    check(network.quant(bits=3.0).model(), [*layers, "MVAU"])


@pytest.mark.parametrize(("outputs", "groups", "layer"), [(4, 4, "VVAU"), (6, 2, "MVAU")])
def test_groups_of_transposed_convolutions(outputs: int, groups: int, layer: str) -> None:
    network = transposed(Network((4, 3, 4)).quant(0.27), outputs, (3, 2), strides=[2, 1], group=groups)
    check(batch_norm(network).quant(bits=3.0).model(), [SPREAD, PAD, SLIDE, layer])


def test_transposed_convolution_of_rows() -> None:
    network = transposed(Network((3, 7)).quant(), 2, (4,), strides=[2], pads=[1, 1])
    check(batch_norm(network).quant(bits=3.0).model(), [SPREAD, PAD, SLIDE, "MVAU"])


def test_zero_between_bipolar_pixels_is_exact() -> None:
    network = transposed(Network((2, 4, 4)).op("BipolarQuant", 0.3), 3, (2, 2), strides=[2, 2])
    parent = check(network.quant(0.57, bits=3.0).model(), [SPREAD, PAD, SLIDE, "MVAU"])
    assert attribute(parent, "FMPadding_Pixel_0", "outputDataType") == "TERNARY"
    assert attribute(parent, "FMPadding_0", "inputDataType") == "TERNARY"


@pytest.mark.parametrize(
    "constants",
    [
        [np.array([0, 0, 1, 2, 0, 0, 0, 1])],
        [np.array([0, 0, 0, 0, 0, 0, 2, 0]), 0.5],
    ],
)
def test_padding_of_its_own(constants: list[Any]) -> None:
    check(ended(image().op("Pad", *constants)), [PAD, "MVAU"])


def test_padding_in_front_of_windows() -> None:
    network = image().op("Pad", np.array([0, 0, 1, 1, 0, 0, 1, 1]))
    network = network.op("MaxPool", kernel_shape=[3, 3], strides=[2, 2])
    check(ended(network), [PAD, SLIDE, "Pool", "MVAU"])


def test_padding_of_some_axes() -> None:
    network = image(opset=18).op("Pad", np.array([1, 2]), "", np.array([-1]))
    check(ended(network), [PAD, "MVAU"])


def test_padding_by_nothing() -> None:
    check(ended(image().op("Pad", np.zeros(8, dtype=np.int64))), ["MVAU"])


@pytest.mark.parametrize("value", [0.0, 0.5])
def test_padding_before_quantisers(value: float) -> None:
    network = Network((2, 5, 4)).op("Pad", np.array([0, 0, 1, 2, 0, 0, 0, 1]), value).op("Mul", 0.7)
    check(ended(network.quant()), [PAD, "MVAU"])
    network = convolution(Network((2, 5, 4)).quant(0.23), 3, (1, 1))
    network.op("Pad", np.array([0, 0, 1, 0, 0, 0, 0, 1]), value).op("Add", 0.3).quant(0.271)
    check(ended(network), ["MVAU", PAD, "MVAU"])


def test_bipolar_images_are_padded_exactly() -> None:
    network = Network((2, 4, 4)).op("BipolarQuant", 0.5).op("Pad", np.array([0, 0, 1, 0, 0, 0, 0, 1]))
    parent = check(ended(network), [PAD, "MVAU"])
    assert attribute(parent, "FMPadding_0", "outputDataType") == "TERNARY"


NEAREST = {"mode": "nearest", "nearest_mode": "floor", "coordinate_transformation_mode": "asymmetric"}


@pytest.mark.parametrize(
    ("scale", "attributes"),
    [
        ([2.0, 2.0], NEAREST),
        ([1.0, 3.0], NEAREST),
        ([3.0, 1.0], NEAREST),
        ([2.0, 3.0], {"mode": "nearest"}),
        (
            [2.0, 2.0],
            {"nearest_mode": "round_prefer_ceil", "coordinate_transformation_mode": "half_pixel"},
        ),
    ],
)
def test_repeated_pixels(scale: list[float], attributes: dict[str, Any]) -> None:
    network = image().op("Resize", "", np.array([1.0, 1.0, *scale], dtype=np.float32), **attributes)
    check(ended(network), [LARGER, "MVAU"])


def test_repeated_pixels_by_size() -> None:
    network = image().op("Resize", "", "", np.array([1, 2, 10, 4]), **NEAREST)
    check(ended(network), [LARGER, "MVAU"])


def test_upsample_of_older_opsets() -> None:
    network = image(opset=9).op("Upsample", np.array([1.0, 1.0, 2.0, 2.0], dtype=np.float32), mode="nearest")
    check(ended(network), [LARGER, "MVAU"])


def test_rows_are_repeated() -> None:
    network = Network((2, 6)).quant(0.27).op("Resize", "", np.array([1.0, 1.0, 2.0]), **NEAREST)
    check(batch_norm(convolution(network, 3, (3,))).quant(bits=3.0).model(), [LARGER, SLIDE, "MVAU"])


def test_resizing_to_the_same_size() -> None:
    check(ended(image().op("Resize", "", np.ones(4), **NEAREST)), ["MVAU"])


def shuffled(network: Network, block: int, **attributes: Any) -> Network:
    """Channels that become blocks of pixels."""
    batch, channels, *sizes = network.shape
    network.op("DepthToSpace", blocksize=block, **attributes)
    network.shape = [batch, channels // block**2, *(size * block for size in sizes)]
    return network


@pytest.mark.parametrize("mode", ["DCR", "CRD"])
def test_channels_become_blocks_of_pixels(mode: str) -> None:
    network = convolution(image(), 12, (3, 3), bias=True)
    network = batch_norm(network).op("Mul", np.linspace(0.5, 1.5, 12).reshape(12, 1, 1))
    network = shuffled(network.quant(0.27, bits=3.0), 2, mode=mode)
    check(
        batch_norm(convolution(network, 3, (2, 2))).quant(bits=3.0).model(),
        [SLIDE, "MVAU", BLOCKS, SLIDE, "MVAU"],
    )


def test_a_transposed_convolution_gives_blocks_of_pixels() -> None:
    network = batch_norm(transposed(image(), 8, (2, 2), strides=[2, 2], bias=True)).quant(0.27)
    check(ended(shuffled(network, 2, mode="CRD")), [SPREAD, PAD, SLIDE, "MVAU", BLOCKS, "MVAU"])


@pytest.mark.parametrize("mode", ["DCR", "CRD"])
def test_quantisers_behind_blocks_of_pixels(mode: str) -> None:
    network = shuffled(convolution(image(), 4, (1, 1)), 2, mode=mode).op("Relu").quant(0.27, signed=0)
    check(convolution(network, 3, (2, 2)).quant(0.31, bits=3.0).model(), ["MVAU", BLOCKS, SLIDE, "MVAU"])


def test_quantisers_behind_repeated_pixels() -> None:
    network = batch_norm(convolution(image(), 4, (1, 1)))
    network.op("Resize", "", np.array([1.0, 1.0, 2.0, 2.0]), **NEAREST).op("Relu").quant(0.27, signed=0)
    network.shape = [1, 4, 10, 8]
    check(convolution(network, 3, (2, 2)).quant(0.31, bits=3.0).model(), ["MVAU", LARGER, SLIDE, "MVAU"])


def test_blocks_of_the_input_in_their_own_order() -> None:
    check(ended(shuffled(Network((4, 3, 2)).quant(), 2)), [BLOCKS, "MVAU"])


@pytest.mark.parametrize("keepdims", [0, 1])
@pytest.mark.parametrize("op_type", ["ReduceMean", "ReduceSum", "ReduceMax", "GlobalMaxPool"])
def test_reductions_of_whole_images(op_type: str, keepdims: int) -> None:
    network = batch_norm(convolution(image(), 4, (3, 3))).quant(0.27, bits=3.0)
    if op_type == "ReduceSum":
        network.op(op_type, np.array([2, -1]), keepdims=keepdims)
    elif op_type == "GlobalMaxPool":
        network.op(op_type)
    else:
        network.op(op_type, axes=[2, 3], keepdims=keepdims)
    network.op("Identity").op("Flatten")
    network.shape = [1, 4]
    pooling = "Pool" if "Max" in op_type else SUM
    check(network.quant(0.13).dense(3).model(), [SLIDE, "MVAU", pooling, "Thresholding", "MVAU"])


@pytest.mark.parametrize(
    ("attributes", "bits", "mode"),
    [({"kernel_shape": [2, 2], "strides": [2, 2]}, 6.0, "round"), ({"kernel_shape": [5, 4]}, 9.0, "floor")],
)
def test_truncated_averages(attributes: dict[str, Any], bits: float, mode: str) -> None:
    """As Brevitas exports ``TruncAvgPool2d``: the sum's scale and bits, those of the output."""
    network = image(qonnx=2)
    taps = int(np.prod(attributes["kernel_shape"]))
    network.op("AveragePool", count_include_pad=1, **attributes)
    step = 0.25 / taps
    steps = step * 2.0 ** np.rint(np.log2(taps))
    network.op("Trunc", step, 0.0, bits, steps, 4.0, rounding_mode=mode, signed=1, narrow=0)
    layers = [SLIDE, "Pool"] if "strides" in attributes else [SUM]
    check(ended(network), [*layers, "Thresholding", "MVAU"])


@pytest.mark.parametrize(
    ("network", "text"),
    [
        (
            transposed(image(), 2, (2, 2), strides=[2, 2], pads=[2, 0, 0, 0]),
            "ConvTranspose_2 (ConvTranspose) has pads that cut more than its kernel reaches; "
            "cut the image in front of it",
        ),
        (
            transposed(image(), 2, (2, 3), strides=[2, 2], kernel_shape=[2, 2]),
            "ConvTranspose_2 (ConvTranspose) has weights of shape (2, 2, 2, 3) for 2 channels and a kernel of"
            " [2, 2], which do not fit one another; check the export",
        ),
        (
            transposed(image(), 2, (3, 3), strides=[2, 2], output_shape=[10, 8]),
            "ConvTranspose_2 (ConvTranspose) leaves open which side of its output is cut; "
            "export it with pads",
        ),
        (
            image().op("Pad", np.array([0, 0, 1, 1, 0, 0, 1, 1]), mode="symmetric"),
            "Pad_1 (Pad) pads by mode symmetric; use constant, reflect, edge or wrap",
        ),
        (
            image().op("Pad", np.array([0, 1, 0, 0, 0, 1, 0, 0])),
            "Pad_1 (Pad) pads the batch or the channels, or cuts; only height and width can be padded",
        ),
        (
            image().op("Pad", np.array([0, 0, 1, 1, 0, 0, 1, 1]), 0.1),
            "Pad_1 (Pad) is padded with 0.1, which no integer of its input stands for;"
            " quantise behind the offset, or do not pad",
        ),
        (
            image().op("Resize", "", np.array([1.0, 1.0, 1.5, 2.0]), mode="linear"),
            "Resize_1 (Resize) mixes pixels; use nearest neighbours, or bilinear interpolation by 2 "
            "(half_pixel or asymmetric)",
        ),
        (
            shuffled(Network((4, 3, 2)).quant(), 2, mode="CRD", name="shuffle"),
            "shuffle (DepthToSpace) takes a pixel's channels before the places in its block (mode CRD), "
            "and no convolution gives them; use mode DCR",
        ),
    ],
)
def test_refusals(network: Network, text: str) -> None:
    with pytest.raises(FinnError) as error:
        import_network(ended(network))
    assert str(error.value) == text
