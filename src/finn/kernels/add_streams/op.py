"""AddStreams: the sum of several streams, each times a constant."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from qonnx.core.datatype import BaseDataType

from finn.errors import FinnError
from finn.kernels.add_streams.terms import Node, Term, adder_levels, terms_of
from finn.kernels.base import (
    IntArray,
    Resources,
    RtlModule,
    Stream,
    flags_parameter,
    require_divides,
    require_holds,
    vector_parameter,
)
from finn.kernels.elementwise import Elementwise
from finn.kernels.room import room_resources
from finn.kernels.thresholding.operand import Operand

__all__ = ("ADDER_SOURCES", "AddStreams")

HERE = Path(__file__).parent
_SHARED = tuple(HERE.parent / "rtl" / f"{name}.sv" for name in ("finn_srl", "finn_room", "finn_element"))
_ADDERS = ("skewed_delay", "skewed_extend", "skewed_add", "add_lane")
ADDER_SOURCES = (
    *_SHARED,
    HERE.parent / "thresholding" / "pipeline_delay.sv",
    *(HERE / f"{name}.sv" for name in _ADDERS),
)
_SUM_BITS = 32
# As in ``add_streams``: longer sums are made in two parts, the lower one of so many bits.
_SKEWLESS_BITS, _SKEW = 20, 16


@dataclass(frozen=True)
class AddStreams(Elementwise):
    """Output = sum of scales[i] * x[i], element by element.

    Attributes
    ----------
    channels, pe
        Elements of a vector, and of a beat.
    input_datatypes
        Type of the elements of each input, two or more.
    output_datatype
        Type that holds every sum, of at most 32 bits.
    scales
        A factor for each input, not zero; empty: all are 1.
    vectors
        Vectors per frame.
    """

    channels: int
    pe: int
    input_datatypes: tuple[BaseDataType, ...]
    output_datatype: BaseDataType
    scales: tuple[int, ...] = ()
    vectors: int = 1

    op_type: ClassVar[str] = "AddStreams"

    def __post_init__(self) -> None:
        """Raise FinnError where values do not fit together."""
        require_divides("PE", self.pe, "NumChannels", self.channels)
        count = len(self.input_datatypes)
        if count < 2:
            raise FinnError(f"inputDataTypes has {count} entries; AddStreams adds two streams or more")
        if len(self.factors) != count:
            raise FinnError(
                f"scales has {len(self.scales)} entries for {count} inputs; give one for each or none"
            )
        if 0 in self.factors:
            raise FinnError(f"scales={list(self.scales)} has a zero; leave that input out")
        for datatype in self.input_datatypes:
            Operand.of(datatype, _SUM_BITS)
        require_holds(self.output_datatype, *self._range())
        if self.output_datatype.bitwidth() > _SUM_BITS:
            raise FinnError(
                f"outputDataType={self.output_datatype.name} is wider than {_SUM_BITS} bits; "
                "use smaller scales or narrower inputs"
            )

    @property
    def factors(self) -> tuple[int, ...]:
        """The factor of each input."""
        return self.scales or (1,) * len(self.input_datatypes)

    def _range(self) -> tuple[int, int]:
        ends = [
            (factor * int(datatype.min()), factor * int(datatype.max()))
            for factor, datatype in zip(self.factors, self.input_datatypes, strict=True)
        ]
        return sum(map(min, ends)), sum(map(max, ends))

    @property
    def input_streams(self) -> tuple[Stream, ...]:
        """Each (vectors, channels / PE, PE)."""
        return tuple(Stream(datatype, self.folded_shape) for datatype in self.input_datatypes)

    def golden(self, inputs: Sequence[IntArray]) -> list[IntArray]:
        """Of x[i] (batch, ..., channels), int64 of the same shape."""
        stacked = np.stack([np.asarray(x, dtype=np.int64) for x in inputs])
        return [np.tensordot(np.asarray(self.factors, dtype=np.int64), stacked, axes=1)]

    def resources(self) -> Resources:
        """A LUT and a register for each bit of an adder, and the room."""
        bits = int(self.output_datatype.bitwidth())
        terms = [self._node(term) for term in terms_of(self.factors)]
        levels = adder_levels(terms, bits)
        nodes = [node for level in levels for node in level]
        if all(term.minus for term in terms):
            nodes.append(Node(bits, 0, added=bits))
        registers = sum(node.width - node.zeros for node in nodes)
        if bits > _SKEWLESS_BITS:
            registers += _SKEW + sum(max(node.width - _SKEW, 1) for node in terms)
        return room_resources(self.pe * bits, self.latency) + Resources(
            lut=self.pe * sum(node.added for node in nodes) + 2,
            ff=self.pe * registers + len(levels) + 1,
            carry4=self.pe * sum(-(-node.added // 4) for node in nodes),
        )

    def _node(self, term: Term) -> Node:
        datatype = self.input_datatypes[term.source]
        bits = 2 if datatype.name == "BIPOLAR" else int(datatype.bitwidth())
        width = min(bits + term.shift, int(self.output_datatype.bitwidth()))
        return Node(width, term.shift, term.minus, bool(datatype.min() < 0))

    def rtl(self, name: str) -> RtlModule:
        """One ``add_streams``."""
        terms = terms_of(self.factors)
        bits = [int(datatype.bitwidth()) for datatype in self.input_datatypes]
        bipolar = [datatype.name == "BIPOLAR" for datatype in self.input_datatypes]
        signed = [bool(datatype.min() < 0) for datatype in self.input_datatypes]
        parameters: dict[str, int | str] = {
            "INPUTS": len(bits),
            "PE": self.pe,
            "IBITS": vector_parameter(bits),
            "IBITS_SUM": sum(bits),
            "SIGNED": flags_parameter(signed),
            "BIPOLAR": flags_parameter(bipolar),
            "TERMS": len(terms),
            "SOURCES": vector_parameter([term.source for term in terms]),
            "SHIFTS": vector_parameter([term.shift for term in terms]),
            "MINUS": flags_parameter([term.minus for term in terms]),
            "OBITS": int(self.output_datatype.bitwidth()),
        }
        return RtlModule("add_streams", parameters)

    @property
    def latency(self) -> int:
        """Levels of adders, a negation where all is subtracted, and the second part of wide sums."""
        terms = terms_of(self.factors)
        split = int(self.output_datatype.bitwidth()) > _SKEWLESS_BITS
        return math.ceil(math.log2(len(terms))) + int(all(term.minus for term in terms)) + int(split)

    @property
    def sources(self) -> tuple[Path, ...]:
        """Adders, and the module of all."""
        return (*ADDER_SOURCES, HERE / "add_streams.sv")
