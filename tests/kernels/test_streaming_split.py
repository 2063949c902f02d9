"""StreamingSplit: RTL against the golden model, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.kernels.streaming_split import StreamingSplit

# (channels of each output, SIMD, vectors): one beat of each, long after short and short after long.
SHAPES = (
    ((1, 1), 1, 1),
    ((4, 4), 4, 2),
    ((6, 9), 3, 2),
    ((5, 1), 1, 2),
    ((2, 33), 1, 1),
    ((3, 3, 3), 3, 2),
    ((4, 2, 6), 2, 2),
    ((1, 16, 2), 1, 1),
    ((2, 4, 2, 6, 2), 2, 2),
    ((1,) * 9, 1, 1),
)
TYPES = ("UINT4", "INT5", "BIPOLAR")


def _kernel(**changes: Any) -> StreamingSplit:
    fields: dict[str, Any] = {"channels": (4, 6), "simd": 2, "input_datatype": DataType["INT4"]}
    return StreamingSplit(**{**fields, **changes})


class TestStreamingSplit(KernelGrid):
    """Every shape with every type."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(1)
        cases = []
        for channels, simd, vectors in SHAPES:
            for datatype in map(DataType.__getitem__, TYPES):
                kernel = StreamingSplit(channels, simd, datatype, vectors)
                x = random_values(rng, datatype, (FRAMES, vectors, sum(channels)))
                cases.append(Case(kernel, (x,)))
        return cases


def test_golden_divides_the_channels_of_each_vector() -> None:
    kernel = _kernel(channels=(2, 1), simd=1, vectors=2)
    outputs = kernel.golden([np.array([[[1, 2, -5], [3, 4, -6]]])])
    assert [output.tolist() for output in outputs] == [[[[1, 2], [3, 4]]], [[[-5], [-6]]]]


def test_streams_and_cycles() -> None:
    kernel = _kernel(vectors=3)
    assert kernel.input_streams[0].folded_shape == (3, 5, 2)
    assert [stream.folded_shape for stream in kernel.output_streams] == [(3, 2, 2), (3, 3, 2)]
    assert kernel.cycles == 15
    assert kernel.folding_choices() == {"SIMD": [1, 2]}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"simd": 4}, "SIMD=4 does not divide ChannelsPerStream=6; possible are 1, 2, 3, 6"),
        ({"channels": (4,)}, "ChannelsPerStream=[4] is not possible; give two outputs or more"),
    ],
)
def test_refusals(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(FinnError) as error:
        _kernel(**changes)
    assert str(error.value) == text
