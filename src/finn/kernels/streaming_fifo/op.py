"""StreamingFIFO: a first-in first-out buffer between two layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from qonnx.core.datatype import BaseDataType

from finn.errors import FinnError
from finn.kernels.base import IntArray, Kernel, Resources, RtlModule, Stream

__all__ = ("StreamingFIFO",)

HERE = Path(__file__).parent
SHARED = HERE.parent / "rtl"
RAM_STYLES = ("auto", "distributed", "block")
REGISTER_DEPTH = 2
# A RAM32M holds 6 bits x 32 in 4 LUTs, a RAM64M 3 bits x 64; a RAMB18 is worth about 150 LUTs of a
# 7-series part: the Zynq-7020 has 190 LUTs for each.
LUTRAM_DEPTH = 64
LUTS_WORTH_A_BRAM18 = 150
# Of the two 32-bit counts for ``maxcount``.
COUNTING = Resources(lut=57, ff=64, carry4=11)
# Width of a RAMB18 as simple dual port, by depth.
BRAM18_SHAPES = ((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1))


@dataclass(frozen=True)
class StreamingFIFO(Kernel):
    """Holds at least ``depth`` beats; every port is registered.

    Attributes
    ----------
    datatype
        Type of an element.
    folded_shape
        Shape of one frame as it is streamed.
    depth
        Beats; up to 2 are held in registers.
    ram_style
        "distributed" (LUTs), "block" (block RAM) or "auto".
    count_occupancy
        Whether the port ``maxcount`` gives the largest number of beats held since reset.
    """

    datatype: BaseDataType
    folded_shape: tuple[int, ...]
    depth: int
    ram_style: str = "auto"
    count_occupancy: bool = False

    op_type: ClassVar[str] = "StreamingFIFO"

    def __post_init__(self) -> None:
        if self.depth < 1:
            raise FinnError(f"depth={self.depth} of a FIFO is not possible; it must be at least 1")
        if self.ram_style not in RAM_STYLES:
            choices = ", ".join(RAM_STYLES)
            raise FinnError(f"ram_style={self.ram_style} of a FIFO is unknown; possible are {choices}")

    @property
    def input_streams(self) -> tuple[Stream, ...]:
        return (Stream(self.datatype, self.folded_shape),)

    @property
    def output_streams(self) -> tuple[Stream, ...]:
        return self.input_streams

    @property
    def cycles(self) -> int:
        return self.input_streams[0].beats

    def golden(self, inputs: Sequence[IntArray]) -> list[IntArray]:
        """The values as they are."""
        return [inputs[0].copy()]

    @property
    def storage(self) -> str:
        """Where the beats are: "registers", "distributed" or "block"."""
        if self.depth <= REGISTER_DEPTH:
            return "registers"
        if self.ram_style != "auto":
            return self.ram_style
        worth = LUTS_WORTH_A_BRAM18 * self._bram18()
        deep = self.depth > LUTRAM_DEPTH and self._lutram() + self._choice() > worth
        return "block" if deep else "distributed"

    def resources(self) -> Resources:
        """From the shapes of the memories; the rest is calibrated on Yosys netlists of the RTL."""
        width = self.input_streams[0].width
        if self.storage == "registers":
            return Resources(lut=width + 4, ff=2 * width + 3)
        bits = (self._places() - 1).bit_length()
        carry = 4 * math.ceil(bits / 4) if bits > 2 else 0
        control = Resources(lut=3 * bits + 4, ff=width + 3 * bits + 4, carry4=carry)
        if self.count_occupancy:
            control += COUNTING
        if self.storage == "block":
            return control + Resources(bram18=self._bram18())
        luts = self._lutram()
        return control + Resources(lut=luts + self._choice(), lutram=luts)

    def _places(self) -> int:
        return 1 << math.ceil(math.log2(self.depth))

    def _lutram(self) -> int:
        width, places = self.input_streams[0].width, self._places()
        if places <= LUTRAM_DEPTH // 2:
            return 4 * math.ceil(width / 6)
        return 4 * math.ceil(width / 3) * (places // LUTRAM_DEPTH)

    def _choice(self) -> int:
        """LUTs that choose between banks of memory: a LUT6 for every three beyond the first, for each bit."""
        banks = math.ceil(self._places() / LUTRAM_DEPTH)
        return int(self.input_streams[0].width) * math.ceil((banks - 1) / 3)

    def _bram18(self) -> int:
        width, places = self.input_streams[0].width, self._places()
        return min(math.ceil(places / deep) * math.ceil(width / wide) for deep, wide in BRAM18_SHAPES)

    def rtl(self, name: str) -> RtlModule:
        parameters: dict[str, int | str] = {
            "WIDTH": self.input_streams[0].width,
            "DEPTH": self.depth,
            "RAM_STYLE": self.storage,
            "COUNT_OCCUPANCY": int(self.count_occupancy),
        }
        return RtlModule("streaming_fifo", parameters)

    @property
    def sources(self) -> tuple[Path, ...]:
        return (SHARED / "finn_skid.sv", HERE / "fifo_ring.sv", HERE / "streaming_fifo.sv")
