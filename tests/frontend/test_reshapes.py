"""Reshapes of the input change places with what treats all elements alike."""

from __future__ import annotations

import numpy as np
import pytest

from finn.frontend import import_network

from .qonnx_networks import Network
from .test_images import PAD, SLIDE, convolution
from .test_import_network import check, layers_of


def as_column(network: Network) -> Network:
    """Rows (6, 3), channels last, as an image of one column, channels first."""
    network.op("Reshape", np.array([0, 6, 1, 3])).op("Transpose", perm=[0, 3, 1, 2])
    network.shape = [1, 3, 6, 1]
    return network


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_rows_that_become_an_image_behind_their_quantiser(shape: tuple[int, ...]) -> None:
    network = Network((6, 3)).op("Mul", np.full(shape, 0.7)).quant(0.13, bits=6.0)
    network = convolution(as_column(network), 4, (3, 1), pads=[1, 0, 1, 0])
    parent = import_network(network.model())
    assert [node.op_type for node in parent.graph.node][:3] == ["Reshape", "Transpose", "Mul"]
    check(network.model(), [PAD, SLIDE, "MVAU"])


def test_constants_of_more_axes_stay_before() -> None:
    network = Network((6, 3)).op("Mul", np.full((1, 1, 1), 0.7)).quant(0.13, bits=6.0)
    network.op("Reshape", np.array([0, 18]))
    network.shape = [1, 18]
    model = network.dense(4).model()
    check(model, layers_of(import_network(model)))


def test_constants_for_each_channel_stay_before() -> None:
    network = Network((6, 3)).op("Mul", np.array([0.7, 0.4, 0.9])).quant(0.13, bits=6.0)
    network = convolution(as_column(network), 4, (3, 1), pads=[1, 0, 1, 0])
    parent = import_network(network.model())
    assert next(node.op_type for node in parent.graph.node) == "Mul"
    check(network.model(), layers_of(parent))


def test_what_others_read_as_it_is_stays_before() -> None:
    network = Network((6, 3)).quant(0.13, bits=6.0)
    start, shape = network.tensor, list(network.shape)
    convolution(as_column(network), 4, (3, 1), pads=[1, 0, 1, 0]).also_out()
    network.tensor, network.shape = start, shape
    model = network.dense(5).model()
    parent = import_network(model)
    assert next(node.op_type for node in parent.graph.node) == "Quant"
    check(model, layers_of(parent))
