"""AMD ZCU104: Zynq UltraScale+ ZU7EV, 2 GB of 64-bit DDR4 at 2,133 MT/s on the processor.

Source: the vendor's board file ``zcu104`` 1.1 (part, DDR4_2133P, four devices of 4 Gbit, 33.333333 MHz)
and UG1267.
"""

from __future__ import annotations

from finn.boards.base import Board
from finn.boards.memories import DDR4_2133
from finn.boards.parts import XCZU7EV
from finn.boards.processor import PS8

__all__ = ("BOARD",)

BOARD = Board(
    name="ZCU104",
    part="xczu7ev-ffvc1156-2-e",
    processor=PS8,
    clk_mhz=100.0,
    reference_mhz=33.333333,
    memory=DDR4_2133,
    buffer_base=0x6000_0000,
    cma_bytes=128 << 20,
    **XCZU7EV,
)
