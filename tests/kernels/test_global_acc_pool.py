"""GlobalAccPool: RTL against the golden model, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.kernels.global_acc_pool import GlobalAccPool

# (height, width, channels, PE)
SHAPES = (
    (3, 4, 6, 2),
    (3, 4, 6, 6),
    (4, 4, 5, 1),
    (1, 7, 3, 3),
    (7, 1, 4, 2),
    (1, 1, 3, 1),
    (1, 2, 1, 1),
    (2, 2, 34, 1),
)
TYPES = (("UINT4", "UINT8"), ("INT3", "INT7"), ("TERNARY", "INT6"))


class TestGlobalAccPool(KernelGrid):
    """Every shape with every type."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(1)
        cases = []
        for height, width, channels, pe in SHAPES:
            for inputs, outputs in TYPES:
                kernel = GlobalAccPool(height, width, channels, pe, DataType[inputs], DataType[outputs])
                x = random_values(rng, DataType[inputs], (FRAMES, height, width, channels))
                cases.append(Case(kernel, (x,)))
        return cases


def _kernel(**changes: Any) -> GlobalAccPool:
    return replace(GlobalAccPool(2, 3, 4, 2, DataType["INT4"], DataType["INT7"]), **changes)


def test_golden_adds_the_pixels_of_each_channel() -> None:
    x = np.array([1, -2, 3, -4, 5, 0]).reshape(1, 1, 3, 2)
    assert _kernel(height=1, channels=2).golden([x])[0].tolist() == [[[[9, -6]]]]


def test_streams_and_cycles() -> None:
    kernel = _kernel()
    assert kernel.input_streams[0].folded_shape == (2, 3, 2, 2)
    assert kernel.output_streams[0].folded_shape == (1, 1, 2, 2)
    assert kernel.cycles == 12
    assert kernel.folding_choices() == {"PE": [1, 2, 4]}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"pe": 3}, "PE=3 does not divide NumChannels=4; possible are 1, 2, 4"),
        (
            {"output_datatype": DataType["INT6"]},
            "INT6 does not hold -48 to 42; choose a wider output type",
        ),
        (
            {"input_datatype": DataType["BIPOLAR"]},
            "GlobalAccPool takes no BIPOLAR elements; use an INT type",
        ),
    ],
)
def test_refusals(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(FinnError) as error:
        _kernel(**changes)
    assert str(error.value) == text
