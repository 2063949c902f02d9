"""DuplicateStreams: RTL against the golden model, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.kernels.duplicate_streams import DuplicateStreams

# (channels, PE, vectors)
SHAPES = ((6, 2, 3), (5, 1, 2), (7, 7, 3), (1, 1, 1), (33, 11, 1))
TYPES = ("UINT4", "INT5", "BIPOLAR")
OUTPUTS = (2, 3, 7)


def _kernel(**changes: Any) -> DuplicateStreams:
    fields: dict[str, Any] = {"channels": 4, "pe": 2, "outputs": 2, "input_datatype": DataType["INT4"]}
    return DuplicateStreams(**{**fields, **changes})


class TestDuplicateStreams(KernelGrid):
    """Every shape with every type and number of outputs."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(1)
        cases = []
        for channels, pe, vectors in SHAPES:
            for datatype in map(DataType.__getitem__, TYPES):
                for outputs in OUTPUTS:
                    kernel = DuplicateStreams(channels, pe, outputs, datatype, vectors)
                    cases.append(Case(kernel, (random_values(rng, datatype, (FRAMES, vectors, channels)),)))
        return cases


def test_golden_gives_the_same_to_each_output() -> None:
    x = np.array([[1, 2, 3, 4]])
    outputs = _kernel(outputs=3).golden([x])
    assert [output.tolist() for output in outputs] == [x.tolist()] * 3


def test_streams_and_cycles() -> None:
    kernel = _kernel(vectors=3)
    assert [stream.folded_shape for stream in kernel.output_streams] == [(3, 2, 2)] * 2
    assert kernel.cycles == 6
    assert kernel.folding_choices() == {"PE": [1, 2, 4]}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"pe": 3}, "PE=3 does not divide NumChannels=4; possible are 1, 2, 4"),
        ({"outputs": 1}, "NumOutputStreams=1 is not possible; give two or more"),
    ],
)
def test_refusals(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(FinnError) as error:
        _kernel(**changes)
    assert str(error.value) == text
