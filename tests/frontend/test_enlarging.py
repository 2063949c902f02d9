"""Images padded by their own pixels, and resized by any factor, against qonnx' own execution."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from finn.frontend import import_network

from .qonnx_networks import Network
from .test_images import SLIDE, convolution
from .test_import_network import check, layers_of
from .test_reordering import REORDER


def image(**options: Any) -> Network:
    """Four channels behind a convolution."""
    return convolution(Network((3, 5, 6), **options).quant(0.31), 4, (1, 1)).quant(0.23)


@pytest.mark.parametrize("mode", ["reflect", "edge", "wrap"])
@pytest.mark.parametrize(
    ("pads", "layers"),
    [
        ([0, 0, 2, 1, 0, 0, 1, 3], [REORDER, REORDER]),
        ([0, 0, 1, 0, 0, 0, 2, 0], [REORDER]),
        ([0, 0, 0, 3, 0, 0, 0, 1], [REORDER]),
    ],
)
def test_padding_by_own_pixels(mode: str, pads: list[int], layers: list[str]) -> None:
    network = image(opset=19).op("Pad", np.array(pads), mode=mode)
    check(convolution(network, 3, (2, 3)).model(), ["MVAU", *layers, SLIDE, "MVAU"])


@pytest.mark.parametrize("coordinates", ["asymmetric", "half_pixel", "align_corners"])
@pytest.mark.parametrize("rounding", ["floor", "ceil", "round_prefer_floor"])
@pytest.mark.parametrize("size", [(7, 8), (3, 4), (5, 13), (10, 2)])
def test_nearest_neighbours_by_any_size(coordinates: str, rounding: str, size: tuple[int, int]) -> None:
    modes = {"coordinate_transformation_mode": coordinates, "nearest_mode": rounding, "mode": "nearest"}
    network = image().op("Resize", "", "", np.array([1, 4, *size]), **modes)
    model = convolution(network, 3, (2, 2)).model()
    layers = layers_of(import_network(model))
    check(model, layers)
    assert set(layers[1:-2]) <= {REORDER, "StreamingGather", "UpsampleNearestNeighbour"}


@pytest.mark.parametrize("coordinates", ["asymmetric", "half_pixel"])
@pytest.mark.parametrize("opset", [11, 13])
def test_means_of_neighbours(coordinates: str, opset: int) -> None:
    modes = {"coordinate_transformation_mode": coordinates, "mode": "linear"}
    roi = "" if opset > 11 else np.zeros(0, dtype=np.float32)
    network = image(opset=opset).op("Resize", roi, np.array([1.0, 1.0, 2.0, 2.0]), **modes)
    network.quant(0.13, bits=6.0)
    model = convolution(network, 3, (2, 2)).model()
    layers = layers_of(import_network(model))
    check(model, layers)
    assert layers.count("VVAU") == 1


def test_means_of_neighbours_in_a_row() -> None:
    network = convolution(Network((3, 9)).quant(0.31), 4, (1,)).quant(0.23)
    network.op("Resize", "", np.array([1.0, 1.0, 2.0]), mode="linear").quant(0.13, bits=6.0)
    model = convolution(network, 3, (2,)).model()
    check(model, layers_of(import_network(model)))
