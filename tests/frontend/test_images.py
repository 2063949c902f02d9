"""Convolutional networks, imported, against qonnx' own execution of the original."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from finn.errors import FinnError
from finn.frontend import import_network

from .qonnx_networks import Network
from .test_import_network import attribute, check, layers_of

PAD, SLIDE, LARGEST = "FMPadding", "ConvolutionInputGenerator", "StreamingMaxPool"


def convolution(
    network: Network, outputs: int, kernel: Sequence[int], *, bias: bool = False, **attributes: Any
) -> Network:
    """A convolution with quantised weights of the current channels."""
    channels = network.shape[1]
    here = network.tensor
    values = network.rng.normal(size=(outputs, channels // attributes.get("group", 1), *kernel)) * 0.4
    weights = network.quant(0.125, 0.0, 3.0)._on(values)
    network.tensor = here
    constants = [network.rng.normal(size=outputs)] if bias else []
    network.op("Conv", weights, *constants, **attributes)
    network.shape = [network.shape[0], outputs, *network.shape[2:]]
    return network


def batch_norm(network: Network) -> Network:
    """Over the channels of an image, some of which fall."""
    size = network.shape[1]
    gamma, beta, mean = network.rng.normal(size=(3, size)) * 0.5
    return network.op("BatchNormalization", gamma, beta, mean, network.rng.random(size) + 0.5, epsilon=1e-5)


@pytest.mark.parametrize(
    ("kernel", "attributes", "layers"),
    [
        ((3, 3), {}, [SLIDE]),
        ((3, 3), {"pads": [1, 1, 1, 1]}, [PAD, SLIDE]),
        ((3, 2), {"pads": [0, 1, 2, 0], "strides": [2, 1]}, [PAD, SLIDE]),
        ((3, 3), {"auto_pad": "SAME_UPPER", "strides": [2, 2]}, [PAD, SLIDE]),
        ((2, 2), {"auto_pad": "SAME_LOWER"}, [PAD, SLIDE]),
        ((2, 2), {"dilations": [2, 3]}, [SLIDE]),
        ((1, 1), {}, []),
        ((1, 1), {"strides": [2, 2]}, [SLIDE]),
        ((2, 2), {"strides": [3, 3]}, [SLIDE]),
        ((7, 6), {}, [SLIDE]),
        ((1, 5), {"pads": [0, 2, 0, 2]}, [PAD, SLIDE]),
    ],
)
def test_convolutions(kernel: Sequence[int], attributes: dict[str, Any], layers: list[str]) -> None:
    network = convolution(Network((2, 7, 6)).quant(), 4, kernel, bias=True, **attributes)
    check(batch_norm(network).op("Relu").quant(bits=3.0, signed=0).model(), [*layers, "MVAU"])


def test_rows_of_pixels() -> None:
    network = convolution(Network((3, 16)).quant(), 4, (5,), pads=[2, 1], strides=[2])
    check(batch_norm(network).quant(bits=3.0).model(), [PAD, SLIDE, "MVAU"])


def test_dense_layers_behind_an_image() -> None:
    network = convolution(Network((2, 5, 4)).quant(), 3, (3, 3))
    batch_norm(network).quant(bits=3.0).op("Flatten")
    network.shape = [1, 18]
    network.dense(5)
    check(network.model(), [SLIDE, "MVAU", "MVAU"])


def test_flattened_before_its_quantiser() -> None:
    network = convolution(Network((2, 5, 4)).quant(), 3, (3, 3))
    batch_norm(network).op("Flatten").quant(bits=3.0)
    network.shape = [1, 18]
    check(network.dense(5).model(), [SLIDE, "MVAU", "MVAU"])


@pytest.mark.parametrize(
    ("attributes", "layers"),
    [
        ({"kernel_shape": [2, 2], "strides": [2, 2]}, [LARGEST]),
        ({"kernel_shape": [2, 3], "strides": [2, 3], "pads": [1, 1, 0, 1]}, [PAD, LARGEST]),
        ({"kernel_shape": [2, 2], "strides": [2, 2], "dilations": [2, 1]}, [SLIDE, "Pool"]),
        ({"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}, [PAD, SLIDE, "Pool"]),
        ({"kernel_shape": [5, 4]}, ["Pool"]),
    ],
)
@pytest.mark.parametrize("before", [True, False])
def test_largest_values(attributes: dict[str, Any], layers: list[str], before: bool) -> None:
    network = convolution(Network((2, 7, 6)).quant(), 4, (3, 3))
    batch_norm(network)
    network = network.quant(bits=3.0) if before else network.op("Relu")
    network.op("MaxPool", **attributes)
    network = network if before else network.op("Identity").quant(bits=3.0, signed=0)
    check(convolution(network, 3, (1, 1)).model(), [SLIDE, "MVAU", *layers, "MVAU"])


def test_averages() -> None:
    network = convolution(Network((2, 7, 6)).quant(), 4, (3, 3)).quant(0.27, bits=3.0)
    network.op("AveragePool", kernel_shape=[2, 2], strides=[1, 2]).quant(0.13, bits=4.0)
    network.op("GlobalAveragePool").quant(0.07, bits=4.0).op("Flatten")
    network.shape = [1, 4]
    layers = [SLIDE, "MVAU", SLIDE, "Pool", "Thresholding", "GlobalAccPool", "Thresholding", "MVAU"]
    check(network.dense(3).model(), layers)


def test_zero_between_bipolar_pixels_is_exact() -> None:
    network = convolution(Network((2, 6, 6)).op("BipolarQuant", 0.3), 3, (3, 3), pads=[1, 1, 1, 1])
    parent = check(network.quant(0.57, bits=3.0).model(), [PAD, SLIDE, "MVAU"])
    assert attribute(parent, "FMPadding_0", "outputDataType") == "TERNARY"


def test_raw_pixels_enter_as_integers() -> None:
    network = convolution(Network((3, 6, 5)).op("Sub", np.full((1, 3, 1, 1), 0.5)).quant(0.13), 4, (3, 3))
    pixels = np.random.default_rng(2).integers(0, 256, (50, 3, 6, 5)) * (1 / 255)
    options = {"input_datatype": "UINT8", "input_scale": 1 / 255}
    model = network.quant(0.47, bits=3.0).model()
    check(model, ["Thresholding", SLIDE, "MVAU"], inputs=pixels, **options)


def test_a_convolution_without_integers_is_refused() -> None:
    network = convolution(Network((2, 6, 6)), 4, (3, 3)).quant()
    with pytest.raises(FinnError) as error:
        import_network(convolution(network, 4, (3, 3)).model())
    assert str(error.value) == (
        "Conv_1 (Conv) runs on the host in float because nothing quantises its input; "
        "--input-datatype and --input-scale would move it into hardware"
    )


@pytest.mark.parametrize(("groups", "layer"), [(4, "VVAU"), (2, "MVAU"), (1, "MVAU")])
@pytest.mark.parametrize("pads", [[0, 0, 0, 0], [1, 1, 1, 1]])
def test_groups(groups: int, layer: str, pads: list[int]) -> None:
    network = convolution(Network((4, 6, 5)).quant(), 4, (3, 3), group=groups, pads=pads, bias=True)
    padding = [PAD] if any(pads) else []
    check(batch_norm(network).quant(bits=3.0).model(), [*padding, SLIDE, layer])


def test_two_outputs_for_each_channel() -> None:
    network = convolution(Network((3, 6, 5)).quant(), 6, (3, 3), group=3)
    check(batch_norm(network).quant(bits=3.0).model(), [SLIDE, "MVAU"])


def test_depthwise_and_pointwise_in_turn() -> None:
    network = Network((3, 8, 8)).quant()
    for outputs in (6, 4):
        network = convolution(network, network.shape[1], (3, 3), group=network.shape[1], pads=[1, 1, 1, 1])
        network = batch_norm(network).op("Relu").quant(0.31, bits=4.0, signed=0)
        network = batch_norm(convolution(network, outputs, (1, 1))).op("Relu").quant(0.31, bits=4.0, signed=0)
    block = [PAD, SLIDE, "VVAU", "MVAU"]
    check(
        network.op("GlobalAveragePool").quant(0.07).model(), [*block, *block, "GlobalAccPool", "Thresholding"]
    )


@pytest.mark.parametrize(
    ("window", "size"),
    [
        ({"kernel_shape": [2, 2], "strides": [2, 2]}, (4, 3)),
        ({"kernel_shape": [3, 2], "strides": [2, 3], "pads": [1, 0, 0, 1]}, (4, 2)),
        ({"kernel_shape": [2, 3], "strides": [3, 2], "dilations": [2, 1]}, (3, 3)),
        # The last place would begin behind the image.
        ({"kernel_shape": [1, 1], "strides": [4, 4], "pads": [0, 0, 0, 0]}, (2, 2)),
        ({"kernel_shape": [2, 2], "strides": [3, 3], "pads": [1, 1, 1, 1]}, (3, 3)),
    ],
)
def test_maxima_whose_output_size_is_rounded_up(window: dict[str, Any], size: tuple[int, int]) -> None:
    network = convolution(Network((2, 7, 6)).quant(), 4, (1, 1)).quant(0.31)
    network.op("MaxPool", ceil_mode=1, **window)
    parent = import_network(network.model())
    shape = parent.get_tensor_shape(parent.graph.output[0].name)
    assert tuple(shape[2:]) == size
    check(network.model(), layers_of(parent))
