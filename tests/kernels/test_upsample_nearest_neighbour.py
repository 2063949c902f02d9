"""UpsampleNearestNeighbour: RTL against the golden model, what it keeps, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.kernels.upsample_nearest_neighbour import UpsampleNearestNeighbour

# (height, width, channels, scale, SIMD)
SHAPES = (
    (3, 4, 6, (2, 2), 2),
    (3, 4, 6, (2, 2), 6),
    (4, 3, 5, (2, 2), 1),
    (4, 3, 5, (3, 2), 5),
    (3, 3, 3, (1, 3), 1),
    (3, 3, 3, (1, 3), 3),
    (2, 5, 4, (3, 1), 2),
    (2, 5, 4, (2, 1), 4),
    (1, 7, 4, (1, 2), 2),
    (1, 7, 3, (2, 3), 3),
    (7, 1, 4, (2, 1), 4),
    (7, 1, 3, (3, 2), 1),
    (1, 1, 1, (2, 2), 1),
    (1, 1, 5, (4, 3), 1),
    (2, 2, 1, (7, 5), 1),
)
TYPES = ("UINT4", "INT3", "BIPOLAR")


def _kernel(**changes: Any) -> UpsampleNearestNeighbour:
    kernel = UpsampleNearestNeighbour(2, 3, 4, (2, 3), 2, DataType["UINT4"])
    return replace(kernel, **changes)


def _case(rng: np.random.Generator, shape: tuple[Any, ...], datatype: str, **options: str) -> Case:
    height, width, channels, scale, simd = shape
    kernel = UpsampleNearestNeighbour(height, width, channels, scale, simd, DataType[datatype], **options)
    return Case(kernel, (random_values(rng, DataType[datatype], (FRAMES, height, width, channels)),))


class TestUpsample(KernelGrid):
    """Every shape with every kind of elements; every second one in block RAM too."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(1)
        cases = [_case(rng, shape, datatype) for shape in SHAPES for datatype in TYPES]
        return cases + [_case(rng, shape, "UINT4", ram_style="block") for shape in SHAPES[::2]]


def test_golden_repeats_pixels_and_rows() -> None:
    x = np.array([[1, 2], [3, 4]]).reshape(1, 2, 2, 1)
    larger = _kernel(height=2, width=2, channels=1, simd=1).golden([x])[0]
    assert larger[0, :, :, 0].tolist() == [[1, 1, 1, 2, 2, 2]] * 2 + [[3, 3, 3, 4, 4, 4]] * 2


def test_streams_and_cycles() -> None:
    kernel = _kernel()
    assert kernel.input_streams[0].folded_shape == (2, 3, 2, 2)
    assert kernel.output_streams[0].folded_shape == (4, 9, 2, 2)
    assert kernel.cycles == 72
    assert kernel.folding_choices() == {"SIMD": [1, 2, 4]}


@pytest.mark.parametrize(
    ("changes", "depth"),
    [
        ({}, 8),
        ({"width": 4}, 8),
        ({"width": 64, "simd": 1}, 256),
        ({"scale": (1, 3), "simd": 1}, 4),
        ({"scale": (1, 3), "simd": 2}, 4),
        ({"scale": (1, 3), "simd": 4}, 0),
        ({"scale": (2, 1), "width": 1, "simd": 4}, 0),
    ],
)
def test_keeps_a_row_a_pixel_or_nothing(changes: dict[str, Any], depth: int) -> None:
    assert _kernel(**changes).depth == depth


def test_wide_rows_are_in_block_ram() -> None:
    assert not _kernel().in_block
    assert _kernel(width=512, simd=4).in_block


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"simd": 3}, "SIMD=3 does not divide NumChannels=4; possible are 1, 2, 4"),
        ({"scale": (1, 1)}, "Scale=[1, 1] is not possible; give at least one above 1, none below"),
        ({"scale": (0, 2)}, "Scale=[0, 2] is not possible; give at least one above 1, none below"),
        ({"ram_style": "ultra"}, "ram_style ultra is unknown; possible are auto, distributed, block"),
    ],
)
def test_refusals(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(FinnError) as error:
        _kernel(**changes)
    assert str(error.value) == text
