"""StreamingDataWidthConverter against its golden model, in RTL, and what it refuses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.kernels.streaming_data_width_converter import StreamingDataWidthConverter

# Type of an element, input lanes, output lanes, least multiples of both in a frame.
SETS = [
    ("UINT8", 1, 1, 3),
    ("UINT8", 4, 4, 2),
    ("UINT4", 16, 4, 3),
    ("UINT4", 4, 16, 3),
    ("UINT8", 8, 1, 2),
    ("UINT8", 1, 8, 2),
    ("INT3", 2, 1, 1),
    ("INT3", 1, 2, 1),
    ("BIPOLAR", 16, 49, 1),
    ("BIPOLAR", 49, 16, 1),
    ("BIPOLAR", 49, 8, 2),
    ("BIPOLAR", 8, 49, 2),
    ("UINT8", 49, 8, 1),
    ("INT2", 16, 49, 1),
    ("UINT1", 2, 3, 1),
    ("UINT1", 3, 2, 1),
    ("TERNARY", 3, 2, 5),
    ("TERNARY", 2, 3, 5),
    ("INT5", 4, 6, 2),
    ("INT5", 6, 4, 2),
    ("INT16", 7, 5, 1),
    ("INT16", 5, 7, 1),
    ("UINT3", 10, 9, 1),
    ("UINT3", 9, 10, 1),
    ("UINT2", 1, 13, 1),
    ("UINT2", 13, 1, 1),
    ("INT8", 33, 32, 1),
    ("INT8", 32, 33, 1),
    ("BIPOLAR", 64, 67, 1),
    ("BIPOLAR", 67, 64, 1),
    ("BIPOLAR", 100, 81, 1),
    ("INT17", 15, 4, 1),
    ("INT17", 4, 15, 1),
]


class TestStreamingDataWidthConverter(KernelGrid):
    def cases(self) -> list[Case]:
        rng = np.random.default_rng(3)
        cases = []
        for name, taken, given, multiple in SETS:
            datatype, elements = DataType[name], math.lcm(taken, given) * multiple
            kernel = StreamingDataWidthConverter(datatype, elements, taken, given)
            cases.append(Case(kernel, (random_values(rng, datatype, (FRAMES, elements)),)))
        return cases


def test_cycles_are_those_of_the_side_with_more_beats() -> None:
    assert StreamingDataWidthConverter(DataType["UINT1"], 784, 16, 49).cycles == 49
    assert StreamingDataWidthConverter(DataType["UINT1"], 784, 49, 8).cycles == 98


@pytest.mark.parametrize(
    ("taken", "given", "text"),
    [
        (5, 4, "input_lanes=5 does not divide elements=12; possible are 1, 2, 3, 4, 6, 12"),
        (4, 0, "output_lanes=0 does not divide elements=12; possible are 1, 2, 3, 4, 6, 12"),
    ],
)
def test_lanes_must_divide_the_frame(taken: int, given: int, text: str) -> None:
    with pytest.raises(FinnError) as error:
        StreamingDataWidthConverter(DataType["UINT4"], 12, taken, given)
    assert str(error.value) == text
