"""Avnet Ultra96-V2: Zynq UltraScale+ ZU3EG, 2 GB of 32-bit LPDDR4 at 1,066 MT/s.

Source: Avnet's board file ``ultra96v2`` 1.2 (part, LPDDR4_1066, 16 Gbit, 33.333333 MHz).
"""

from __future__ import annotations

from finn.boards.base import Board
from finn.boards.memories import LPDDR4_1066
from finn.boards.parts import XCZU3EG
from finn.boards.processor import PS8

__all__ = ("BOARD",)

BOARD = Board(
    name="Ultra96-V2",
    part="xczu3eg-sbva484-1-i",
    processor=PS8,
    clk_mhz=100.0,
    reference_mhz=33.333333,
    memory=LPDDR4_1066,
    buffer_base=0x6000_0000,
    cma_bytes=128 << 20,
    **XCZU3EG,
)
