"""Digilent Arty-Z7-20: the part, the memory and the 50 MHz of the PYNQ-Z1.

Source: Digilent's board file ``arty-z7-20`` A.0 (16-bit DDR3 at 525 MHz, 512 MB) and reference manual.
"""

from __future__ import annotations

from dataclasses import replace

from finn.boards.pynq_z1 import BOARD as PYNQ_Z1

__all__ = ("BOARD",)

BOARD = replace(PYNQ_Z1, name="Arty-Z7-20")
