"""Digilent PYNQ-Z1: Zynq-7020, 512 MB of 16-bit DDR3 at 525 MHz.

Source: Digilent's reference manual of the board.
"""

from __future__ import annotations

from finn.boards.base import Board
from finn.boards.memories import DDR3_16
from finn.boards.parts import XC7Z020
from finn.boards.processor import PS7

__all__ = ("BOARD",)

BOARD = Board(
    name="Pynq-Z1",
    part="xc7z020clg400-1",
    processor=PS7,
    clk_mhz=100.0,
    reference_mhz=50.0,
    memory=DDR3_16,
    buffer_base=0x1600_0000,
    cma_bytes=128 << 20,
    **XC7Z020,
)
