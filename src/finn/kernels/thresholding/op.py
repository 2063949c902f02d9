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
from finn.kernels.thresholding.operand import Operand
from finn.kernels.thresholding.search import Search, check_thresholds, count_reached, offset_of

__all__ = ("CORE_SOURCES", "Thresholding")

_HERE = Path(__file__).parent
_CORE = ("pipeline_delay", "const_rom", "threshold_stage", "threshold_core")
_SHARED = tuple(_HERE.parent / "rtl" / f"{name}.sv" for name in ("finn_skid", "finn_carry", "finn_fold"))
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
            "THRESHOLDS": core.pop("FILE"),
            **core,
        }
        return RtlModule("thresholding", parameters, search.memories(f"{name}_thresholds"))

    def _search(self, operand: Operand) -> Search:
        codes = operand.first_code(self.thresholds)
        return Search.of(codes, self.flip, self.pe, operand.largest)

    def resources(self) -> Resources:
        """The search, and registers at both ends."""
        operand = Operand.of(self.input_datatype, MAX_SUM_BITS)
        output_bits = self.pe * int(self.output_datatype.bitwidth())
        # An inverter for each sign.
        ends = Resources(
            lut=output_bits + 6 + self.pe * operand.signed, ff=self.pe * operand.bits + 2 * output_bits + 8
        )
        return self._search(operand).resources() + ends
