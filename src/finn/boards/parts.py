"""Resources of the parts: LUTs, flip-flops, half block RAMs, DSP slices.

Sources: DS190 (Zynq-7000 overview), DS891 (Zynq UltraScale+ overview), DS987 (K26 module).
"""

from __future__ import annotations

from typing import TypedDict

__all__ = ("XC7Z007S", "XC7Z010", "XC7Z020", "XCK26", "XCZU3EG", "XCZU7EV", "Resources")


class Resources(TypedDict):
    """What a part has, named as in :class:`finn.boards.base.Board`."""

    luts: int
    ffs: int
    bram18: int
    dsps: int


XC7Z007S = Resources(luts=14_400, ffs=28_800, bram18=100, dsps=66)
XC7Z010 = Resources(luts=17_600, ffs=35_200, bram18=120, dsps=80)
XC7Z020 = Resources(luts=53_200, ffs=106_400, bram18=280, dsps=220)
XCZU3EG = Resources(luts=70_560, ffs=141_120, bram18=432, dsps=360)
XCZU7EV = Resources(luts=230_400, ffs=460_800, bram18=624, dsps=1_728)
XCK26 = Resources(luts=117_120, ffs=234_240, bram18=288, dsps=1_248)
