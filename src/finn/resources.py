"""What a design takes of a part."""

from __future__ import annotations

from dataclasses import dataclass

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
        # Foldings are compared by hundreds of thousands of such sums: no loop over the fields.
        return Resources(
            self.lut + other.lut,
            self.lutram + other.lutram,
            self.ff + other.ff,
            self.carry4 + other.carry4,
            self.bram18 + other.bram18,
            self.dsp + other.dsp,
        )

    def __rmul__(self, count: int) -> Resources:
        return Resources(
            count * self.lut,
            count * self.lutram,
            count * self.ff,
            count * self.carry4,
            count * self.bram18,
            count * self.dsp,
        )
