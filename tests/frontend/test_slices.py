"""Slices of channels that share a tensor among them are one split."""

from __future__ import annotations

import numpy as np
import pytest

from finn.frontend import import_network

from .qonnx_networks import Network
from .test_branches import ADD, CUT, JOIN, image
from .test_images import PAD, SLIDE, convolution
from .test_import_network import check, layers_of


def cut(network: Network, *parts: tuple[int, int], step: int = 1, axis: int = 1) -> list[str]:
    """The names of ranges of an axis of the current tensor."""
    source, names = network.tensor, []
    for start, end in parts:
        inputs = [np.array([value]) for value in (start, end, axis, step)]
        names.append(network.op("Slice", *inputs, source=source).tensor)
    return names


@pytest.mark.parametrize("parts", [[(0, 1), (1, 4)], [(-3, 2**63 - 1), (0, -3)]])
def test_two_parts(parts: list[tuple[int, int]]) -> None:
    network = image().quant(0.31)
    sides = dict(zip(parts, cut(network, *parts), strict=True))
    one, three = sorted(sides, key=lambda part: part[0] != 0)
    network.tensor, network.shape = sides[one], [1, 1, 6, 5]
    first = convolution(network, 2, (3, 3), pads=[1, 1, 1, 1]).quant(0.53).tensor
    network.tensor, network.shape = sides[three], [1, 3, 6, 5]
    network = convolution(network, 2, (1, 1)).quant(0.53)
    network.op("Add", first, source=network.tensor).quant(0.33)
    check(network.model(), ["MVAU", CUT, PAD, SLIDE, "MVAU", "MVAU", ADD, "Thresholding"])


def test_attributes_of_older_opsets() -> None:
    network = Network(12, opset=9).quant(0.3).dense(8).quant(0.27)
    source, parts = network.tensor, []
    for start, end in ((0, 3), (3, 5), (5, 8)):
        network.op("Slice", source=source, starts=[start], ends=[end], axes=[1])
        parts.append(network.tensor)
    network.op("Concat", parts[0], parts[1], source=parts[2], axis=1)
    check(network.dense(4).model(), ["MVAU", CUT, JOIN, "MVAU"])


@pytest.mark.parametrize(
    ("parts", "step", "axis"),
    [
        ([(0, 1), (2, 4)], 1, 1),
        ([(0, 2), (1, 4)], 1, 1),
        ([(0, 2), (2, 4)], 2, 1),
        ([(0, 2), (2, 6)], 1, 2),
    ],
)
def test_other_slices_are_parts_of_their_own(parts: list[tuple[int, int]], step: int, axis: int) -> None:
    network = image().quant(0.31)
    names = cut(network, *parts, step=step, axis=axis)
    for place, (start, end) in enumerate(parts):
        network.tensor, network.shape = names[place], [1, 4, 6, 5]
        network.shape[axis] = len(range(start, end, step))
        network = convolution(network, 2, (1, 1)).op("GlobalAveragePool").quant(0.13)
        names[place] = network.tensor
    network.op("Concat", names[0], source=names[1], axis=1)
    network.shape = [1, 4, 1, 1]
    model = convolution(network, 3, (1, 1)).model()
    layers = layers_of(import_network(model))
    assert CUT not in layers and layers.count("StreamingGather") == 2
    check(model, layers)
