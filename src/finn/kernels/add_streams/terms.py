"""Constant factors as sums of powers of two: what adders without multipliers need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

__all__ = ("Node", "Term", "adder_levels", "terms_of")


@dataclass(frozen=True)
class Term:
    """One input, shifted and added or subtracted.

    Attributes
    ----------
    source
        Number of the input.
    shift
        Places to the left.
    minus
        Whether it is subtracted.
    """

    source: int
    shift: int
    minus: bool


def terms_of(scales: Sequence[int]) -> list[Term]:
    """The terms of sum(scales[i] * x[i]), in the order of inputs, then of places.

    Each factor in its canonical signed digits, of which no form has fewer that are not zero: those of
    n are where n and 3n differ, one place up (Reitwiesner 1960).
    """
    return [term for source, scale in enumerate(scales) for term in _digits(source, scale)]


def _digits(source: int, scale: int) -> list[Term]:
    size = abs(scale)
    added, subtracted = (3 * size & ~size) >> 1, (size & ~(3 * size)) >> 1
    places = [place for place in range(size.bit_length() + 1) if (added | subtracted) >> place & 1]
    return [Term(source, place, (scale < 0) != bool(subtracted >> place & 1)) for place in places]


@dataclass(frozen=True)
class Node:
    """What comes out of one adder, or of a term.

    Attributes
    ----------
    width
        Bits.
    zeros
        The lowest of them, which are always zero.
    minus
        Whether all that is in it is subtracted.
    signed
        Whether it can be negative.
    added
        Bits of the adder; 0 where there is none.
    """

    width: int
    zeros: int
    minus: bool = False
    signed: bool = False
    added: int = 0


def adder_levels(terms: Sequence[Node], most: int) -> list[list[Node]]:
    """The levels of adders over ``terms``, as ``add_lane`` has them; no node has more than ``most`` bits."""
    levels, below = [], list(terms)
    while len(below) > 1:
        pairs = zip(below[::2], below[1::2], strict=False)
        level = [_sum(first, second, most) for first, second in pairs]
        if len(below) % 2:
            level.append(replace(below[-1], width=min(below[-1].width + 1, most), added=0))
        levels.append(level)
        below = level
    return levels


def _sum(first: Node, second: Node, most: int) -> Node:
    widest, narrowest = max(first.width, second.width), min(first.width, second.width)
    # Below the lowest place of what is added, or subtracted, bits only pass.
    passed = max(first.zeros, second.zeros)
    if first.minus != second.minus:
        passed = first.zeros if first.minus else second.zeros
    signed = first.signed or second.signed or first.minus != second.minus
    return Node(
        width=min(widest + 1, most),
        zeros=min(first.zeros, second.zeros),
        minus=first.minus and second.minus,
        signed=signed,
        # Above an unsigned number the carry alone is added to the other one, without a LUT.
        added=max(min(widest if signed else narrowest, most) - passed, 0),
    )
