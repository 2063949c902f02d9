"""StreamingMaxPool: RTL against the golden model, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.kernels.streaming_max_pool import StreamingMaxPool

# (height, width, channels, pool, PE): whole windows, rests at the right and at the bottom, rows, columns.
SHAPES = (
    (4, 4, 2, (2, 2), 1),
    (4, 4, 2, (2, 2), 2),
    (5, 7, 3, (2, 2), 3),
    (5, 7, 3, (2, 3), 1),
    (6, 6, 4, (3, 3), 2),
    (7, 8, 4, (3, 3), 1),
    (4, 4, 6, (4, 4), 3),
    (4, 4, 1, (4, 4), 1),
    (5, 9, 1, (1, 3), 1),
    (5, 9, 4, (1, 2), 2),
    (8, 5, 1, (2, 1), 1),
    (8, 1, 2, (3, 1), 2),
    (8, 1, 4, (2, 1), 1),
    (1, 16, 3, (1, 4), 3),
    (1, 17, 6, (1, 4), 2),
    (3, 2, 2, (1, 1), 1),
    (1, 1, 1, (1, 1), 1),
    (4, 2, 5, (2, 1), 5),
    (2, 70, 2, (2, 2), 2),
)
TYPES = ("UINT4", "BIPOLAR", "INT3", "INT8")


def _kernel(shape: tuple[Any, ...], datatype: str, **options: str) -> StreamingMaxPool:
    return StreamingMaxPool(*shape, DataType[datatype], **options)


class TestStreamingMaxPool(KernelGrid):
    """Every shape with two types, and those with enough beats to a pixel in block RAM."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(1)
        kernels = [_kernel(shape, TYPES[(i + j) % 4]) for i, shape in enumerate(SHAPES) for j in (0, 2)]
        kernels += [_kernel(shape, "INT4", ram_style="block") for shape in SHAPES]
        assert sum(kernel.in_block for kernel in kernels) == 4
        return [
            Case(k, (random_values(rng, k.datatype, (FRAMES, k.height, k.width, k.channels)),))
            for k in kernels
        ]


def test_golden_drops_what_fills_no_window() -> None:
    x = np.arange(30).reshape(1, 3, 5, 2)
    largest = _kernel((3, 5, 2, (2, 2), 1), "UINT5").golden([x])[0]
    assert largest.tolist() == [[[[12, 13], [16, 17]]]]


def test_streams_and_cycles() -> None:
    kernel = _kernel((5, 7, 6, (2, 3), 2), "UINT4")
    assert kernel.input_streams[0].folded_shape == (5, 7, 3, 2)
    assert kernel.output_streams[0].folded_shape == (2, 2, 3, 2)
    assert kernel.cycles == 105
    assert kernel.folding_choices() == {"PE": [1, 2, 3, 6]}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"pe": 3}, "PE=3 does not divide NumChannels=2; possible are 1, 2"),
        ({"pool": (0, 2)}, "PoolDim=[0, 2] is not possible; give at least 1 each"),
        ({"pool": (5, 2)}, "a window of 5 x 2 does not fit on an image of 4 x 4; pad the image"),
        ({"ram_style": "ultra"}, "ram_style ultra is unknown; possible are auto, distributed, block"),
    ],
)
def test_refusals(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(FinnError) as error:
        replace(_kernel(SHAPES[0], "UINT4"), **changes)
    assert str(error.value) == text
