"""StreamingConcat: vectors of several streams joined along the channels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from qonnx.core.datatype import BaseDataType

from finn.errors import FinnError
from finn.kernels.base import (
    IntArray,
    Kernel,
    Resources,
    RtlModule,
    Stream,
    divisors,
    flags_parameter,
    require_divides,
    require_holds,
    vector_parameter,
)

__all__ = ("StreamingConcat",)

HERE = Path(__file__).parent
SHARED = HERE.parent / "rtl"


@dataclass(frozen=True)
class StreamingConcat(Kernel):
    """A vector of each input in turn makes one vector.

    Attributes
    ----------
    channels
        Elements of a vector of each input, two inputs or more.
    simd
        Elements in a beat, a divisor of each.
    input_datatypes
        Type of the elements of each input.
    output_datatype
        Integer type that holds all of them; BIPOLAR where all are BIPOLAR only.
    vectors
        Vectors per frame.
    """

    channels: tuple[int, ...]
    simd: int
    input_datatypes: tuple[BaseDataType, ...]
    output_datatype: BaseDataType
    vectors: int = 1

    op_type: ClassVar[str] = "StreamingConcat"
    folding_attributes: ClassVar[tuple[str, ...]] = ("SIMD",)

    def __post_init__(self) -> None:
        """Raise FinnError where values do not fit together."""
        count = len(self.channels)
        if count < 2:
            raise FinnError(
                f"ChannelsPerStream={list(self.channels)} is not possible; give two inputs or more"
            )
        if len(self.input_datatypes) != count:
            given = len(self.input_datatypes)
            raise FinnError(f"inputDataTypes has {given} entries for {count} inputs; give one for each")
        for channels in self.channels:
            require_divides("SIMD", self.simd, "ChannelsPerStream", channels)
        if any(datatype != self.output_datatype for datatype in self.input_datatypes):
            low = min(int(datatype.min()) for datatype in self.input_datatypes)
            require_holds(
                self.output_datatype, low, max(int(datatype.max()) for datatype in self.input_datatypes)
            )

    @property
    def _beats(self) -> tuple[int, ...]:
        return tuple(channels // self.simd for channels in self.channels)

    @property
    def input_streams(self) -> tuple[Stream, ...]:
        """Each (vectors, channels / SIMD, SIMD)."""
        return tuple(
            Stream(datatype, (self.vectors, beats, self.simd))
            for datatype, beats in zip(self.input_datatypes, self._beats, strict=True)
        )

    @property
    def output_streams(self) -> tuple[Stream, ...]:
        """(vectors, all channels / SIMD, SIMD)."""
        return (Stream(self.output_datatype, (self.vectors, sum(self._beats), self.simd)),)

    @property
    def cycles(self) -> int:
        """One per beat that goes."""
        return self.vectors * sum(self._beats)

    def golden(self, inputs: Sequence[IntArray]) -> list[IntArray]:
        """Of x[i] (batch, ..., channels[i]), int64 (batch, vectors, all channels)."""
        parts = [
            np.asarray(x, dtype=np.int64).reshape(len(x), self.vectors, channels)
            for x, channels in zip(inputs, self.channels, strict=True)
        ]
        return [np.concatenate(parts, axis=-1)]

    def folding_choices(self) -> dict[str, list[int]]:
        """SIMD divides the channels of each input."""
        return {"SIMD": divisors(math.gcd(*self.channels))}

    def resources(self) -> Resources:
        """A choice of an input for each bit, and a register slice."""
        width, inputs = self.output_streams[0].width, len(self.channels)
        chosen = width * -(-(inputs - 1) // 3) if inputs > 2 else width
        bits = sum(self._beats).bit_length()
        compared = inputs * (1 + -(-bits // 6))
        return Resources(lut=chosen + width + 3 * bits + compared, ff=2 * width + 2 * bits + 4)

    def rtl(self, name: str) -> RtlModule:
        """One ``streaming_concat``."""
        bits = [int(datatype.bitwidth()) for datatype in self.input_datatypes]
        same = self.output_datatype.name == "BIPOLAR"
        parameters: dict[str, int | str] = {
            "INPUTS": len(self.channels),
            "SIMD": self.simd,
            "BEATS": vector_parameter(self._beats),
            "IBITS": vector_parameter(bits),
            "IBITS_SUM": sum(bits),
            "SIGNED": flags_parameter([bool(datatype.min() < 0) for datatype in self.input_datatypes]),
            "BIPOLAR": flags_parameter([t.name == "BIPOLAR" and not same for t in self.input_datatypes]),
            "OBITS": int(self.output_datatype.bitwidth()),
        }
        return RtlModule("streaming_concat", parameters)

    @property
    def sources(self) -> tuple[Path, ...]:
        """The skid register, the element, the turns and the module."""
        shared = ("finn_skid", "finn_element", "finn_turns")
        return (*(SHARED / f"{name}.sv" for name in shared), HERE / "streaming_concat.sv")
