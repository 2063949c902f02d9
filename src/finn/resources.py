"""What a design takes of a part."""

from __future__ import annotations

from dataclasses import dataclass, fields

__all__ = ("Resources",)


@dataclass(frozen=True)
class Resources:
    """In units of a 7-series part, estimated or counted.

    Attributes
    ----------
    lut, lutram
        LUTs, those used as memory or shift register among them; and the latter alone.
    ff, carry4, dsp
        Flip-flops, CARRY4, DSP48E1.
    bram18
        RAMB18E1; a RAMB36E1 counts as two.
    """

    lut: int = 0
    lutram: int = 0
    ff: int = 0
    carry4: int = 0
    bram18: int = 0
    dsp: int = 0

    def __add__(self, other: Resources) -> Resources:
        return Resources(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def __rmul__(self, count: int) -> Resources:
        return Resources(*(count * getattr(self, f.name) for f in fields(self)))
