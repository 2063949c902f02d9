"""StreamingConcat: RTL against the golden model, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.kernels.streaming_concat import StreamingConcat

# (channels of each input, SIMD, vectors): one beat of each, long after short and short after long.
TWO = (((1, 1), 1, 1), ((4, 4), 4, 2), ((6, 9), 3, 2), ((5, 1), 1, 2), ((2, 33), 1, 1), ((7, 3), 1, 3))
THREE = (((3, 3, 3), 3, 2), ((4, 2, 6), 2, 2), ((1, 16, 2), 1, 1), ((5, 1, 1), 1, 2))
MORE = (((2, 4, 2, 6, 2), 2, 2), ((1,) * 9, 1, 1))
# Inputs, output
PAIRS = (
    (("UINT4", "UINT4"), "UINT4"),
    (("INT5", "INT3"), "INT5"),
    (("BIPOLAR", "BIPOLAR"), "BIPOLAR"),
    (("BIPOLAR", "UINT2"), "INT4"),
    (("UINT3", "INT2"), "INT4"),
    (("BIPOLAR", "TERNARY"), "INT2"),
)
TRIPLES = ((("UINT4", "UINT2", "UINT1"), "UINT4"), (("INT2", "BIPOLAR", "UINT6"), "INT7"))
# (channels, SIMD, vectors, inputs, output)
SETS = (
    *((*shape, *types) for shape in TWO for types in PAIRS),
    *((*shape, *types) for shape in THREE for types in TRIPLES),
    *((*shape, ("INT3",) * len(shape[0]), "INT3") for shape in MORE),
)


def _kernel(**changes: Any) -> StreamingConcat:
    fields: dict[str, Any] = {
        "channels": (4, 6),
        "simd": 2,
        "input_datatypes": (DataType["UINT4"], DataType["INT4"]),
        "output_datatype": DataType["INT5"],
    }
    return StreamingConcat(**{**fields, **changes})


class TestStreamingConcat(KernelGrid):
    """Every shape with every combination of types."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(1)
        cases = []
        for channels, simd, vectors, inputs, output in SETS:
            types = tuple(DataType[name] for name in inputs)
            kernel = StreamingConcat(channels, simd, types, DataType[output], vectors)
            x = [
                random_values(rng, datatype, (FRAMES, vectors, count))
                for datatype, count in zip(types, channels, strict=True)
            ]
            cases.append(Case(kernel, tuple(x)))
        return cases


def test_golden_joins_the_channels_of_each_vector() -> None:
    kernel = _kernel(channels=(2, 1), simd=1, vectors=2)
    x = np.array([[[1, 2], [3, 4]]]), np.array([[[-5], [-6]]])
    assert kernel.golden(x)[0].tolist() == [[[1, 2, -5], [3, 4, -6]]]


def test_streams_and_cycles() -> None:
    kernel = _kernel(vectors=3)
    assert [stream.folded_shape for stream in kernel.input_streams] == [(3, 2, 2), (3, 3, 2)]
    assert kernel.output_streams[0].folded_shape == (3, 5, 2)
    assert kernel.cycles == 15
    assert kernel.folding_choices() == {"SIMD": [1, 2]}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"simd": 4}, "SIMD=4 does not divide ChannelsPerStream=6; possible are 1, 2, 3, 6"),
        ({"channels": (4,)}, "ChannelsPerStream=[4] is not possible; give two inputs or more"),
        (
            {"channels": (4, 2, 2)},
            "inputDataTypes has 2 entries for 3 inputs; give one for each",
        ),
        (
            {"output_datatype": DataType["INT4"]},
            "INT4 does not hold -8 to 15; choose a wider output type",
        ),
        (
            {
                "input_datatypes": (DataType["BIPOLAR"], DataType["BINARY"]),
                "output_datatype": DataType["BIPOLAR"],
            },
            "BIPOLAR does not hold -1 to 1; choose a wider output type",
        ),
    ],
)
def test_refusals(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(FinnError) as error:
        _kernel(**changes)
    assert str(error.value) == text
