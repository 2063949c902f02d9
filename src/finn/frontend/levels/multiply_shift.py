"""Thresholds that lie on a line: the multiplication, addition and shift that give the same levels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ("MultiplyShift", "multiply_shift")

Integers = NDArray[np.int64]
# Beyond this the products no longer fit 63 bits.
_MOST_SHIFT = 40
_MOST_BITS = 61
# Where halving ends, of a slope and in all: doubles have no more, and no accumulator sees less.
_FINEST, _FLATTEST = 2.0**-50, 2.0**-80


@dataclass(frozen=True)
class MultiplyShift:
    """``level = clip((x * multiplier + offset) >> shift, 0, steps)``, multiplier and offset per channel.

    With ``round_even`` a level that comes to an odd result of a sum that the shift leaves whole is one less.
    """

    multipliers: Integers
    offsets: Integers
    shift: int
    round_even: bool = False


@dataclass(frozen=True)
class _Corners:
    """What a line must pass: at ``reached`` it has come to a level, at ``missed`` not yet; (channels, steps).

    Where a mask is not set the accumulator's range decides nothing.
    """

    reached: Integers
    is_reached: NDArray[np.bool_]
    missed: Integers
    is_missed: NDArray[np.bool_]
    levels: Integers
    # 1 for levels that a line has not come to where it just meets them.
    beyond: Integers | int = 0

    @classmethod
    def of(cls, thresholds: Integers, low: Integers, high: Integers) -> _Corners:
        """For accumulators from ``low`` to ``high``, (channels, 1)."""
        levels = np.arange(1, thresholds.shape[1] + 1)
        reached, missed = np.maximum(thresholds, low), np.minimum(thresholds, high + 1) - 1
        return cls(reached, thresholds <= high, missed, thresholds > low, levels)

    def to_even(self, offset: int) -> _Corners:
        """With halves rounded to the even result; ``offset`` is that of the lowest level."""
        return replace(self, beyond=(self.levels + offset) % 2)

    def offsets(self, multipliers: Integers, shift: int) -> tuple[Integers, Integers]:
        """The least and the greatest offset of each channel with which a line passes; (channels,)."""
        column, scaled = multipliers[:, None], (self.levels << shift) + self.beyond
        far = np.iinfo(np.int64).max // 2
        least = np.where(self.is_reached, scaled - column * self.reached, -far).max(axis=1)
        most = np.where(self.is_missed, scaled - 1 - column * self.missed, far).min(axis=1)
        # Of a channel that is always at one end any offset beyond the other bound will do.
        least, most = np.where(least == -far, most, least), np.where(most == far, least, most)
        return least, most

    def pass_for(self, multipliers: Integers, shift: int) -> NDArray[np.bool_]:
        """Whether there is an offset with which a channel's line passes; (channels,)."""
        least, most = self.offsets(multipliers, shift)
        return np.asarray(least <= most)

    def slopes(self) -> NDArray[np.float64]:
        """Levels per accumulator unit with the most room on both sides; (channels,)."""
        below = np.zeros(len(self.reached))
        above = np.full(len(self.reached), float(len(self.levels) + 1))
        while np.any(above - below > np.maximum(_FINEST * above, _FLATTEST)):
            middle = (below + above) / 2
            rises = self._room_rises(middle)
            below, above = np.where(rises, middle, below), np.where(rises, above, middle)
        return np.asarray((below + above) / 2)

    def _room_rises(self, slopes: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether there is more room at a steeper slope: the room is a concave function of it."""
        column, rows = slopes[:, None], np.arange(len(slopes))
        least = np.where(self.is_reached, self.levels - column * self.reached, -np.inf).argmax(axis=1)
        most = np.where(self.is_missed, self.levels - column * self.missed, np.inf).argmin(axis=1)
        return np.asarray(self.reached[rows, least] > self.missed[rows, most])


def multiply_shift(
    thresholds: Integers, flip: tuple[int, ...], low: Integers, high: Integers, offset: int = 0
) -> MultiplyShift | None:
    """The narrowest multipliers that give exactly the levels of thresholds, or None where there are none.

    Parameters
    ----------
    thresholds
        (channels or 1, steps), ascending; ``level`` is the number of those that x reaches.
    flip
        One 0/1 per channel, or empty: where set, ``level`` is the number of those that x does not reach.
    low, high
        Of the accumulator, (channels,) or (1,): outside of them levels may be any.
    offset
        The result at the lowest level: tells which levels are even.
    """
    flips = np.asarray(flip if flip else [0], dtype=bool)
    channels = max(len(thresholds), len(flips), low.size)
    rows = np.broadcast_to(thresholds, (channels, thresholds.shape[1]))
    low, high = (np.broadcast_to(bound, (channels,))[:, None] for bound in (low, high))
    falls = np.broadcast_to(flips, (channels,))[:, None]
    # A falling channel is a rising one of -x.
    rising = np.where(falls, 1 - rows[:, ::-1], rows)
    corners = _Corners.of(rising, np.where(falls, -high, low), np.where(falls, -low, high))
    bits = int(np.abs([low, high]).max()).bit_length()
    slopes = corners.slopes()
    found = _narrowest(corners, slopes, bits) or _narrowest(corners.to_even(offset), slopes, bits)
    if found is None:
        return None
    return replace(found, multipliers=np.where(falls[:, 0], -found.multipliers, found.multipliers))


def _narrowest(corners: _Corners, slopes: NDArray[np.float64], bits: int) -> MultiplyShift | None:
    for shift in range(_MOST_SHIFT):
        scaled = slopes * 2.0**shift
        if int(scaled.max()).bit_length() + bits > _MOST_BITS:
            return None
        below, above = (rounded(scaled).astype(np.int64) for rounded in (np.floor, np.ceil))
        fits = corners.pass_for(below, shift)
        if np.all(fits | corners.pass_for(above, shift)):
            multipliers = _least(corners, np.where(fits, below, above), shift)
            offsets = corners.offsets(multipliers, shift)[0]
            return MultiplyShift(multipliers, offsets, shift, bool(np.any(corners.beyond)) and shift > 0)
    return None


def _least(corners: _Corners, multipliers: Integers, shift: int) -> Integers:
    """The least multiplier of each channel: those with which a line passes are next to each other."""
    below, above = np.full_like(multipliers, -1), multipliers
    while np.any(above - below > 1):
        # Of a channel that is settled the multiplier itself.
        middle = (below + above + 1) // 2
        fits = corners.pass_for(middle, shift)
        below, above = np.where(fits, below, middle), np.where(fits, middle, above)
    return above
