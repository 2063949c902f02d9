"""What the kernels cost beside FINN's: its best figures for the same settings and Yosys flow."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from kernels.synthesis import synthesise_kernels
from qonnx.core.datatype import DataType

from finn.kernels.base import Kernel, Resources
from finn.kernels.streaming_data_width_converter import StreamingDataWidthConverter
from finn.kernels.thresholding import Thresholding

CHANNELS = 64
BIT, INT16 = DataType["UINT1"], DataType["INT16"]
RNG = np.random.default_rng(1)


def _thresholding(bits: int, pe: int) -> Thresholding:
    """16-bit elements, random thresholds of 16 bits for each channel."""
    thresholds = np.sort(RNG.integers(-(2**15), 2**15, (CHANNELS, 2**bits - 1)), axis=1)
    return Thresholding(CHANNELS, pe, thresholds, INT16, DataType[f"UINT{bits}"])


# Kernel; LUTs of FINN's module of the same function, which takes no DSP and no block RAM.
FIGURES: dict[str, tuple[Kernel, int]] = {
    "thresholding-4-bit-1-lane": (_thresholding(4, 1), 439),
    "thresholding-4-bit-8-lanes": (_thresholding(4, 8), 909),
    "thresholding-1-bit-1-lane": (_thresholding(1, 1), 85),
    "thresholding-1-bit-8-lanes": (_thresholding(1, 8), 204),
    "width-64-to-16": (StreamingDataWidthConverter(BIT, 64, 64, 16), 73),
    "width-16-to-64": (StreamingDataWidthConverter(BIT, 64, 16, 64), 27),
    "width-64-to-8": (StreamingDataWidthConverter(BIT, 64, 64, 8), 74),
}


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Resources]:
    """What each kernel costs, from one run of Yosys."""
    kernels = {name: kernel for name, (kernel, _) in FIGURES.items()}
    return synthesise_kernels(kernels, tmp_path_factory.mktemp("figures"))


@pytest.mark.parametrize("name", FIGURES)
def test_costs_no_more_than_finns(costs: Mapping[str, Resources], name: str) -> None:
    cost = costs[name]
    assert 0 < cost.lut <= FIGURES[name][1]
    assert (cost.bram18, cost.dsp) == (0, 0)
