"""AMD KV260: the K26 module, a Zynq UltraScale+ with 4 GB of 64-bit DDR4 at 2,400 MT/s.

Half of the memory lies above 4 GiB. The emulated board gives buffers there, so that a driver which
forgets the upper word of an address fails.
Source: the vendor's board file ``k26c`` 1.4 (part, DDR4_2400R, four devices of 8 Gbit, 33.333 MHz) and DS987.
"""

from __future__ import annotations

from finn.boards.base import Board
from finn.boards.memories import DDR4_2400
from finn.boards.parts import XCK26
from finn.boards.processor import PS8

__all__ = ("BOARD",)

BOARD = Board(
    name="KV260",
    part="xck26-sfvc784-2LV-c",
    processor=PS8,
    clk_mhz=100.0,
    reference_mhz=33.333,
    memory=DDR4_2400,
    buffer_base=0x8_4000_0000,
    cma_bytes=128 << 20,
    **XCK26,
)
