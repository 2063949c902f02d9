"""AddStreams: RTL against the golden model, and what it refuses."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.kernels.add_streams import AddStreams
from finn.kernels.add_streams.terms import terms_of

# (channels, PE, vectors)
SHAPES = ((6, 2, 3), (5, 1, 2), (7, 7, 2), (1, 1, 1))
# Inputs, scales, output
SUMS: tuple[tuple[tuple[str, ...], tuple[int, ...], str], ...] = (
    (("UINT4", "UINT4"), (), "UINT5"),
    (("INT5", "UINT3"), (1, 1), "INT6"),
    (("INT8", "INT8"), (1, -1), "INT9"),
    (("BIPOLAR", "BIPOLAR"), (), "INT3"),
    (("BIPOLAR", "UINT4"), (5, -3), "INT7"),
    (("UINT4", "INT4"), (-3, -7), "INT9"),
    (("UINT8", "UINT2"), (1, 2), "UINT9"),
    (("INT16", "INT16"), (127, -107), "INT24"),
    (("UINT4", "INT3", "UINT6"), (3, -1, 11), "INT16"),
    (("UINT2", "BIPOLAR", "INT2"), (-1, -1, -1), "INT5"),
    (("UINT4",) * 5, (), "UINT7"),
    (("INT8", "TERNARY", "UINT1"), (219, 1, -85), "INT17"),
    (("INT30", "UINT1"), (2, 1), "INT32"),
)


def _kernel(**changes: Any) -> AddStreams:
    fields: dict[str, Any] = {
        "channels": 4,
        "pe": 2,
        "input_datatypes": (DataType["UINT4"], DataType["INT4"]),
        "output_datatype": DataType["INT6"],
    }
    return AddStreams(**{**fields, **changes})


class TestAddStreams(KernelGrid):
    """Every kind of sum in every shape."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(1)
        cases = []
        for channels, pe, vectors in SHAPES:
            for inputs, scales, output in SUMS:
                types = tuple(DataType[name] for name in inputs)
                kernel = AddStreams(channels, pe, types, DataType[output], scales, vectors)
                x = [random_values(rng, datatype, (FRAMES, vectors, channels)) for datatype in types]
                cases.append(Case(kernel, tuple(x)))
        return cases


def test_golden_adds_what_the_scales_say() -> None:
    kernel = _kernel(scales=(3, -1), output_datatype=DataType["INT7"])
    x = np.array([[1, 2, 3, 4]]), np.array([[1, 0, -8, 7]])
    assert kernel.golden(x)[0].tolist() == [[2, 6, 17, 5]]
    assert _kernel().golden(x)[0].tolist() == [[2, 2, -5, 11]]


def test_streams_and_cycles() -> None:
    kernel = _kernel(vectors=3)
    assert [stream.folded_shape for stream in kernel.input_streams] == [(3, 2, 2)] * 2
    assert kernel.output_streams[0].folded_shape == (3, 2, 2)
    assert kernel.cycles == 6
    assert kernel.folding_choices() == {"PE": [1, 2, 4]}


def test_terms_make_up_the_scale() -> None:
    for scale in (*range(-300, 0), *range(1, 301), 43691, -(2**20), 2**20 - 1):
        terms = terms_of([1, scale])[1:]
        assert sum((-1 if term.minus else 1) << term.shift for term in terms) == scale
        assert all(after.shift - before.shift > 1 for before, after in pairwise(terms))


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"pe": 3}, "PE=3 does not divide NumChannels=4; possible are 1, 2, 4"),
        (
            {"input_datatypes": (DataType["UINT4"],)},
            "inputDataTypes has 1 entries; AddStreams adds two streams or more",
        ),
        ({"scales": (1, 2, 3)}, "scales has 3 entries for 2 inputs; give one for each or none"),
        ({"scales": (1, 0)}, "scales=[1, 0] has a zero; leave that input out"),
        (
            {"output_datatype": DataType["INT5"]},
            "INT5 does not hold -8 to 22; choose a wider output type",
        ),
        (
            {"scales": (2, -3)},
            "INT6 does not hold -21 to 54; choose a wider output type",
        ),
        (
            {
                "input_datatypes": (DataType["BINARY"], DataType["BINARY"]),
                "scales": (1, -1),
                "output_datatype": DataType["BIPOLAR"],
            },
            "BIPOLAR does not hold -1 to 1; choose a wider output type",
        ),
        (
            {"output_datatype": DataType["INT33"]},
            "outputDataType=INT33 is wider than 32 bits; use smaller scales or narrower inputs",
        ),
        (
            {"input_datatypes": (DataType["FIXED<4,2>"], DataType["INT4"])},
            "input type FIXED<4,2> is not an integer of at most 32 bits; quantise it",
        ),
    ],
)
def test_refusals(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(FinnError) as error:
        _kernel(**changes)
    assert str(error.value) == text
