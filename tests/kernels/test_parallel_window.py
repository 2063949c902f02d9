"""ConvolutionInputGenerator with a window in a beat: RTL against the golden model, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.kernels.convolution_input_generator import ConvolutionInputGenerator

# (height, width, channels, kernel, stride, dilation)
SHAPES = (
    (6, 6, 2, (3, 3), (1, 1), (1, 1)),
    (5, 7, 3, (3, 3), (1, 1), (1, 1)),
    (7, 5, 4, (3, 2), (1, 1), (1, 1)),
    (9, 8, 2, (3, 3), (2, 2), (1, 1)),
    (8, 8, 4, (2, 2), (2, 2), (1, 1)),
    (9, 9, 1, (2, 2), (2, 2), (1, 1)),
    (9, 9, 2, (3, 3), (1, 1), (2, 2)),
    (9, 11, 3, (2, 3), (2, 1), (3, 2)),
    (3, 36, 1, (2, 2), (1, 3), (1, 1)),
    (8, 8, 4, (1, 1), (1, 1), (1, 1)),
    (9, 7, 4, (1, 1), (3, 3), (1, 1)),
    (11, 11, 1, (2, 2), (4, 5), (1, 1)),
    (4, 4, 3, (4, 4), (1, 1), (1, 1)),
    (1, 16, 2, (1, 5), (1, 1), (1, 1)),
    (1, 16, 2, (1, 3), (1, 2), (1, 3)),
    (16, 1, 2, (5, 1), (1, 1), (1, 1)),
    (16, 2, 2, (3, 1), (2, 1), (1, 1)),
    (16, 2, 1, (3, 2), (1, 1), (2, 1)),
    (1, 1, 4, (1, 1), (1, 1), (1, 1)),
    (6, 9, 6, (5, 3), (1, 2), (1, 1)),
)
TYPES = ("UINT4", "BIPOLAR", "INT3")


def _kernel(shape: tuple[Any, ...], datatype: str, **options: str) -> ConvolutionInputGenerator:
    return ConvolutionInputGenerator(*shape, shape[2], DataType[datatype], parallel_window=1, **options)


class TestParallelWindows(KernelGrid):
    """Kernels of all kinds, over types and memories in turn."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(1)
        kernels = [_kernel(shape, TYPES[i % 3]) for i, shape in enumerate(SHAPES)]
        kernels += [_kernel(shape, "UINT4", ram_style="block") for shape in SHAPES]
        return [
            Case(k, (random_values(rng, k.datatype, (FRAMES, k.height, k.width, k.channels)),))
            for k in kernels
        ]


def test_a_window_is_a_beat_and_a_pixel_a_cycle() -> None:
    kernel = _kernel(SHAPES[3], "UINT4")
    assert kernel.output_streams[0].folded_shape == (4, 3, 1, 18)
    assert kernel.cycles == 72
    assert kernel.foldings() == [
        {"SIMD": 1, "parallel_window": 0},
        {"SIMD": 2, "parallel_window": 0},
        {"SIMD": 2, "parallel_window": 1},
    ]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"simd": 1}, "parallel_window=1 takes all 2 channels in a beat; set SIMD to that"),
        ({"parallel_window": 2}, "parallel_window=2 is unknown; possible are 0, 1"),
    ],
)
def test_refusals(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(FinnError) as error:
        replace(_kernel(SHAPES[0], "UINT4"), **changes)
    assert str(error.value) == text
