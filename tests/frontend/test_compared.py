"""The larger or smaller of two tensors on different scales, which the quantiser behind brings to one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from .qonnx_networks import Network
from .test_branches import FORK, image
from .test_images import convolution
from .test_import_network import check

COMPARED = "StreamingEltwise"
SCALES = np.array([0.231, 0.339, 0.167, 0.303, 0.226], np.float32).reshape(1, 5, 1, 1)


def two(first: Any, second: Any) -> tuple[Network, str]:
    """Two convolutions of one image, each quantised on its scale or not at all; the first one's tensor."""
    network = image().quant(0.31)
    start, shape, names = network.tensor, list(network.shape), []
    for scale in (first, second):
        network.tensor, network.shape = start, list(shape)
        network = convolution(network, 5, (1, 1))
        if scale is not None:
            network.quant(scale)
        names.append(network.tensor)
    return network, names[0]


def ended(network: Network) -> Any:
    return convolution(network, 3, (1, 1)).model()


LAYERS = ["MVAU", FORK, "MVAU", "MVAU", COMPARED, "MVAU"]


@pytest.mark.parametrize("op_type", ["Max", "Min"])
@pytest.mark.parametrize("scales", [(0.23, 0.37), (SCALES, 0.37), (0.23, SCALES), (None, 0.37), (None, None)])
def test_two_scales(op_type: str, scales: tuple[Any, Any]) -> None:
    network, first = two(*scales)
    network.op(op_type, first, source=network.tensor).quant(0.27, bits=5.0)
    check(ended(network), LAYERS)


def test_rising_operators_between() -> None:
    network, first = two(0.23, 0.37)
    network.op("Max", first, source=network.tensor).op("Add", SCALES - 0.2).op("Relu")
    check(ended(network.op("Mul", 2 * SCALES).quant(0.17, signed=0)), LAYERS)


def test_a_falling_operator_between_is_left_there() -> None:
    network, first = two(0.23, 0.23)
    network.op("Max", first, source=network.tensor).op("Mul", -0.71).quant(0.17)
    check(ended(network), [*LAYERS[:-1], "Thresholding", "MVAU"])


def test_what_is_on_one_scale_is_compared_as_it_is() -> None:
    network, first = two(0.23, 0.23)
    network.op("Max", first, source=network.tensor).quant(0.17)
    check(ended(network), [*LAYERS[:-1], "Thresholding", "MVAU"])


def test_a_pixel_on_another_scale() -> None:
    network = image().quant(0.37)
    features, size = network.tensor, network.shape
    network.op("GlobalAveragePool").quant(0.11, bits=6.0)
    network.shape = [1, 4, 1, 1]
    pixel = convolution(network, 4, (1, 1)).quant(0.23).tensor
    network.shape = size
    network.op("Max", pixel, source=features).quant(0.29, bits=5.0)
    layers = ["MVAU", FORK, "GlobalAccPool", "Thresholding", "MVAU", "Thresholding", COMPARED, "MVAU"]
    check(ended(network), layers)
