"""``MultiThreshold`` on rows of pixels and on images, in the layouts that it may state."""

from __future__ import annotations

import numpy as np
import pytest

from finn.errors import FinnError
from finn.frontend import import_network

from .qonnx_networks import Network
from .test_import_network import check


def thresholds(network: Network, channels: int, **layout: str) -> Network:
    """Three random thresholds for each channel."""
    table = np.sort(network.rng.normal(size=(channels, 3)), axis=1)
    return network.op("MultiThreshold", table, out_dtype="UINT2", **layout)


def convolved(network: Network, outputs: int, kernel: tuple[int, ...]) -> Network:
    """A convolution with integer weights, channels first."""
    weights = network.rng.integers(-3, 4, size=(outputs, network.shape[1], *kernel)).astype(np.float32)
    network.op("Conv", weights, kernel_shape=list(kernel))
    sizes = [size - k + 1 for size, k in zip(network.shape[2:], kernel, strict=True)]
    network.shape = [1, outputs, *sizes]
    return network


def test_a_row_of_pixels_with_channels_first() -> None:
    network = thresholds(Network([5, 11]), 5, data_layout="NCW")
    thresholds(convolved(network, 4, (3,)), 4, data_layout="NCW")
    check(convolved(network, 3, (2,)).model(), ["ConvolutionInputGenerator", "MVAU"] * 2)


@pytest.mark.parametrize("layout", [{"data_layout": "NWC"}, {}], ids=["stated", "customary"])
def test_vectors_in_a_row(layout: dict[str, str]) -> None:
    network = thresholds(thresholds(Network([5, 7]), 7, **layout).dense(4), 4, **layout)
    check(network.dense(3).model(), ["MVAU"] * 2)


@pytest.mark.parametrize(
    ("shape", "channels", "layout", "reason"),
    [
        ([5, 11], 5, {}, "5 channels where the layout NWC has 11; state data_layout NCW"),
        (
            [5, 11],
            11,
            {"data_layout": "NCW"},
            "11 channels where the layout NCW has 5; state data_layout NWC",
        ),
        ([3, 6, 7], 7, {}, "7 channels where the layout NCHW has 3; state data_layout NHWC"),
        ([3, 6, 7], 4, {}, "4 channels where the layout NCHW has 3; check the export"),
        ([12], 5, {}, "5 channels where the layout NC has 12; check the export"),
    ],
)
def test_other_channels_than_thresholds(
    shape: list[int], channels: int, layout: dict[str, str], reason: str
) -> None:
    with pytest.raises(FinnError) as error:
        import_network(thresholds(Network(shape), channels, **layout).model())
    assert str(error.value) == f"MultiThreshold_0 (MultiThreshold) has thresholds for {reason}"


def test_a_table_of_another_rank() -> None:
    model = Network([5, 11]).op("MultiThreshold", np.zeros(5), out_dtype="UINT2").model()
    with pytest.raises(FinnError) as error:
        import_network(model)
    assert str(error.value) == (
        "MultiThreshold_0 (MultiThreshold) needs a constant table of thresholds, a row for each channel;"
        " check the export"
    )
