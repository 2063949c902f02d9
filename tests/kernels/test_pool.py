"""Pool: RTL against the golden model, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.kernels.pool import Pool

# (windows, taps, channels, PE)
SHAPES = (
    ((2, 3), 4, 6, 2),
    ((2, 3), 4, 6, 6),
    ((1, 5), 9, 5, 1),
    ((1, 1), 3, 4, 2),
    ((3, 1), 1, 3, 1),
    ((2, 2), 1, 3, 3),
    ((1, 1), 2, 1, 1),
    ((2, 1), 16, 34, 1),
)
TYPES = (
    ("MaxPool", "UINT4", "UINT4"),
    ("MaxPool", "INT5", "INT5"),
    ("MaxPool", "BIPOLAR", "BIPOLAR"),
    ("SumPool", "UINT4", "UINT8"),
    ("SumPool", "INT3", "INT7"),
    ("SumPool", "TERNARY", "INT6"),
)


class TestPool(KernelGrid):
    """Every shape with every function and type."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(1)
        cases = []
        for windows, taps, channels, pe in SHAPES:
            for function, inputs, outputs in TYPES:
                kernel = Pool(windows, taps, channels, pe, function, DataType[inputs], DataType[outputs])
                x = random_values(rng, DataType[inputs], (FRAMES, *windows, taps * channels))
                cases.append(Case(kernel, (x,)))
        return cases


def test_golden_reduces_the_taps_of_each_channel() -> None:
    kernel = Pool((1, 1), 2, 3, 1, "MaxPool", DataType["INT4"], DataType["INT4"])
    x = np.array([1, -2, 3, -4, 5, 0]).reshape(1, 1, 1, 6)
    assert kernel.golden([x])[0].tolist() == [[[[1, 5, 3]]]]
    total = replace(kernel, function="SumPool", output_datatype=DataType["INT5"])
    assert total.golden([x])[0].tolist() == [[[[-3, 3, 3]]]]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"pe": 2}, "PE=2 does not divide Channels=3; possible are 1, 3"),
        ({"function": "MinPool"}, "Function=MinPool is unknown; possible are MaxPool, SumPool"),
        (
            {"output_datatype": DataType["INT8"]},
            "MaxPool does not change the type of its elements; give the same twice",
        ),
        ({"function": "SumPool"}, "INT4 does not hold -16 to 14; choose a wider output type"),
        (
            {
                "function": "SumPool",
                "input_datatype": DataType["BIPOLAR"],
                "output_datatype": DataType["INT4"],
            },
            "SumPool takes no BIPOLAR elements; use an INT type",
        ),
    ],
)
def test_refusals(changes: dict[str, Any], text: str) -> None:
    kernel = Pool((1, 1), 2, 3, 1, "MaxPool", DataType["INT4"], DataType["INT4"])
    with pytest.raises(FinnError) as error:
        replace(kernel, **changes)
    assert str(error.value) == text
