"""LabelSelect against its golden model, in RTL, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from qonnx.core.datatype import BaseDataType, DataType

from finn.errors import FinnError
from finn.kernels.label_select import LabelSelect

# Type of an element, labels, PE, K.
SETS = [
    ("INT16", 10, 1, 1),
    ("INT16", 10, 10, 1),
    ("INT16", 10, 5, 1),
    ("INT16", 10, 2, 1),
    ("UINT8", 10, 1, 3),
    ("UINT8", 10, 2, 3),
    ("INT8", 10, 5, 3),
    ("INT8", 10, 10, 5),
    ("INT8", 10, 10, 10),
    ("UINT4", 10, 1, 10),
    ("BIPOLAR", 7, 7, 4),
    ("BIPOLAR", 7, 1, 2),
    ("TERNARY", 9, 3, 3),
    ("UINT1", 1, 1, 1),
    ("INT2", 2, 2, 2),
    ("INT2", 2, 1, 1),
    ("INT32", 12, 3, 2),
    ("UINT32", 12, 4, 1),
    ("INT5", 100, 4, 5),
    ("INT24", 65, 13, 1),
    ("INT3", 33, 11, 2),
    ("UINT1", 16, 4, 8),
    ("INT2", 12, 1, 6),
    ("INT2", 24, 6, 6),
    ("TERNARY", 15, 15, 7),
]


def index_type(labels: int) -> BaseDataType:
    return DataType[f"UINT{max(1, (labels - 1).bit_length())}"]


class TestLabelSelect(KernelGrid):
    def cases(self) -> list[Case]:
        rng = np.random.default_rng(5)
        cases = []
        for name, labels, pe, k in SETS:
            datatype = DataType[name]
            values = random_values(rng, datatype, (FRAMES, labels))
            # All equal, ascending and descending frames: ties and the longest way through.
            values[1] = values[1, 0]
            values[2], values[3] = np.sort(values[2]), np.sort(values[3])[::-1]
            kernel = LabelSelect(labels, pe, k, datatype, index_type(labels))
            cases.append(Case(kernel, (values,)))
        return cases


def test_golden_model_breaks_ties_by_the_lowest_index() -> None:
    kernel = LabelSelect(5, 1, 3, DataType["INT4"], DataType["UINT3"])
    assert kernel.golden([np.array([[1, 7, -8, 7, 1]])])[0].tolist() == [[1, 3, 0]]


@pytest.mark.parametrize(
    ("labels", "pe", "k", "text"),
    [
        (10, 3, 1, "PE=3 does not divide Labels=10; possible are 1, 2, 5, 10"),
        (10, 1, 11, "K=11 is not possible; it must be between 1 and Labels=10"),
        (10, 1, 0, "K=0 is not possible; it must be between 1 and Labels=10"),
        (17, 1, 1, "outputDataType=UINT4 does not hold the indices 0 to 16"),
    ],
)
def test_impossible_settings_are_refused(labels: int, pe: int, k: int, text: str) -> None:
    with pytest.raises(FinnError) as error:
        LabelSelect(labels, pe, k, DataType["INT8"], DataType["UINT4"])
    assert str(error.value) == text
