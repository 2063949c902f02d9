"""Activations whose channels have scales of their own, multiplied out into the weights that read them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from finn.errors import FinnError
from finn.frontend import import_network
from finn.frontend.levels.ratios import whole_ratios

from .qonnx_networks import Network
from .test_images import PAD, SLIDE, batch_norm, convolution
from .test_import_network import attribute, check

WHOLE = np.float32(0.11) * np.array([1, 3, 2, 5, 3], np.float32)
ANY = np.array([0.2351, 0.3390, 0.1667, 0.3027, 0.2259], np.float32)


def by_channel(scale: Any, **options: Any) -> Network:
    """A convolution whose five channels are quantised on scales of their own."""
    network = batch_norm(convolution(Network((3, 6, 5)).quant(0.31), 5, (1, 1)))
    return network.op("Relu").quant(np.reshape(scale, (1, 5, 1, 1)), signed=0, **options)


@pytest.mark.parametrize(("scale", "bits"), [(WHOLE, 6), (ANY, 24)])
def test_a_convolution_reads_channels_on_scales_of_their_own(scale: Any, bits: int) -> None:
    network = convolution(by_channel(scale), 4, (3, 2), pads=[1, 0, 1, 1])
    parent = check(network.model(), ["MVAU", PAD, SLIDE, "MVAU"])
    assert int(attribute(parent, "MVAU_1", "weightDataType").removeprefix("INT")) <= bits


def test_a_flattened_image() -> None:
    network = by_channel(WHOLE).op("Flatten")
    network.shape = [1, 150]
    check(network.dense(4).model(), ["MVAU", "MVAU"])


def test_pooled_and_depthwise() -> None:
    network = convolution(
        by_channel(ANY).op("MaxPool", kernel_shape=[2, 2], strides=[2, 2]), 5, (2, 2), group=5
    )
    check(network.model(), ["MVAU", "StreamingMaxPool", SLIDE, "VVAU"])


def test_a_dense_layer() -> None:
    network = Network(12).quant(0.3).dense(5).quant(WHOLE)
    check(network.dense(4, scale=np.array([0.1, 0.21, 0.3, 0.17])).model(), ["MVAU", "MVAU"])


def test_branches_on_different_scales_joined() -> None:
    network = convolution(Network((3, 6, 5)).quant(0.31), 5, (1, 1)).quant(0.27)
    first = network.tensor
    network.tensor, network.shape = "t0", [1, 3, 6, 5]
    network = convolution(network, 2, (1, 1)).quant(0.09)
    network.op("Concat", first, source=network.tensor, axis=1).shape = [1, 7, 6, 5]
    layers = ["DuplicateStreams", "MVAU", "MVAU", "StreamingConcat", SLIDE, "MVAU"]
    check(convolution(network, 4, (3, 2)).model(), layers)


def test_weights_with_a_scale_for_each_input() -> None:
    scale = np.float32(0.1) * np.arange(1, 13, dtype=np.float32).reshape(12, 1)
    check(Network(12).quant(0.3).dense(4, scale=scale).model(), ["MVAU"])


def test_the_least_integers() -> None:
    found = whole_ratios(np.array([0.3, -0.1, 0.25]))
    assert found is not None
    assert found[0].tolist() == [6, -2, 5]
    assert found[1] == pytest.approx(0.05)


def test_scales_without_whole_ratios() -> None:
    scale = np.random.default_rng(0).uniform(0.1, 0.9, 48)
    assert whole_ratios(scale) is None
    network = Network(12).quant(0.3).dense(48).quant(scale)
    with pytest.raises(FinnError) as error:
        import_network(network.dense(4).model())
    assert str(error.value) == (
        "MatMul_5 (MatMul) reads channels whose scales have no whole ratios of up to 20 bits;"
        " use one scale for all channels"
    )
