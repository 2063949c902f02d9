"""StreamingEltwise: RTL against the golden model, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from operator import mul, sub
from typing import Any

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from qonnx.core.datatype import BaseDataType, DataType

from finn.errors import FinnError
from finn.frontend.levels.ranges import smallest_datatype
from finn.kernels.streaming_eltwise import StreamingEltwise

# (channels, PE, vectors)
SHAPES = ((6, 2, 3), (5, 1, 2), (7, 7, 4), (1, 1, 5), (9, 3, 1))
KINDS = (
    ("UINT4", "INT5"),
    ("INT8", "INT8"),
    ("UINT8", "UINT3"),
    ("INT3", "UINT8"),
    ("UINT16", "INT17"),
    ("UINT1", "UINT1"),
    ("INT17", "INT4"),
    ("TERNARY", "INT6"),
)
# Function and what multiplies
FUNCTIONS = (("Mul", "dsp"), ("Mul", "lut"), ("Sub", "auto"), ("Max", "auto"), ("Min", "auto"))
PLAIN: dict[str, Callable[[int, int], int]] = {"Mul": mul, "Sub": sub, "Max": max, "Min": min}


def _result(function: str, first: BaseDataType, second: BaseDataType) -> BaseDataType:
    ends = [(int(t.min()), int(t.max())) for t in (first, second)]
    results = [PLAIN[function](x, y) for x, y in product(*ends)]
    return smallest_datatype(min(results), max(results))


def _kernel(**changes: Any) -> StreamingEltwise:
    fields: dict[str, Any] = {
        "channels": 6,
        "pe": 2,
        "function": "Mul",
        "input_datatypes": (DataType["UINT4"], DataType["INT5"]),
        "output_datatype": DataType["INT9"],
    }
    return StreamingEltwise(**{**fields, **changes})


def _case(rng: np.random.Generator, shape: tuple[int, int, int], kernel: StreamingEltwise) -> Case:
    channels, _, vectors = shape
    first, second = kernel.input_datatypes
    held = 1 if kernel.broadcast else vectors
    shapes = (FRAMES, vectors, channels), (FRAMES, held, channels)
    return Case(kernel, (random_values(rng, first, shapes[0]), random_values(rng, second, shapes[1])))


def _kernels() -> list[tuple[tuple[int, int, int], StreamingEltwise]]:
    """Every function of every kind of operands on changing shapes, with and without broadcast."""
    made = []
    for index, (function, res_type) in enumerate(FUNCTIONS):
        for kind in range(len(KINDS)):
            first, second = (DataType[name] for name in KINDS[kind])
            result = _result(function, first, second)
            for broadcast in (False, True):
                for turn in range(3):
                    shape = SHAPES[(index + kind + turn) % len(SHAPES)]
                    kernel = StreamingEltwise(
                        *(shape[0], shape[1], function, (first, second), result),
                        *(shape[2], broadcast, res_type),
                    )
                    made.append((shape, kernel))
    return made


class TestStreamingEltwise(KernelGrid):
    """240 sets."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(11)
        return [_case(rng, shape, kernel) for shape, kernel in _kernels()]


def test_golden() -> None:
    x = np.array([[[1, 15, 3], [4, 0, 7]]])
    y = np.array([[[-16, 15, 2]]])
    given = {"channels": 3, "pe": 1, "vectors": 2, "broadcast": True}
    signed = {**given, "output_datatype": DataType["INT6"]}
    assert _kernel(**given).golden([x, y])[0].tolist() == [[[-16, 225, 6], [-64, 0, 14]]]
    assert _kernel(**signed, function="Sub").golden([x, y])[0].tolist() == [[[17, 0, 1], [20, -15, 5]]]
    assert _kernel(**signed, function="Max").golden([x, y])[0].tolist() == [[[1, 15, 3], [4, 15, 7]]]
    assert _kernel(**signed, function="Min").golden([x, y])[0].tolist() == [[[-16, 15, 2], [-16, 0, 2]]]


def test_streams_and_cycles() -> None:
    kernel = _kernel(vectors=5, broadcast=True)
    assert [stream.folded_shape for stream in kernel.input_streams] == [(5, 3, 2), (1, 3, 2)]
    assert kernel.output_streams[0].folded_shape == (5, 3, 2)
    assert kernel.cycles == 15
    assert kernel.folding_choices() == {"PE": [1, 2, 3, 6]}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"pe": 4}, "PE=4 does not divide NumChannels=6; possible are 1, 2, 3, 6"),
        ({"function": "Pow"}, "eltwiseOp Pow is unknown; possible are Mul, Sub, Max, Min"),
        ({"res_type": "bram"}, "resType bram is unknown; possible are auto, lut, dsp"),
        ({"input_datatypes": (DataType["INT4"],)}, "inputDataTypes has 1 entries; give two"),
        (
            {"input_datatypes": (DataType["BIPOLAR"], DataType["INT4"])},
            "input type BIPOLAR is no integer of two's complement",
        ),
        (
            {"input_datatypes": (DataType["INT4"], DataType["UINT17"])},
            "input type UINT17 is wider than the 17 bits with a sign that are supported; quantise it further",
        ),
        (
            {"output_datatype": DataType["INT8"]},
            "INT8 does not hold -240 to 225; choose a wider output type",
        ),
    ],
)
def test_refusals(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(FinnError) as error:
        _kernel(**changes)
    assert str(error.value) == text
