"""How rows share a DSP48E1: the spacing of their weights, and what their sums need to come apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from qonnx.core.datatype import BaseDataType

from finn.kernels.base import IntArray
from finn.kernels.remembered import extremes

__all__ = ("Packing",)

_LEAST_BITS, _MOST_BITS = 4, 8
# Reach of the multiplier's port that takes the weights, two's complement of 25 bits (Xilinx UG479).
_REACH = 1 << 24
_MOST_ROWS = 4
# Multipliers in a cascade: a third one would need its operands two cycles later.
_CHAIN = 2
# Knowing more of the lowest bits of each sum costs more LUTs than packing saves.
_MOST_OVER = 2


@dataclass(frozen=True)
class Packing:
    """One arrangement; parameters of ``mvau_packed``, whose header explains them.

    A cascade sums ``chain`` products of each of ``rows`` rows, ``bias`` added: 0 to ``largest``. Fields
    are ``spacing`` bits apart, the last one at ``top``; what runs over from one into the next is less
    than 2**``over``, into the last one less than 2**``overtop``.
    """

    rows: int
    spacing: int
    top: int
    chain: int
    over: int
    overtop: int
    bias: int
    largest: int

    @classmethod
    def supports(cls, inputs: BaseDataType, weights: BaseDataType) -> bool:
        """Whether both operands are integers of 4 to 8 bits."""
        return all(t.is_integer() and _LEAST_BITS <= t.bitwidth() <= _MOST_BITS for t in (inputs, weights))

    @classmethod
    def of(cls, input_bits: int, weights: IntArray, pe: int, simd: int) -> Packing:
        """The fewest multipliers; among those the fewest rows in one, then the longest cascade."""
        return cls._least(input_bits, extremes(weights, None), pe, min(_CHAIN, simd))

    @classmethod
    @lru_cache(maxsize=2**12)
    def _least(cls, input_bits: int, reach: tuple[int, int], pe: int, longest: int) -> Packing:
        """The same for weights of that reach and cascades of at most so many multipliers."""
        rows = (-(-pe // groups) for groups in range(-(-pe // _MOST_ROWS), pe + 1))
        choices = product(rows, range(longest, 0, -1))
        made = (cls._made(input_bits, reach, *choice) for choice in choices)
        return next(packing for packing in made if packing is not None)

    @classmethod
    def _made(cls, input_bits: int, reach: tuple[int, int], rows: int, chain: int) -> Packing | None:
        """The arrangement, or None if sums run over by more than can be known."""
        half = 1 << (input_bits - 1)
        corners = [x * w for x in (-half, half - 1) for w in reach]
        step = 1 << _MOST_OVER
        bias = -(min(*corners, 0) * chain // step) * step
        largest = bias + chain * max(*corners, 0)
        top = _last_place(rows, reach)
        spacing = -(-top // max(rows - 1, 1))
        over = _bits_over(largest, spacing) if rows > 2 else 0
        overtop = _bits_over(largest, top - spacing * (rows - 2)) if rows > 1 else 0
        if over is None or overtop is None:
            return None
        return cls(rows, spacing, top, chain, over, overtop, bias, largest)

    def over_of(self, row: int, rows: int) -> int:
        """Bits of what runs over into ``row`` of ``rows`` from the one below."""
        if row in (0, rows):
            return 0
        return self.overtop if row == self.rows - 1 else self.over

    def gap_above(self, row: int, rows: int) -> int:
        """Bits from the field of ``row`` of ``rows`` to the next."""
        return self.top - row * self.spacing if row == self.rows - 2 and rows == self.rows else self.spacing

    def multipliers(self, pe: int, simd: int) -> int:
        """DSP48E1 for ``pe`` rows of ``simd`` products."""
        return -(-pe // self.rows) * simd

    def bias_of(self, products: int, simd: int) -> int:
        """What the sum of so many products, ``simd`` at a time, holds besides."""
        return products // simd * -(-simd // self.chain) * self.bias

    def largest_beat(self, simd: int) -> int:
        """The largest sum of ``simd`` products, whatever the weights."""
        return self.bias_of(simd, simd) + simd * ((self.largest - self.bias) // self.chain)


def _last_place(rows: int, reach: tuple[int, int]) -> int:
    """The highest place of the last row at which weights of all rows still fit the port."""
    low, high = min(reach[0], 0), max(reach[1], 0)
    for top in range(24, 0, -1):
        spacing = -(-top // max(rows - 1, 1))
        unit = sum(1 << (spacing * r) for r in range(rows - 1)) + (1 << top)
        if low * unit >= -_REACH and high * unit < _REACH:
            return top if rows > 1 else 0
    raise AssertionError("weights of at most 8 bits fit")


def _bits_over(largest: int, gap: int) -> int | None:
    """Bits of what a sum of at most ``largest``, others run over into it, runs over; None if too many."""
    fitting = (k for k in range(_MOST_OVER + 1) if (largest + (1 << _MOST_OVER) - 1) >> gap < 1 << k)
    return next(fitting, None)
