"""The ring of `finn_read_ring`: where its beats are kept, and what that costs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from finn.errors import FinnError
from finn.kernels.base import Resources
from finn.kernels.block_ram import LUTS_WORTH_A_BRAM18, halves_of_block_ram

__all__ = ("RAM_STYLES", "READ_TO_WRITE", "WRITE_TO_READ", "ReadRing", "require_ram_style")

RAM_STYLES = ("auto", "distributed", "block")
# Cycles from a write to the first read of the word, and from the read with which a place is given back to the
# first write into it.
WRITE_TO_READ = 2
READ_TO_WRITE = 2
# A RAM64M holds 3 bits x 64 in four LUTs, a RAM32M 6 bits x 32.
LUTRAM_DEPTH = 64


def require_ram_style(ram_style: str) -> None:
    """Raise FinnError unless it is one of `RAM_STYLES`."""
    if ram_style not in RAM_STYLES:
        raise FinnError(f"ram_style {ram_style} is unknown; possible are {', '.join(RAM_STYLES)}")


@dataclass(frozen=True)
class ReadRing:
    """``depth`` beats of ``width`` bits, read in any order.

    ``ram_style`` says where: ``auto``, ``distributed`` (LUTs) or ``block`` (RAM).
    """

    depth: int
    width: int
    ram_style: str

    @property
    def in_block(self) -> bool:
        """Whether it is block RAM."""
        if self.ram_style != "auto":
            return self.ram_style == "block"
        halves = halves_of_block_ram(self.depth, self.width)
        return self.depth > LUTRAM_DEPTH and self._lutram() > LUTS_WORTH_A_BRAM18 * halves

    def _lutram(self) -> int:
        if self.depth <= LUTRAM_DEPTH // 2:
            return 4 * math.ceil(self.width / 6)
        return 4 * math.ceil(self.width / 3) * math.ceil(self.depth / LUTRAM_DEPTH)

    def memory(self) -> Resources:
        """Block RAM, or LUTs and the word that was read."""
        if self.in_block:
            return Resources(bram18=halves_of_block_ram(self.depth, self.width))
        return Resources(lut=self._lutram(), lutram=self._lutram(), ff=self.width)

    @staticmethod
    def control(count: int) -> Resources:
        """The two counters of ``count`` bits, and the reader."""
        return Resources(lut=3 * count + 25, ff=4 * count + 15, carry4=6 * math.ceil(count / 4))
