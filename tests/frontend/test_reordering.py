"""Axes of images and rows exchanged between layers, imported, against qonnx' own execution."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from finn.errors import FinnError
from finn.frontend import import_network

from .qonnx_networks import Network
from .test_branches import FORK
from .test_images import SLIDE, convolution
from .test_import_network import attribute, check

REORDER = "StreamingReorder"


def image(size: tuple[int, int] = (5, 6), scale: object = 0.23) -> Network:
    """Four channels behind a convolution."""
    return convolution(Network((3, *size)).quant(0.31), 4, (1, 1)).quant(scale)


def steps(scale: object = 0.23) -> Network:
    """Seven vectors of five."""
    return Network((7, 6)).quant(0.31).dense(5).quant(scale)


def exchanged(network: Network, perm: Sequence[int]) -> Network:
    network.op("Transpose", perm=list(perm))
    network.shape = [network.shape[axis] for axis in perm]
    return network


@pytest.mark.parametrize("perm", [(0, 1, 3, 2), (0, 2, 1, 3), (0, 2, 3, 1), (0, 3, 1, 2), (0, 3, 2, 1)])
def test_axes_of_an_image_before_a_convolution(perm: Sequence[int]) -> None:
    network = convolution(exchanged(image(), perm), 3, (2, 3))
    check(network.model(), ["MVAU", REORDER, SLIDE, "MVAU"])


@pytest.mark.parametrize("perm", [(0, 1, 2, 3), (0, 1, 3, 2), (0, 2, 1, 3)])
def test_axes_of_an_image_before_a_dense_layer(perm: Sequence[int]) -> None:
    check(exchanged(image(), perm).dense(4).model(), ["MVAU", REORDER, "MVAU"])


def test_steps_and_features() -> None:
    check(exchanged(steps(), (0, 2, 1)).dense(4).model(), ["MVAU", REORDER, "MVAU"])


def test_height_and_width_keep_scales_per_channel() -> None:
    scales = 0.1 * np.array([1, 3, 2, 5], dtype=np.float32).reshape(1, 4, 1, 1)
    network = convolution(exchanged(image(scale=scales), (0, 1, 3, 2)), 3, (2, 3))
    parent = check(network.model(), ["MVAU", REORDER, SLIDE, "MVAU"])
    assert attribute(parent, f"{REORDER}_0", "Inner") == [0, 1, 2, 3]


def test_exchanged_channels_keep_their_scales() -> None:
    scales = 0.1 * np.array([1, 3, 2, 5], dtype=np.float32).reshape(1, 4, 1, 1)
    network = exchanged(image(scale=scales), (0, 1, 3, 2)).op("Reshape", np.array([0, 2, 2, 6, 5]))
    network.op("Transpose", perm=[0, 2, 1, 3, 4]).op("Reshape", np.array([0, 4, 6, 5]))
    parent = check(convolution(network, 3, (2, 3)).model(), ["MVAU", REORDER, SLIDE, "MVAU"])
    assert attribute(parent, f"{REORDER}_0", "Inner") == [0, 2, 1, 3]


@pytest.mark.parametrize("swapped", [False, True])
def test_a_sum_of_two_layouts(swapped: bool) -> None:
    network = image((5, 5))
    first = network.tensor
    second = network.op("Transpose", perm=[0, 1, 3, 2]).tensor
    first, second = (second, first) if swapped else (first, second)
    network.op("Add", second, source=first).quant(0.3)
    layers = ["MVAU", FORK, REORDER, "AddStreams", "Thresholding", "MVAU"]
    check(convolution(network, 3, (1, 1)).model(), layers)


def test_a_vector_that_is_read_twice() -> None:
    network = Network(7).quant(0.31).dense(24).quant(0.27)
    fork = network.tensor
    network.op("Reshape", np.array([-1, 4, 2, 3])).shape = [1, 4, 2, 3]
    first = convolution(network, 5, (2, 3)).op("Flatten").quant(0.41).tensor
    network.tensor, network.shape = fork, [1, 24]
    network.dense(5).quant(0.41).op("Add", first, source=network.tensor)
    check(
        network.quant(0.3).model(),
        ["MVAU", FORK, REORDER, SLIDE, "MVAU", "MVAU", "AddStreams", "Thresholding"],
    )


@pytest.mark.parametrize("axis", [2, 3])
@pytest.mark.parametrize("places", [[3, 1, 2], [1, 1, 0, 4], [4, 3, 2, 1, 0]])
def test_rows_and_columns_in_any_order(places: list[int], axis: int) -> None:
    network = image().op("Gather", np.array(places), axis=axis)
    network.shape[axis] = len(places)
    check(convolution(network, 3, (2, 2)).model(), ["MVAU", REORDER, SLIDE, "MVAU"])


def test_at_the_end_the_processor_exchanges() -> None:
    check(exchanged(image(), (0, 1, 3, 2)).model(), ["MVAU"])


SCALES = 0.1 * np.array([1, 3, 2, 5, 7], dtype=np.float32)


@pytest.mark.parametrize(
    ("network", "text"),
    [
        (
            lambda: convolution(
                exchanged(image(scale=SCALES[:4].reshape(1, 4, 1, 1)), (0, 2, 3, 1)), 3, (1, 1)
            ),
            "Conv_6 (Conv) reads an image whose axes were exchanged or cut; keep channels, height, width",
        ),
        (
            lambda: exchanged(steps(SCALES), (0, 2, 1)).dense(4),
            "MatMul_6 (MatMul) reads vectors of 7 made from vectors of 5; keep their length",
        ),
    ],
)
def test_what_cannot_be_brought_in_order(network: object, text: str) -> None:
    assert callable(network)
    with pytest.raises(FinnError) as error:
        import_network(network().model())
    assert str(error.value) == text
