"""Avnet and Digilent ZedBoard: Zynq-7020 in its 484-ball package, 512 MB of 32-bit DDR3 at 533 MHz.

The processor's reference is 33.33 MHz, where ``pynq`` reckons with 50 MHz.
Source: Avnet's ZedBoard Hardware User's Guide, sections 2.2 (memory) and 2.6 (clock sources).
"""

from __future__ import annotations

from dataclasses import replace

from finn.boards.memories import DDR3_32
from finn.boards.pynq_z1 import BOARD as PYNQ_Z1

__all__ = ("BOARD",)

BOARD = replace(PYNQ_Z1, name="ZedBoard", part="xc7z020clg484-1", reference_mhz=33.333333, memory=DDR3_32)
