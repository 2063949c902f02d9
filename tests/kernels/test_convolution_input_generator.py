"""ConvolutionInputGenerator: RTL against the golden model, its least memory, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.kernels.convolution_input_generator import ConvolutionInputGenerator
from finn.kernels.convolution_input_generator.schedule import Geometry, least_depth

# (height, width, channels, kernel, stride, dilation, SIMD)
SHAPES = (
    (6, 6, 2, (3, 3), (1, 1), (1, 1), 1),
    (6, 6, 2, (3, 3), (1, 1), (1, 1), 2),
    (5, 7, 3, (3, 3), (1, 1), (1, 1), 3),
    (7, 5, 4, (3, 2), (1, 1), (1, 1), 2),
    (8, 8, 2, (3, 3), (2, 2), (1, 1), 2),
    (9, 8, 2, (3, 3), (2, 2), (1, 1), 1),
    (8, 8, 4, (2, 2), (2, 2), (1, 1), 2),
    (9, 9, 1, (2, 2), (2, 2), (1, 1), 1),
    (9, 9, 2, (3, 3), (1, 1), (2, 2), 1),
    (9, 11, 3, (2, 3), (2, 1), (3, 2), 1),
    (8, 8, 4, (1, 1), (1, 1), (1, 1), 2),
    (8, 8, 4, (1, 1), (2, 2), (1, 1), 2),
    (9, 7, 4, (1, 1), (3, 3), (1, 1), 1),
    (9, 9, 2, (2, 2), (3, 3), (1, 1), 2),
    (11, 11, 1, (2, 2), (4, 5), (1, 1), 1),
    (4, 4, 3, (4, 4), (1, 1), (1, 1), 1),
    (4, 4, 3, (4, 4), (1, 1), (1, 1), 3),
    (1, 16, 2, (1, 5), (1, 1), (1, 1), 1),
    (1, 16, 2, (1, 3), (1, 2), (1, 1), 2),
    (16, 1, 2, (5, 1), (1, 1), (1, 1), 1),
    (1, 1, 4, (1, 1), (1, 1), (1, 1), 2),
    (5, 5, 1, (5, 5), (1, 1), (1, 1), 1),
    (6, 9, 6, (5, 3), (1, 2), (1, 1), 3),
    (10, 10, 1, (7, 7), (1, 1), (1, 1), 1),
    (5, 7, 3, (1, 3), (1, 1), (1, 1), 1),
    (7, 5, 4, (3, 1), (2, 1), (1, 1), 4),
)
TYPES = ("UINT4", "BIPOLAR", "INT3")


def _case(rng: np.random.Generator, shape: tuple[Any, ...], datatype: str, **options: str) -> Case:
    height, width, channels, kernel, stride, dilation, simd = shape
    generator = ConvolutionInputGenerator(
        height, width, channels, kernel, stride, dilation, simd, DataType[datatype], **options
    )
    x = random_values(rng, DataType[datatype], (FRAMES, height, width, channels))
    return Case(generator, (x,))


class TestWindows(KernelGrid):
    """Kernels of all kinds, over types and memories in turn."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(1)
        cases = [_case(rng, shape, TYPES[i % 3]) for i, shape in enumerate(SHAPES)]
        return cases + [_case(rng, shape, "UINT4", ram_style="block") for shape in SHAPES[::2]]


def _slow_period(geometry: Geometry, depth: int, frames: int = 6) -> int:
    """The most cycles of a frame once a ring of ``depth`` places is filled, cycle by cycle."""
    first = [int(f) + n * geometry.frame_beats for n in range(frames) for f in geometry.first_beats()]
    reads = [f + int(b) for f in first for b in geometry.kernel_beats()]
    # What is not needed any more after each read.
    needed = np.append(np.minimum.accumulate(reads[::-1])[::-1][1:], frames * geometry.frame_beats)
    row = geometry.kernel[1] * geometry.folds
    known = written = freed = at = cycle = 0
    pending: list[tuple[int, int]] = []
    ends: list[int] = []
    while at < len(reads):
        cycle += 1
        while pending and pending[0][0] <= cycle:
            freed = pending.pop(0)[1]
        readable = reads[at] < known
        known = written
        if written < frames * geometry.frame_beats and written - freed < depth:
            written += 1
        if readable:
            at += 1
            if at % row == 0:
                pending.append((cycle + 2, int(needed[at - 1])))
            if at % geometry.output_beats == 0:
                ends.append(cycle)
    return int(np.diff(ends)[-3:].max())


@pytest.mark.parametrize("shape", SHAPES)
def test_least_depth_is_enough_and_no_more(shape: tuple[Any, ...]) -> None:
    height, width, channels, kernel, stride, dilation, simd = shape
    geometry = Geometry(height, width, channels // simd, kernel, stride, dilation)
    wanted = max(geometry.frame_beats, geometry.output_beats)
    depth = least_depth(geometry)
    assert _slow_period(geometry, depth) == wanted
    held = int(geometry.kernel_beats()[-1]) + 1
    assert depth <= held or _slow_period(geometry, depth - 1) > wanted


def test_golden_takes_rows_then_pixels_then_channels() -> None:
    x = np.arange(24).reshape(1, 3, 4, 2)
    kernel = ConvolutionInputGenerator(3, 4, 2, (2, 2), (1, 2), (1, 1), 1, DataType["UINT5"])
    windows = kernel.golden([x])[0]
    assert windows.shape == (1, 2, 2, 8)
    assert windows[0, 1, 1].tolist() == [12, 13, 14, 15, 20, 21, 22, 23]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"simd": 3}, "SIMD=3 does not divide IFMChannels=2; possible are 1, 2"),
        ({"kernel": (4, 2)}, "a kernel of 4 x 2 does not fit on an image of 3 x 4; pad the image"),
        (
            {"stride": (0, 1)},
            "kernel, stride and dilation must be at least 1; correct the node's attributes",
        ),
        ({"ram_style": "ultra"}, "ram_style ultra is unknown; possible are auto, distributed, block"),
    ],
)
def test_refusals(changes: dict[str, Any], text: str) -> None:
    kernel = ConvolutionInputGenerator(3, 4, 2, (2, 2), (1, 1), (1, 1), 1, DataType["UINT5"])
    with pytest.raises(FinnError) as error:
        replace(kernel, **changes)
    assert str(error.value) == text
