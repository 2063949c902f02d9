"""Thresholding: counts, per channel, the thresholds that an element reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from qonnx.core.datatype import BaseDataType

from finn.kernels.base import MAX_SUM_BITS, IntArray, Resources, RtlModule, require_divides
from finn.kernels.elementwise import Elementwise
from finn.kernels.room import room_resources
from finn.kernels.thresholding.operand import Operand
from finn.kernels.thresholding.search import Search, check_thresholds, count_reached, offset_of

__all__ = ("CORE_SOURCES", "Thresholding")

_HERE = Path(__file__).parent
_CORE = ("pipeline_delay", "const_rom", "threshold_stage", "threshold_core")
_RTL = ("finn_skid", "finn_srl", "finn_room", "finn_carry", "finn_fold")
_SHARED = tuple(_HERE.parent / "rtl" / f"{name}.sv" for name in _RTL)
CORE_SOURCES = (*_SHARED, *(_HERE / f"{name}.sv" for name in _CORE))


@dataclass(frozen=True, eq=False)
class Thresholding(Elementwise):
    """Output = activation_offset + (number of thresholds t of the channel with x >= t).

    Where ``flip`` is 1, the number of those with x < t. A BIPOLAR output is 2 * count - 1.

    Attributes
    ----------
    channels, pe
        Elements of a vector, and of a beat.
    thresholds
        (channels, L) or (1, L), ascending.
    flip
        One 0/1 per channel, or empty.
    vectors
        Vectors per frame.
    """

    op_type: ClassVar[str] = "Thresholding"

    channels: int
    pe: int
    thresholds: IntArray
    input_datatype: BaseDataType
    output_datatype: BaseDataType
    activation_offset: int = 0
    flip: tuple[int, ...] = ()
    vectors: int = 1

    def __post_init__(self) -> None:
        """Raise FinnError where values do not fit together."""
        require_divides("PE", self.pe, "NumChannels", self.channels)
        Operand.of(self.input_datatype, MAX_SUM_BITS)
        check_thresholds(
            self.thresholds, self.channels, self.flip, self.output_datatype, self.activation_offset
        )

    def golden(self, inputs: Sequence[IntArray]) -> list[IntArray]:
        """Of x (batch, ..., channels), int64 of the same shape."""
        x = np.asarray(inputs[0], dtype=np.int64)
        return [count_reached(x, self.thresholds, self.flip, self.output_datatype, self.activation_offset)]

    @property
    def sources(self) -> tuple[Path, ...]:
        """The search, shared with MVAU, and its wrapper."""
        return (*CORE_SOURCES, _HERE / "thresholding.sv")

    def rtl(self, name: str) -> RtlModule:
        """One ``thresholding``; memories are ``<name>_thresholds_<stage>_<lane>.mem``."""
        operand = Operand.of(self.input_datatype, MAX_SUM_BITS)
        search = self._search(operand)
        core = search.parameters(f"{name}_thresholds")
        parameters: dict[str, int | str] = {
            "PE": self.pe,
            "IBITS": operand.bits,
            "ISIGNED": int(operand.signed),
            "OFFSET": offset_of(self.output_datatype, self.activation_offset),
            "OBITS": int(self.output_datatype.bitwidth()),
            "CYCLES": self.latency,
            "THRESHOLDS": core.pop("FILE"),
            **core,
        }
        return RtlModule("thresholding", parameters, search.memories(f"{name}_thresholds"))

    @property
    def latency(self) -> int:
        """Cycles from a beat to what comes of it, before the room: a register, and the search."""
        offset = offset_of(self.output_datatype, self.activation_offset)
        return 1 + self._search(Operand.of(self.input_datatype, MAX_SUM_BITS)).latency(offset)

    def _search(self, operand: Operand) -> Search:
        codes = operand.first_code(self.thresholds)
        return Search.of(codes, self.flip, self.pe, operand.largest)

    def resources(self) -> Resources:
        """A register, the search, and the room."""
        operand = Operand.of(self.input_datatype, MAX_SUM_BITS)
        room = room_resources(self.pe * int(self.output_datatype.bitwidth()), self.latency)
        return self._search(operand).resources() + Resources(ff=self.pe * operand.bits + 2) + room
