"""StreamingReorder: RTL against the golden model, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from numpy.typing import NDArray
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.kernels.streaming_reorder import StreamingReorder

TYPES = ("UINT4", "INT5", "BIPOLAR")
# (height, width, channels)
SHAPES = ((3, 5, 4), (1, 7, 6), (4, 1, 9), (2, 3, 8), (6, 5, 1))


def _reorder(shape: tuple[int, ...], axes: Any, places: Any, **options: Any) -> StreamingReorder:
    """``x.transpose(axes)`` of a frame of this shape, of which ``places[i]`` are taken along each axis."""
    steps = np.array([np.prod(shape[axis + 1 :], dtype=int) for axis in range(3)])
    tables = [
        tuple((steps[axis] * np.asarray(taken)).tolist()) for axis, taken in zip(axes, places, strict=True)
    ]
    fields: dict[str, Any] = {"simd": 1, "input_datatype": DataType["INT4"], **options}
    return StreamingReorder(int(np.prod(shape)), *tables, **fields)


def _ways(count: int) -> list[NDArray[np.int64]]:
    """Of an axis: all, mirrored, each twice, reflected at both ends, every second, the last."""
    whole = np.arange(count)
    reflected = np.pad(whole, min(2, count - 1), mode="reflect") if count > 1 else whole
    return [whole, whole[::-1], np.repeat(whole, 2), reflected, whole[::2], whole[-1:]]


class TestStreamingReorder(KernelGrid):
    """Every order of the axes whole; in turn with places repeated, mirrored and left out; every SIMD."""

    def cases(self) -> list[Case]:
        rng, cases = np.random.default_rng(1), []
        for shape in SHAPES:
            for number, axes in enumerate(permutations(range(3))):
                ways = [_ways(shape[axis]) for axis in axes]
                changed = [
                    [way[(number + turn + 2 * place) % len(way)] for place, way in enumerate(ways)]
                    for turn in range(4)
                ]
                for places in ([way[0] for way in ways], *changed):
                    kernel = _reorder(shape, axes, places)
                    for simd in kernel.folding_choices()["SIMD"]:
                        datatype = DataType[TYPES[len(cases) % len(TYPES)]]
                        style = ("auto", "block", "distributed")[len(cases) % 3]
                        one = replace(kernel, simd=simd, input_datatype=datatype, ram_style=style)
                        cases.append(Case(one, (random_values(rng, datatype, (FRAMES, *shape)),)))
        return cases


def test_golden_exchanges_axes() -> None:
    kernel = _reorder((2, 3, 4), (2, 0, 1), [np.arange(4), np.arange(2)[::-1], np.array([0, 2])])
    x = np.arange(24).reshape(1, 2, 3, 4)
    assert np.array_equal(kernel.golden([x])[0], x[:, ::-1, [0, 2]].transpose(0, 3, 1, 2))


def test_streams_and_cycles() -> None:
    kernel = _reorder((3, 4, 6), (1, 0, 2), [np.arange(4), np.repeat(range(3), 2), np.arange(6)], simd=2)
    assert kernel.input_streams[0].folded_shape == (36, 2)
    assert kernel.output_streams[0].folded_shape == (4, 6, 3, 2)
    assert kernel.cycles == 72
    assert kernel.folding_choices() == {"SIMD": [1, 2, 3, 6]}
    assert _reorder((3, 4, 6), (2, 0, 1), [range(6), range(3), range(4)]).folding_choices() == {"SIMD": [1]}


def test_no_more_waits_than_the_order_needs() -> None:
    """A row where rows stay whole, else most of two frames."""
    assert _reorder((9, 5, 4), (0, 2, 1), [range(9), range(4), range(5)]).depth == 64
    assert _reorder((9, 5, 4), (2, 1, 0), [range(4), range(5), range(9)]).depth == 512


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"outer": (0, 30)}, "Outer, Middle and Inner lead outside of 60 elements; correct them"),
        ({"middle": ()}, "Outer, Middle and Inner lead outside of 60 elements; correct them"),
        ({"inner": (0, -1)}, "Outer, Middle and Inner lead outside of 60 elements; correct them"),
        (
            {"simd": 7},
            "SIMD=7 does not divide Elements=60; possible are 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60",
        ),
        ({"simd": 3}, "SIMD=3 parts elements that stay together; possible are 1, 2, 4"),
        # Runs of two stay together, but not from an even place on.
        (
            {"outer": (0, 3), "middle": (0,), "inner": (0, 1), "simd": 2},
            "SIMD=2 parts elements that stay together; possible are 1",
        ),
        ({"ram_style": "ultra"}, "ram_style ultra is unknown; possible are auto, distributed, block"),
    ],
)
def test_refusals(changes: dict[str, Any], text: str) -> None:
    kernel = _reorder((3, 5, 4), (1, 0, 2), [range(5), range(3), range(4)])
    with pytest.raises(FinnError) as error:
        replace(kernel, **changes)
    assert str(error.value) == text
