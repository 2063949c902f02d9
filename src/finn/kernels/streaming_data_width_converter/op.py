"""StreamingDataWidthConverter: the same elements in beats of another width."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from qonnx.core.datatype import BaseDataType

from finn.kernels.base import IntArray, Kernel, Resources, RtlModule, Stream, require_divides
from finn.kernels.streaming_data_width_converter.cost import estimate

__all__ = ("StreamingDataWidthConverter",)

HERE = Path(__file__).parent
MODULES = ("width_join", "width_place", "width_gear_up", "width_gear_down", "streaming_data_width_converter")


@dataclass(frozen=True)
class StreamingDataWidthConverter(Kernel):
    """Regroups ``elements`` per frame from beats of ``input_lanes`` to beats of ``output_lanes``.

    Attributes
    ----------
    datatype
        Type of an element.
    elements
        Elements in a frame.
    input_lanes, output_lanes
        Elements in a beat; both divide ``elements``, in any ratio to each other.
    """

    datatype: BaseDataType
    elements: int
    input_lanes: int
    output_lanes: int

    op_type: ClassVar[str] = "StreamingDataWidthConverter"

    def __post_init__(self) -> None:
        require_divides("input_lanes", self.input_lanes, "elements", self.elements)
        require_divides("output_lanes", self.output_lanes, "elements", self.elements)

    def _stream(self, lanes: int) -> Stream:
        return Stream(self.datatype, (self.elements // lanes, lanes))

    @property
    def input_streams(self) -> tuple[Stream, ...]:
        return (self._stream(self.input_lanes),)

    @property
    def output_streams(self) -> tuple[Stream, ...]:
        return (self._stream(self.output_lanes),)

    @property
    def cycles(self) -> int:
        return max(self.input_streams[0].beats, self.output_streams[0].beats)

    def golden(self, inputs: Sequence[IntArray]) -> list[IntArray]:
        """The values as they are: the conversion changes beats, not elements."""
        return [inputs[0].copy()]

    def _atoms(self) -> tuple[int, int, int]:
        """Bits of the largest part that is never divided; how many make an input and an output beat."""
        common = math.gcd(self.input_lanes, self.output_lanes)
        bits = common * int(self.datatype.bitwidth())
        return bits, self.input_lanes // common, self.output_lanes // common

    def resources(self) -> Resources:
        """Calibrated on Yosys netlists of the RTL."""
        return estimate(*self._atoms())

    def rtl(self, name: str) -> RtlModule:
        bits, taken, given = self._atoms()
        parameters: dict[str, int | str] = {"ATOM": bits, "TAKEN": taken, "GIVEN": given}
        return RtlModule("streaming_data_width_converter", parameters)

    @property
    def sources(self) -> tuple[Path, ...]:
        shifters = (HERE.parent / "rtl" / f"{name}.sv" for name in ("finn_window", "finn_window_pipe"))
        return (*shifters, *(HERE / f"{module}.sv" for module in MODULES))
