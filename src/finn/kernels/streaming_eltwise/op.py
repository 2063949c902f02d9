"""StreamingEltwise: the product, difference, larger or smaller of two streams, element by element."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import ClassVar

import numpy as np
from qonnx.core.datatype import BaseDataType

from finn.errors import FinnError
from finn.kernels.add_streams import ADDER_SOURCES
from finn.kernels.base import IntArray, Resources, RtlModule, Stream, require_divides, require_holds
from finn.kernels.elementwise import Elementwise
from finn.kernels.requantise import PRODUCT_SOURCES, sum_cycles
from finn.kernels.streaming_eltwise.cost import estimate

__all__ = ("FUNCTIONS", "OPERAND_BITS", "StreamingEltwise", "signed_bits")

HERE = Path(__file__).parent
FUNCTIONS: Mapping[str, Callable[[IntArray, IntArray], IntArray]] = {
    "Mul": np.multiply,
    "Sub": np.subtract,
    "Max": np.maximum,
    "Min": np.minimum,
}
"""By the name that ``eltwiseOp`` has."""
_NUMBERS = {"Mul": 0, "Sub": 1, "Max": 2, "Min": 3}
_RES_TYPES = ("auto", "lut", "dsp")
# A comparison of more bits is too slow a carry chain; an element of more does not fit the DSP's port.
OPERAND_BITS = 17
"""Bits, with a sign, of an element that this takes."""


@dataclass(frozen=True)
class StreamingEltwise(Elementwise):
    """Output = function(x[0], x[1]), element by element.

    Attributes
    ----------
    channels, pe
        Elements of a vector, and of a beat.
    function
        ``Mul``, ``Sub`` (the first less the second), ``Max`` or ``Min``.
    input_datatypes
        Types of the elements of both inputs, of at most 16 bits where one is not signed, else 17.
    output_datatype
        Type that holds every result.
    vectors
        Vectors per frame.
    broadcast
        Whether the second input is one vector per frame, which goes with every vector of the first.
    res_type
        What multiplies: ``dsp``, ``lut`` or ``auto``: DSPs where there are any.
    """

    channels: int
    pe: int
    function: str
    input_datatypes: tuple[BaseDataType, ...]
    output_datatype: BaseDataType
    vectors: int = 1
    broadcast: bool = False
    res_type: str = "auto"

    op_type: ClassVar[str] = "StreamingEltwise"

    def __post_init__(self) -> None:
        """Raise FinnError where values do not fit together."""
        require_divides("PE", self.pe, "NumChannels", self.channels)
        if self.function not in FUNCTIONS:
            raise FinnError(f"eltwiseOp {self.function} is unknown; possible are {', '.join(FUNCTIONS)}")
        if self.res_type not in _RES_TYPES:
            raise FinnError(f"resType {self.res_type} is unknown; possible are {', '.join(_RES_TYPES)}")
        if len(self.input_datatypes) != 2:
            raise FinnError(f"inputDataTypes has {len(self.input_datatypes)} entries; give two")
        for datatype in self.input_datatypes:
            if not datatype.is_integer() or datatype.name == "BIPOLAR":
                raise FinnError(f"input type {datatype.name} is no integer of two's complement")
            if signed_bits(datatype) > OPERAND_BITS:
                raise FinnError(
                    f"input type {datatype.name} is wider than the {OPERAND_BITS} bits with a sign"
                    " that are supported; quantise it further"
                )
        require_holds(self.output_datatype, *self.range)

    @property
    def range(self) -> tuple[int, int]:
        """The least and the largest result."""
        ends = [(int(t.min()), int(t.max())) for t in self.input_datatypes]
        results = [int(FUNCTIONS[self.function](*np.array(pair))) for pair in product(*ends)]
        return min(results), max(results)

    @property
    def element_bits(self) -> tuple[int, int]:
        """Bits of an element of each input as two's complement; of the second at least 2."""
        first, second = map(signed_bits, self.input_datatypes)
        return first, max(second, 2)

    @property
    def in_dsps(self) -> bool:
        """Whether DSPs multiply."""
        return self.function == "Mul" and self.res_type != "lut"

    @property
    def input_streams(self) -> tuple[Stream, ...]:
        """(vectors, channels / PE, PE); the second (1, channels / PE, PE) where it is broadcast."""
        folds, vectors = self.channels // self.pe, (self.vectors, 1 if self.broadcast else self.vectors)
        return tuple(
            Stream(datatype, (count, folds, self.pe))
            for datatype, count in zip(self.input_datatypes, vectors, strict=True)
        )

    def golden(self, inputs: Sequence[IntArray]) -> list[IntArray]:
        """Of x[0] (batch, ..., channels) and x[1] of the same shape, or with one vector; int64 as x[0]."""
        shape = np.asarray(inputs[0]).shape
        first, second = (np.asarray(x, dtype=np.int64).reshape(shape[0], -1, self.channels) for x in inputs)
        return [FUNCTIONS[self.function](first, second).reshape(shape)]

    def resources(self) -> Resources:
        """Calibrated on Yosys netlists of the RTL."""
        return estimate(self)

    def rtl(self, name: str) -> RtlModule:
        """One ``streaming_eltwise``."""
        first, second = self.input_datatypes
        parameters: dict[str, int | str] = {
            "FUNCTION": _NUMBERS[self.function],
            "PE": self.pe,
            "FOLDS": self.channels // self.pe,
            "REPEATS": self.vectors if self.broadcast else 1,
            "ABITS": int(first.bitwidth()),
            "ASIGNED": int(first.min() < 0),
            "BBITS": int(second.bitwidth()),
            "BSIGNED": int(second.min() < 0),
            "OBITS": int(self.output_datatype.bitwidth()),
            "DSP": int(self.in_dsps),
            "SUM_CYCLES": self._sum_cycles,
        }
        return RtlModule("streaming_eltwise", parameters)

    @property
    def _sum_cycles(self) -> int:
        first, second = self.element_bits
        return sum_cycles(first, second, first + second, in_dsps=self.in_dsps)

    @property
    def latency(self) -> int:
        """The pair, and what is made of it."""
        lanes = {"Mul": self._sum_cycles, "Sub": 1}
        return lanes.get(self.function, 2) + (2 if self.broadcast and self.vectors > 1 else 1)

    @property
    def sources(self) -> tuple[Path, ...]:
        """Adders and products, and the modules of this layer."""
        own = ("held_vector", "eltwise_lane", "streaming_eltwise")
        return (*ADDER_SOURCES, *PRODUCT_SOURCES, *(HERE / f"{name}.sv" for name in own))


def signed_bits(datatype: BaseDataType) -> int:
    """Bits of an element as two's complement."""
    return int(datatype.bitwidth()) + int(datatype.min() >= 0)
