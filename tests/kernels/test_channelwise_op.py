"""ChannelwiseOp: RTL against the golden model, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.kernels.base import IntArray
from finn.kernels.channelwise_op import ChannelwiseOp

# (channels, PE, vectors)
SHAPES = ((6, 2, 3), (5, 1, 2), (7, 7, 2), (1, 1, 1))
# Function, input, parameters, output
KINDS = (
    ("add", "UINT4", "INT4", "INT6"),
    ("add", "BIPOLAR", "UINT3", "INT5"),
    ("add", "INT16", "INT16", "INT17"),
    ("mul", "UINT4", "INT3", "INT7"),
    ("mul", "INT5", "UINT1", "INT6"),
    ("mul", "BIPOLAR", "BIPOLAR", "INT2"),
    ("mul", "INT16", "INT16", "INT32"),
    ("mul", "UINT8", "UINT5", "UINT13"),
    ("cmp_le", "UINT4", "INT3", "BINARY"),
    ("cmp_le", "INT16", "UINT16", "UINT2"),
    ("cmp_ge", "INT4", "INT4", "BINARY"),
    ("cmp_ge", "BIPOLAR", "TERNARY", "INT2"),
)


def _parameters(rng: np.random.Generator, name: str, count: int) -> IntArray:
    return random_values(rng, DataType[name], (count,))


def _kernel(**changes: Any) -> ChannelwiseOp:
    fields: dict[str, Any] = {
        "function": "add",
        "channels": 4,
        "pe": 2,
        "parameters": np.array([1, -2, 3, 0]),
        "input_datatype": DataType["UINT4"],
        "parameter_datatype": DataType["INT3"],
        "output_datatype": DataType["INT6"],
    }
    return ChannelwiseOp(**{**fields, **changes})


class TestChannelwiseOp(KernelGrid):
    """Every shape with every function and type; memories of every kind; one constant for all channels."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(1)
        sets = [(*shape, shape[0], *kind) for shape in SHAPES for kind in KINDS]
        sets += [(6, 2, 2, 1, *kind) for kind in KINDS]
        sets += [(301, 1, 1, 301, *KINDS[0]), (1030, 1, 1, 1030, "mul", "UINT2", "INT16", "INT18")]
        cases = []
        for channels, pe, vectors, constants, function, inputs, parameters, output in sets:
            types = [DataType[name] for name in (inputs, parameters, output)]
            values = _parameters(rng, parameters, constants)
            kernel = ChannelwiseOp(function, channels, pe, values, *types, vectors)
            cases.append(Case(kernel, (random_values(rng, types[0], (FRAMES, vectors, channels)),)))
        return cases


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("add", [2, -1, 4, 15]),
        ("mul", [1, -2, 3, 0]),
        ("cmp_le", [1, 0, 1, 0]),
        ("cmp_ge", [1, 1, 0, 1]),
    ],
)
def test_golden(function: str, expected: list[int]) -> None:
    kernel = _kernel(function=function, output_datatype=DataType["INT8"])
    assert kernel.golden([np.array([[1, 1, 1, 15]])])[0].tolist() == [[expected]]


def test_streams_and_cycles() -> None:
    kernel = _kernel(vectors=3)
    assert kernel.input_streams[0].folded_shape == kernel.output_streams[0].folded_shape == (3, 2, 2)
    assert kernel.cycles == 6
    assert kernel.folding_choices() == {"PE": [1, 2, 4]}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"pe": 3}, "PE=3 does not divide NumChannels=4; possible are 1, 2, 4"),
        ({"function": "sub"}, "Func=sub is unknown; possible are add, mul, cmp_le, cmp_ge"),
        ({"parameters": np.arange(3)}, "parameters of shape (3,) do not fit; give (4,) or (1,)"),
        (
            {"input_datatype": DataType["INT17"]},
            "input type INT17 is not an integer of at most 16 bits; quantise it",
        ),
        (
            {"parameter_datatype": DataType["INT17"]},
            "paramDataType=INT17 is not an integer of at most 16 bits; scale them",
        ),
        (
            {"parameter_datatype": DataType["INT2"]},
            "paramDataType=INT2 does not hold the parameters -2 to 3; choose a wider one",
        ),
        ({"output_datatype": DataType["INT5"]}, "INT5 does not hold -2 to 18; choose a wider output type"),
        (
            {"function": "cmp_le", "output_datatype": DataType["BIPOLAR"]},
            "BIPOLAR does not hold 0 to 1; choose a wider output type",
        ),
    ],
)
def test_refusals(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(FinnError) as error:
        _kernel(**changes)
    assert str(error.value) == text
