"""A refusal names the node that stands in the way, not the one where that shows."""

from __future__ import annotations

import re

import numpy as np
import pytest

from finn.errors import FinnError
from finn.frontend import import_network

from .qonnx_networks import Network
from .test_branches import convolution, image


def error_of(network: Network) -> str:
    with pytest.raises(FinnError) as error:
        import_network(network.model())
    return str(error.value)


def flattened(network: Network, features: int, outputs: int) -> Network:
    """Flattened, with a product behind."""
    network.op("Flatten")
    network.shape = [1, features]
    return network.dense(outputs)


def test_the_first_of_two_that_turn() -> None:
    network = Network(12).quant(0.3).dense(5).op("Relu").op("Abs", name="one").op("Sub", 3.1)
    network.op("Abs", name="two").op("Sub", 1.05).op("Abs", name="three").quant(0.00103, bits=10, signed=0)
    text = re.sub("[0-9]+ levels in", "so many levels in", error_of(network.dense(3)))
    assert text == (
        "two (Abs) rises and falls over so many levels in all; at most 511 each way are supported,"
        " so quantise to fewer levels"
    )


def test_levels_belong_to_the_quantiser_and_not_to_what_follows() -> None:
    network = Network(64).quant(1e-3, bits=16).dense(4).quant(0.001, bits=17)
    network.op("Reshape", np.array([1, 2, 2])).op("Reshape", np.array([1, 4]))
    assert error_of(network.dense(3)) == ("Quant_3 (Quant) has 17 bits; at most 16 are supported in hardware")


def host_reason(network: Network) -> str:
    said = error_of(convolution(network.quant(), 5, (1, 1)))
    return said.split(" runs on the host in float because ")[1]


def test_why_a_sum_is_left_to_the_host() -> None:
    network = image().quant()
    shortcut = network.tensor
    network = convolution(network, network.shape[1], (1, 1)).op("Sigmoid", name="gate")
    assert host_reason(network.op("Add", shortcut, name="sum")) == (
        "sum (Add) before it does, whose input from gate (Sigmoid) nothing quantises;"
        " a quantiser there would move it into hardware"
    )


def test_why_a_softmax_is_left_to_the_host() -> None:
    network = convolution(image().quant(), 4, (1, 1)).op("Softmax", axis=1, name="share")
    assert host_reason(network) == (
        "share (Softmax) before it does, which no layer of the hardware computes;"
        " a network without that would move it into hardware"
    )


def test_why_a_mean_of_what_nothing_rounds_is_left_to_the_host() -> None:
    network = convolution(image().quant(), 4, (1, 1)).op("Slice", *map(np.array, ([0], [3], [2], [1])))
    network.op("Softplus").op("GlobalAveragePool", name="mean").shape = [1, 4, 1, 1]
    assert host_reason(network) == (
        "mean (GlobalAveragePool) before it does, whose input from Softplus_8 (Softplus) nothing quantises;"
        " a quantiser there would move it into hardware"
    )


def test_resized_channels() -> None:
    network = convolution(image().quant(), 4, (1, 1)).quant()
    network.op("Resize", "", np.array([1.0, 2.0, 2.0, 1.0], np.float32), name="larger", mode="nearest")
    assert error_of(network) == (
        "larger (Resize) resizes the batch or the channels; images have the axes batch, channels, height,"
        " width, so transpose before it"
    )
