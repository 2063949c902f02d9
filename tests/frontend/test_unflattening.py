"""Vectors that become images, in the order that the layers behind them read."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from finn.frontend import import_network

from .qonnx_networks import Network
from .test_images import PAD, SLIDE, convolution
from .test_import_network import check

SPREAD = "FMPadding_Pixel"


def vector(**quant: Any) -> Network:
    """A dense layer of 24 outputs, each with a scale and a bias of its own."""
    return Network(7).quant(0.31).dense(24).batch_norm().quant(0.27, **quant)


def unflattened(network: Network, *shape: int) -> Network:
    network.op("Reshape", np.array([-1, *shape]))
    network.shape = [1, *shape]
    return network


def ties_of(network: Network) -> set[tuple[int, int]]:
    ties = json.loads(import_network(network.model()).get_metadata_prop("finn_ties"))
    return {(output, value) for output, value in ties["MVAU_0"]}


def test_a_decoder() -> None:
    network = unflattened(vector(), 4, 2, 3)
    image = network.tensor
    weights = network.quant(0.125, 0.0, 3.0)._on(network.rng.normal(size=(4, 5, 2, 2)) * 0.4)
    network.tensor = image
    network.op("ConvTranspose", weights, strides=[2, 2])
    network.shape = [1, 5, 4, 6]
    check(convolution(network.quant(0.43), 3, (1, 1)).model(), ["MVAU", SPREAD, PAD, SLIDE, "MVAU", "MVAU"])


def test_operators_on_the_image() -> None:
    network = unflattened(Network(7).quant(0.31).dense(24), 4, 2, 3)
    network.op("Mul", np.linspace(0.4, -0.9, 4).reshape(1, 4, 1, 1)).op("Add", 0.13).quant(0.27)
    check(convolution(network, 3, (2, 2)).model(), ["MVAU", SLIDE, "MVAU"])


def test_channels_with_scales_of_their_own() -> None:
    network = unflattened(vector(), 4, 2, 3).op("Mul", np.array([1.0, 3.0, 2.0, 1.0]).reshape(1, 4, 1, 1))
    check(convolution(network, 3, (2, 2)).model(), ["MVAU", SLIDE, "MVAU"])


def test_axes_in_another_order() -> None:
    network = unflattened(vector(), 2, 3, 4).op("Transpose", perm=[0, 3, 1, 2])
    network.op("Mul", np.array([1.0, 3.0, 2.0, 1.0]).reshape(1, 4, 1, 1)).shape = [1, 4, 2, 3]
    check(convolution(network, 3, (2, 2)).model(), ["MVAU", SLIDE, "MVAU"])


def test_a_row_of_pixels() -> None:
    check(convolution(unflattened(vector(), 4, 6), 3, (3,)).model(), ["MVAU", SLIDE, "MVAU"])


def test_accumulators_become_an_image() -> None:
    network = unflattened(Network(7).quant(0.31).dense(24), 4, 2, 3)
    check(convolution(network, 3, (2, 2)).model(), ["MVAU", SLIDE, "MVAU"])


def test_ties_go_with_their_outputs() -> None:
    def begun() -> Network:
        return Network(7).quant(0.5).dense(24).op("Add", np.arange(24) % 5 * 0.03).quant(0.25)

    plain = ties_of(begun().dense(3))
    image = ties_of(convolution(unflattened(begun(), 4, 2, 3), 3, (2, 2)))
    places = np.arange(24).reshape(2, 3, 4).transpose(2, 0, 1).reshape(-1)
    assert plain and image == {(places[output], value) for output, value in plain}
