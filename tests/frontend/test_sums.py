"""Sums of streams whose channels have scales of their own, or of which one is a single pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from finn.errors import FinnError
from finn.frontend import import_network

from .qonnx_networks import Network
from .test_branches import ADD, FORK, image
from .test_images import PAD, SLIDE, batch_norm, convolution
from .test_import_network import attribute, check

FIRST = np.array([0.2351, 0.3390, 0.1667, 0.3027]).reshape(1, 4, 1, 1)
TIMES = "ChannelwiseOp"


def two_sides(first: Any, second: Any, op_type: str = "Add") -> Network:
    """Two convolutions of an image, quantised on these scales and added."""
    network = image().quant(0.31)
    fork = network.tensor
    one = batch_norm(convolution(network, 4, (1, 1))).quant(first).tensor
    network.tensor, network.shape = fork, [1, 4, 6, 5]
    network = batch_norm(convolution(network, 4, (3, 3), pads=[1, 1, 1, 1])).quant(second)
    network.op(op_type, one, source=network.tensor, name="sum").op("Relu").quant(0.43, signed=0)
    return convolution(network, 3, (1, 1))


SIDES = ["MVAU", FORK, "MVAU", PAD, SLIDE, "MVAU"]
REST = [ADD, "Thresholding", "MVAU"]


@pytest.mark.parametrize("op_type", ["Add", "Sub"])
def test_scales_per_channel_on_both_sides(op_type: str) -> None:
    check(two_sides(FIRST, FIRST[:, ::-1], op_type).model(), [*SIDES, TIMES, TIMES, *REST])


def test_scales_per_channel_on_one_side() -> None:
    whole = 0.17 * np.array([1.0, 2.0, 3.0, 1.0]).reshape(1, 4, 1, 1)
    parent = check(two_sides(whole, 0.17).model(), [*SIDES, TIMES, *REST])
    assert attribute(parent, "ChannelwiseOp_0", "paramDataType") == "UINT2"


def test_scales_per_channel_of_one_ratio() -> None:
    parent = check(two_sides(FIRST, 3 * FIRST).model(), [*SIDES, *REST])
    assert sorted(attribute(parent, "AddStreams_0", "scales")) == [1, 3]


def test_an_accumulator_is_added_to_an_image() -> None:
    network = Network((4, 6, 5)).quant(0.1021)
    fork = network.tensor
    network = batch_norm(convolution(network, 4, (3, 3), pads=[1, 1, 1, 1]))
    network.op("Add", fork, source=network.tensor).op("Relu").quant(0.3009, signed=0)
    layers = [FORK, PAD, SLIDE, "MVAU", TIMES, TIMES, *REST]
    check(convolution(network, 3, (1, 1)).model(), layers)


def test_two_accumulators_are_added() -> None:
    network = image().quant(0.31)
    fork = network.tensor
    one = batch_norm(convolution(network, 4, (1, 1))).tensor
    network.tensor, network.shape = fork, [1, 4, 6, 5]
    network = batch_norm(convolution(network, 4, (1, 1)))
    network.op("Add", one, source=network.tensor).quant(0.43)
    layers = ["MVAU", FORK, "MVAU", "MVAU", TIMES, TIMES, *REST]
    check(convolution(network, 3, (1, 1)).model(), layers)


def test_a_pixel_is_added_to_every_pixel() -> None:
    network = convolution(Network((3, 6, 5)).quant(0.11), 4, (2, 2)).op("Relu").quant(0.237, signed=0)
    fork = network.tensor
    network.op("GlobalAveragePool").quant(0.237, signed=0)
    network.op("Add", fork, source=network.tensor).quant(0.301, signed=0)
    layers = [SLIDE, "MVAU", FORK, "GlobalAccPool", "Thresholding", "UpsampleNearestNeighbour", *REST]
    check(convolution(network, 3, (1, 1)).model(), layers)


def test_a_ratio_of_15_bits() -> None:
    network = image().quant(0.31)
    fork, sides = network.tensor, []
    for factor in (3.001, 2.003):
        network.tensor, network.shape = fork, [1, 4, 6, 5]
        sides.append(convolution(network, 4, (3, 3), pads=[1, 1, 1, 1]).op("Mul", factor).tensor)
    network.op("Add", sides[0], source=sides[1]).quant(5.13)
    layers = ["MVAU", FORK, PAD, SLIDE, "MVAU", PAD, SLIDE, "MVAU", *REST]
    parent = check(convolution(network, 3, (1, 1)).model(), layers)
    assert sorted(attribute(parent, "AddStreams_0", "scales")) == [2003, 3001]


def test_accumulators_too_wide_to_be_multiplied() -> None:
    network = Network((4, 6, 5)).quant(0.0007, bits=12.0)
    fork = network.tensor
    network = convolution(network, 4, (3, 3), pads=[1, 1, 1, 1])
    batch_norm(network).op("Add", fork, source=network.tensor, name="sum")
    with pytest.raises(FinnError) as error:
        import_network(convolution(network.quant(0.3), 3, (1, 1)).model())
    assert str(error.value) == (
        "sum (Add) multiplies channels of 19 bits; at most 16 are supported,"
        " so quantise them or give both tensors the same scale"
    )


def test_channels_without_a_whole_ratio() -> None:
    far = FIRST * np.array([1, 1e-12, 1, 1]).reshape(1, 4, 1, 1)
    with pytest.raises(FinnError) as error:
        import_network(two_sides(far, 0.2).model())
    assert str(error.value) == (
        "sum (Add) adds channels whose scales have no whole ratio of up to 15 bits;"
        " give both tensors the same scale"
    )
