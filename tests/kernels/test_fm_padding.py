"""FMPadding: RTL against the golden model, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.kernels.fm_padding import FMPadding

# (height, width, channels, padding, SIMD): borders on each side alone, rows and columns, single pixels.
SHAPES = (
    (4, 5, 6, (1, 1, 1, 1), 2),
    (4, 5, 6, (1, 1, 1, 1), 6),
    (3, 3, 5, (0, 2, 1, 0), 1),
    (3, 4, 3, (2, 0, 0, 1), 3),
    (1, 7, 4, (0, 1, 0, 2), 2),
    (7, 1, 4, (3, 0, 2, 0), 4),
    (1, 1, 1, (1, 1, 1, 1), 1),
    (2, 2, 3, (0, 0, 0, 1), 1),
    (2, 3, 1, (0, 0, 1, 0), 1),
    (2, 3, 8, (1, 0, 0, 0), 8),
    (2, 3, 2, (0, 3, 0, 0), 1),
)
TYPES = (("UINT4", "UINT4", 0), ("INT5", "INT5", -16), ("BIPOLAR", "INT2", 0), ("BIPOLAR", "BIPOLAR", -1))


def _kernel(**changes: Any) -> FMPadding:
    fields: dict[str, Any] = {
        "height": 2,
        "width": 3,
        "channels": 4,
        "padding": (1, 0, 0, 2),
        "simd": 2,
        "input_datatype": DataType["UINT4"],
        "output_datatype": DataType["UINT4"],
    }
    return FMPadding(**{**fields, **changes})


class TestPadding(KernelGrid):
    """Every shape with every kind of elements."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(1)
        cases = []
        for height, width, channels, padding, simd in SHAPES:
            for inputs, outputs, value in TYPES:
                types = {"input_datatype": DataType[inputs], "output_datatype": DataType[outputs]}
                kernel = FMPadding(height, width, channels, padding, simd, value=value, **types)
                x = random_values(rng, DataType[inputs], (FRAMES, height, width, channels))
                cases.append(Case(kernel, (x,)))
        return cases


def test_golden_surrounds_the_image() -> None:
    x = np.arange(1, 3).reshape(1, 1, 2, 1)
    padded = _kernel(height=1, width=2, channels=1, simd=1).golden([x])[0]
    assert padded[0, :, :, 0].tolist() == [[0, 0, 0, 0], [1, 2, 0, 0]]


def test_streams_and_cycles() -> None:
    kernel = _kernel()
    assert kernel.input_streams[0].folded_shape == (2, 3, 2, 2)
    assert kernel.output_streams[0].folded_shape == (3, 5, 2, 2)
    assert kernel.cycles == 30
    assert kernel.folding_choices() == {"SIMD": [1, 2, 4]}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"simd": 3}, "SIMD=3 does not divide NumChannels=4; possible are 1, 2, 4"),
        (
            {"padding": (0, 0, 0, 0)},
            "Padding=[0, 0, 0, 0] is not possible; give at least one, none negative",
        ),
        (
            {"padding": (0, -1, 0, 2)},
            "Padding=[0, -1, 0, 2] is not possible; give at least one, none negative",
        ),
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
