"""Digilent Zybo-Z7-20: Zynq-7020, 1 GB of 32-bit DDR3L at 533 MHz.

The processor's reference is 33.33 MHz, where ``pynq`` reckons with 50 MHz.
Source: Digilent's board file ``zybo-z7-20`` A.0 (two devices of 4 Gbit) and reference manual.
"""

from __future__ import annotations

from dataclasses import replace

from finn.boards.memories import DDR3_32
from finn.boards.pynq_z1 import BOARD as PYNQ_Z1

__all__ = ("BOARD",)

BOARD = replace(
    PYNQ_Z1,
    name="Zybo-Z7-20",
    reference_mhz=33.333333,
    # tRFC of 4 Gbit devices: 260 ns.
    memory=replace(DDR3_32, size=1 << 30, refresh_stall=26),
)
