"""FMPadding_Pixel: RTL against the golden model, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.kernels.fm_padding_pixel import FMPaddingPixel

# (height, width, channels, stride, SIMD)
SHAPES = (
    (3, 4, 6, (2, 2), 2),
    (3, 4, 6, (2, 2), 6),
    (4, 3, 5, (2, 3), 1),
    (4, 3, 5, (3, 2), 5),
    (3, 3, 3, (1, 2), 1),
    (3, 3, 3, (2, 1), 3),
    (1, 7, 4, (1, 3), 2),
    (1, 7, 4, (2, 2), 4),
    (7, 1, 4, (2, 1), 4),
    (7, 1, 3, (3, 3), 1),
    (1, 1, 1, (2, 2), 1),
    (2, 2, 3, (5, 4), 1),
)
TYPES = (("UINT4", "UINT4", 0), ("INT5", "INT5", -16), ("BIPOLAR", "TERNARY", 0), ("BIPOLAR", "BIPOLAR", -1))


def _kernel(**changes: Any) -> FMPaddingPixel:
    kernel = FMPaddingPixel(2, 3, 4, (2, 3), 2, DataType["UINT4"], DataType["UINT4"])
    return replace(kernel, **changes)


class TestPaddingPixel(KernelGrid):
    """Every shape with every kind of elements."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(1)
        cases = []
        for height, width, channels, stride, simd in SHAPES:
            for inputs, outputs, value in TYPES:
                types = (DataType[inputs], DataType[outputs])
                kernel = FMPaddingPixel(height, width, channels, stride, simd, *types, value)
                x = random_values(rng, types[0], (FRAMES, height, width, channels))
                cases.append(Case(kernel, (x,)))
        return cases


def test_golden_spreads_the_image() -> None:
    x = np.arange(1, 5).reshape(1, 2, 2, 1)
    spread = _kernel(width=2, channels=1, simd=1, value=9).golden([x])[0]
    assert spread[0, :, :, 0].tolist() == [[1, 9, 9, 2], [9, 9, 9, 9], [3, 9, 9, 4]]


def test_streams_and_cycles() -> None:
    kernel = _kernel()
    assert kernel.input_streams[0].folded_shape == (2, 3, 2, 2)
    assert kernel.output_streams[0].folded_shape == (3, 7, 2, 2)
    assert kernel.cycles == 42
    assert kernel.folding_choices() == {"SIMD": [1, 2, 4]}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"simd": 3}, "SIMD=3 does not divide NumChannels=4; possible are 1, 2, 4"),
        ({"stride": (1, 1)}, "Stride=[1, 1] is not possible; give at least one above 1, none below"),
        ({"stride": (2, 0)}, "Stride=[2, 0] is not possible; give at least one above 1, none below"),
        (
            {"output_datatype": DataType["UINT5"]},
            "UINT4 cannot become UINT5 in a padding; only BIPOLAR can change, to an INT type",
        ),
        ({"value": 16}, "UINT4 does not hold the padding's value 16"),
        (
            {"input_datatype": DataType["BIPOLAR"], "output_datatype": DataType["BIPOLAR"]},
            "BIPOLAR does not hold the padding's value 0",
        ),
    ],
)
def test_refusals(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(FinnError) as error:
        _kernel(**changes)
    assert str(error.value) == text
