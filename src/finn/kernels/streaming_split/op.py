"""StreamingSplit: vectors divided along the channels over several streams."""

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
    require_divides,
    vector_parameter,
)

__all__ = ("StreamingSplit",)

HERE = Path(__file__).parent
SHARED = HERE.parent / "rtl"


@dataclass(frozen=True)
class StreamingSplit(Kernel):
    """The channels of a vector go to one output after the other.

    Attributes
    ----------
    channels
        Elements of a vector of each output, two outputs or more.
    simd
        Elements in a beat, a divisor of each.
    input_datatype
        Type of an element.
    vectors
        Vectors per frame.
    """

    channels: tuple[int, ...]
    simd: int
    input_datatype: BaseDataType
    vectors: int = 1

    op_type: ClassVar[str] = "StreamingSplit"
    folding_attributes: ClassVar[tuple[str, ...]] = ("SIMD",)

    def __post_init__(self) -> None:
        """Raise FinnError where values do not fit together."""
        if len(self.channels) < 2:
            raise FinnError(
                f"ChannelsPerStream={list(self.channels)} is not possible; give two outputs or more"
            )
        for channels in self.channels:
            require_divides("SIMD", self.simd, "ChannelsPerStream", channels)

    @property
    def _beats(self) -> tuple[int, ...]:
        return tuple(channels // self.simd for channels in self.channels)

    @property
    def input_streams(self) -> tuple[Stream, ...]:
        """(vectors, all channels / SIMD, SIMD)."""
        return (Stream(self.input_datatype, (self.vectors, sum(self._beats), self.simd)),)

    @property
    def output_streams(self) -> tuple[Stream, ...]:
        """Each (vectors, channels / SIMD, SIMD)."""
        return tuple(Stream(self.input_datatype, (self.vectors, beats, self.simd)) for beats in self._beats)

    @property
    def cycles(self) -> int:
        """One per beat that comes."""
        return self.vectors * sum(self._beats)

    def golden(self, inputs: Sequence[IntArray]) -> list[IntArray]:
        """Of x (batch, ..., all channels), int64 (batch, vectors, channels[i])."""
        x = np.asarray(inputs[0], dtype=np.int64).reshape(len(inputs[0]), self.vectors, sum(self.channels))
        return np.split(x, np.cumsum(self.channels)[:-1], axis=-1)

    def folding_choices(self) -> dict[str, list[int]]:
        """SIMD divides the channels of each output."""
        return {"SIMD": divisors(math.gcd(*self.channels))}

    def resources(self) -> Resources:
        """A register slice, and a counter with its comparisons."""
        width, outputs = self.input_streams[0].width, len(self.channels)
        bits = sum(self._beats).bit_length()
        compared = outputs * (2 + 2 * -(-bits // 6))
        return Resources(lut=width + 3 * bits + compared, ff=2 * width + 2 * bits + outputs + 2)

    def rtl(self, name: str) -> RtlModule:
        """One ``streaming_split``."""
        parameters: dict[str, int | str] = {
            "WIDTH": self.input_streams[0].width,
            "OUTPUTS": len(self.channels),
            "BEATS": vector_parameter(self._beats),
        }
        return RtlModule("streaming_split", parameters)

    @property
    def sources(self) -> tuple[Path, ...]:
        """The register slice, the turns and the module."""
        return (SHARED / "finn_fork.sv", SHARED / "finn_turns.sv", HERE / "streaming_split.sv")
