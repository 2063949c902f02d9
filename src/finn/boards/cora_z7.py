"""Digilent Cora Z7: the memory and the 50 MHz of the PYNQ-Z1 with the two smallest parts.

Source: Digilent's board files ``cora-z7-07s`` and ``cora-z7-10`` B.0 (16-bit DDR3 at 525 MHz, 512 MB)
and reference manual.
"""

from __future__ import annotations

from dataclasses import replace

from finn.boards.parts import XC7Z007S, XC7Z010
from finn.boards.pynq_z1 import BOARD as PYNQ_Z1

__all__ = ("CORA_Z7_07S", "CORA_Z7_10")

CORA_Z7_07S = replace(PYNQ_Z1, name="Cora-Z7-07S", part="xc7z007sclg400-1", **XC7Z007S)
CORA_Z7_10 = replace(PYNQ_Z1, name="Cora-Z7-10", part="xc7z010clg400-1", **XC7Z010)
