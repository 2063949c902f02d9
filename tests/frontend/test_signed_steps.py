"""Functions that rise and fall, between an accumulator and a quantiser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from finn.frontend import import_network

from .qonnx_networks import Network
from .test_images import convolution
from .test_import_network import attribute, check

FORK, ADD = "DuplicateStreams", "AddStreams"
TURNING = ["MVAU", FORK, "Thresholding", "Thresholding", ADD, "MVAU"]


def before(opset: int = 13) -> Network:
    return Network(12, opset=opset).quant(0.3).dense(8).batch_norm()


@pytest.mark.parametrize(
    ("name", "opset", "attributes"),
    [
        ("Abs", 13, {}),
        ("HardSwish", 14, {}),
        ("Mish", 18, {}),
        ("Gelu", 20, {}),
        ("Gelu", 20, {"approximate": "tanh"}),
        ("LeakyRelu", 13, {"alpha": -0.3}),
        ("Elu", 13, {"alpha": -0.7}),
    ],
)
def test_a_function_that_turns(name: str, opset: int, attributes: Any) -> None:
    network = before(opset).op(name, **attributes).quant(0.0613, bits=6)
    check(network.dense(5).model(), TURNING)


def test_the_difference_is_of_what_is_counted_up_and_down() -> None:
    parent = import_network(before().op("Abs").quant(0.117).dense(5).model())
    assert attribute(parent, "AddStreams_0", "scales") == [1, -1]


def test_slopes_by_channel_of_which_some_turn() -> None:
    slopes = np.float32([0.3, -0.4, 0.7, 0.0, -1.3, 0.2, -0.1, 1.1])
    check(before().op("PRelu", slopes).quant(0.117).dense(5).model(), TURNING)


def test_a_pixel_stands_for_an_image() -> None:
    network = convolution(Network((3, 6, 5)).quant(0.3), 4, (2, 3))
    slopes = np.float32([0.3, -0.4, 0.7, -1.2]).reshape(4, 1, 1)
    network.op("PRelu", slopes).quant(0.117)
    layers = ["ConvolutionInputGenerator", *TURNING]
    check(convolution(network, 3, (1, 1)).model(), layers)


def test_a_vector_that_was_an_image() -> None:
    network = convolution(Network((3, 6, 5)).quant(0.3), 4, (2, 3)).op("Flatten")
    network.shape = [1, 4 * 5 * 3]
    network.op("Abs").quant(0.117)
    check(network.dense(5).model(), ["ConvolutionInputGenerator", *TURNING])


def test_two_levels() -> None:
    network = before().op("Abs").op("Sub", 0.613).op("BipolarQuant", 1.0)
    check(network.dense(5).model(), TURNING)


def test_the_square_of_what_is_quantised() -> None:
    network = before().quant(0.117)
    check(network.op("Mul", network.tensor).dense(5).model(), TURNING)


def test_a_gate_behind_a_convolution() -> None:
    network = convolution(Network((3, 6, 5)).quant(0.3), 4, (2, 3))
    x = network.tensor
    network.op("Sigmoid").op("Mul", x).quant(0.117)
    check(convolution(network, 3, (1, 1)).model(), ["ConvolutionInputGenerator", *TURNING])


def test_a_turning_function_leaves_the_hardware() -> None:
    check(before().quant(0.117).dense(5).op("Abs").quant(0.2).model(), ["MVAU", *TURNING[:-1]])
