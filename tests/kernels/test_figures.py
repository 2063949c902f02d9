"""What the kernels cost beside FINN's: its best figures for the same settings and Yosys flow."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from kernels.synthesis import synthesise_kernels
from qonnx.core.datatype import DataType

from finn.kernels.base import Kernel, Resources
from finn.kernels.convolution_input_generator import ConvolutionInputGenerator
from finn.kernels.fm_padding import FMPadding
from finn.kernels.streaming_data_width_converter import StreamingDataWidthConverter
from finn.kernels.thresholding import Thresholding

CHANNELS = 64
BIT, INT4, INT16 = DataType["UINT1"], DataType["INT4"], DataType["INT16"]
RNG = np.random.default_rng(1)


def _thresholding(bits: int, pe: int) -> Thresholding:
    """16-bit elements, random thresholds of 16 bits for each channel."""
    thresholds = np.sort(RNG.integers(-(2**15), 2**15, (CHANNELS, 2**bits - 1)), axis=1)
    return Thresholding(CHANNELS, pe, thresholds, INT16, DataType[f"UINT{bits}"])


def _windows(simd: int, parallel: int = 0) -> ConvolutionInputGenerator:
    """3 x 3 on an image of 32 x 32 with its padding."""
    return ConvolutionInputGenerator(
        34, 34, CHANNELS, (3, 3), (1, 1), (1, 1), simd, INT4, parallel_window=parallel
    )


def _padding(simd: int) -> FMPadding:
    return FMPadding(32, 32, CHANNELS, (1, 1, 1, 1), simd, INT4, INT4)


# Kernel; LUTs of FINN's module of the same function, which takes no DSP; where it was counted its flip-flops
# and halves of block RAMs.
FIGURES: dict[str, tuple[Kernel, int, int | None, int]] = {
    "thresholding-4-bit-1-lane": (_thresholding(4, 1), 439, None, 0),
    "thresholding-4-bit-8-lanes": (_thresholding(4, 8), 909, None, 0),
    "thresholding-1-bit-1-lane": (_thresholding(1, 1), 85, None, 0),
    "thresholding-1-bit-8-lanes": (_thresholding(1, 8), 204, None, 0),
    "width-64-to-16": (StreamingDataWidthConverter(BIT, 64, 64, 16), 73, None, 0),
    "width-16-to-64": (StreamingDataWidthConverter(BIT, 64, 16, 64), 27, None, 0),
    "width-64-to-8": (StreamingDataWidthConverter(BIT, 64, 64, 8), 74, None, 0),
    "windows-64-channels": (_windows(64), 206, 79, 8),
    "windows-16-channels": (_windows(16), 230, 94, 2),
    "windows-in-a-beat": (_windows(64, parallel=1), 493, 2880, 0),
    "padding-64-channels": (_padding(64), 278, 527, 0),
    "padding-16-channels": (_padding(16), 87, 145, 0),
}


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Resources]:
    """What each kernel costs, from one run of Yosys."""
    kernels = {name: figure[0] for name, figure in FIGURES.items()}
    return synthesise_kernels(kernels, tmp_path_factory.mktemp("figures"))


@pytest.mark.parametrize("name", FIGURES)
def test_costs_no_more_than_finns(costs: Mapping[str, Resources], name: str) -> None:
    cost = costs[name]
    _, luts, registers, halves = FIGURES[name]
    assert 0 < cost.lut <= luts
    assert registers is None or 0 < cost.ff <= registers
    assert cost.bram18 <= halves
    assert cost.dsp == 0
