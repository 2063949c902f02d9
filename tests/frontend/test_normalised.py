"""Sums and products per channel behind a quantiser: normalised images, and inputs on scales per channel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from finn.errors import FinnError
from finn.frontend import import_network

from .qonnx_networks import Network
from .test_branches import ADD, FORK, JOIN
from .test_images import PAD, SLIDE, convolution
from .test_import_network import check

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def per_channel(values: Any) -> Any:
    return np.reshape(np.asarray(values, dtype=np.float32), (1, -1, 1, 1))


def normalised(network: Network, scale: float = 1.0) -> Network:
    """The three channels less a mean, by a deviation."""
    network.op("Sub", per_channel(np.multiply(MEAN, scale)))
    return network.op("Div", per_channel(np.multiply(DEVIATION, scale)))


def pixels() -> Network:
    return Network((3, 6, 5)).quant(1 / 255, bits=8.0, signed=0)


def test_pixels_normalised_behind_their_quantiser() -> None:
    check(convolution(normalised(pixels()), 4, (3, 2)).quant(0.31).model(), [SLIDE, "MVAU"])


def test_pixels_normalised_for_several_layers() -> None:
    network = normalised(pixels())
    start, shape = network.tensor, list(network.shape)
    first = convolution(network, 4, (3, 2)).quant(0.31).tensor
    network.tensor, network.shape = start, shape
    network = convolution(network, 5, (3, 2)).quant(0.31)
    network.op("Concat", first, source=network.tensor, axis=1).shape = [1, 9, 4, 4]
    check(convolution(network, 3, (1, 1)).model(), [FORK, SLIDE, "MVAU", SLIDE, "MVAU", JOIN, "MVAU"])


def test_activations_normalised() -> None:
    network = convolution(Network((2, 6, 5)).quant(0.31), 3, (1, 1)).quant(0.17)
    network = convolution(normalised(network, 1.3), 4, (3, 2)).quant(0.31)
    check(network.model(), ["MVAU", SLIDE, "MVAU"])


def test_activations_normalised_on_one_of_two_ways() -> None:
    network = convolution(Network((2, 6, 5)).quant(0.31), 3, (1, 1)).quant(0.17)
    plain = network.tensor
    network = convolution(normalised(network, 1.3), 3, (1, 1)).quant(0.17)
    network.op("Add", plain, source=network.tensor).quant(0.23)
    model = convolution(network, 4, (3, 2)).model()
    check(model, ["MVAU", FORK, "MVAU", ADD, "Thresholding", SLIDE, "MVAU"])


def test_rows_normalised() -> None:
    rng = np.random.default_rng(4)
    network = Network((6, 5)).quant(0.031, bits=8.0)
    network.op("Mul", rng.uniform(0.2, 3, 5)).op("Add", rng.normal(size=5))
    check(network.dense(4).quant(0.31).model(), ["MVAU"])


@pytest.mark.parametrize("bits", [4.0, 8.0])
def test_an_input_on_scales_of_its_channels(bits: float) -> None:
    network = Network((3, 6, 5)).quant(per_channel((0.0213, 0.0331, 0.0157)), bits=bits)
    check(convolution(network, 4, (3, 2), pads=[1, 0, 1, 1]).quant(0.31).model(), [PAD, SLIDE, "MVAU"])


def test_vectors_on_scales_of_their_elements() -> None:
    network = Network((6, 5)).quant(np.array([0.0213, 0.0331, 0.0157, 0.05, 0.007]), bits=8.0)
    check(network.dense(4).quant(0.31).model(), ["MVAU"])


def test_pixels_on_scales_of_their_own_are_refused() -> None:
    scale = np.random.default_rng(5).uniform(0.02, 0.05, (1, 3, 6, 5)).astype(np.float32)
    with pytest.raises(FinnError) as failure:
        import_network(convolution(Network((3, 6, 5)).quant(scale), 4, (3, 2)).model())
    assert str(failure.value) == (
        "Conv_2 (Conv) reads an image whose pixels have different scales; use one per channel"
    )


def test_padding_that_no_integer_stands_for_is_refused() -> None:
    with pytest.raises(FinnError) as failure:
        import_network(convolution(normalised(pixels()), 4, (3, 2), pads=[1, 0, 1, 1]).model())
    assert str(failure.value) == (
        "Conv_4 (Conv) is padded with zero, which no integer of its input stands for;"
        " quantise behind the offset, or do not pad"
    )


def test_what_is_no_sum_or_product_is_refused_as_before() -> None:
    network = Network((3, 6, 5)).quant(0.031, bits=8.0).op("Exp")
    with pytest.raises(FinnError) as failure:
        import_network(convolution(network, 4, (3, 2)).model())
    assert str(failure.value) == (
        "Exp_1 (Exp) gives values that are not whole multiples of one scale, which a layer reads;"
        " put a quantiser behind it"
    )
