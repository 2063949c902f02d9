"""Functions in fixed point as TensorFlow Lite's reference kernels have them.

A fixed-point number of k integer bits is an int32 of 31 - k fractional bits; here all are held as int64. The
exponential is a fourth-order Taylor polynomial around -1/8 times powers exp(-2^n); quotients take three
steps of Newton's method. The constants are those numbers rounded to their 31 bits.
"""

from typing import Any

import numpy as np

__all__ = ("divided", "exponential", "product", "reciprocal", "share_left")

_ONE = 2**31 - 1
_EXP_EIGHTH = 1895147668
_THIRD = 715827883
# exp(-2^n) for n = -2 .. 4, by the bit of the number that stands for 2^n.
_POWERS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
# 48/17 and -32/17 with two integer bits: the line that starts the quotient.
_START, _SLOPE = 1515870810, -1010580540


def product(a: Any, b: Any) -> Any:
    """The upper half of twice a product, rounded half up; integer bits add up."""
    return (a * b + 2**30) >> 31


def divided(a: Any, exponent: Any) -> Any:
    """``a / 2**exponent``, rounded half away from zero."""
    exponent = np.asarray(exponent, dtype=np.int64)
    half = np.left_shift(np.int64(1), exponent) >> 1
    return np.sign(a) * ((np.abs(a) + half) >> exponent)


def _doubled(a: Any, exponent: int) -> Any:
    """``a * 2**exponent``, within 32 bits."""
    return np.clip(a << exponent, -(2**31), _ONE)


def exponential(a: Any, bits: int) -> Any:
    """exp(a) for a <= 0 of ``bits`` integer bits, at most 5, with none."""
    quarter = 2 ** (31 - bits - 2)
    rest = (a & (quarter - 1)) - quarter
    result = _exp_quarter(_doubled(rest, bits))
    remainder = rest - a
    for place, factor in enumerate(_POWERS[: bits + 2]):
        result = np.where(remainder & (quarter << place), product(result, factor), result)
    return np.where(a == 0, _ONE, result)


def _exp_quarter(a: Any) -> Any:
    """exp(a) for a in [-1/4, 0), both of 31 fractional bits."""
    x = a + 2**28
    square = product(x, x)
    cube, fourth = product(square, x), product(square, square)
    series = divided(product(divided(fourth, 2) + cube, _THIRD) + square, 1)
    return _EXP_EIGHTH + product(_EXP_EIGHTH, x + series)


def reciprocal(a: Any) -> Any:
    """1 / (1 + a) for a in [0, 1), both of 31 fractional bits."""
    return _doubled(_twice_reciprocal(a), 1)


def share_left(a: Any) -> Any:
    """(1 - a) / (1 + a) for a in [0, 1), both of 31 fractional bits."""
    return _doubled(_twice_reciprocal(a) - 2**29, 2)


def _twice_reciprocal(a: Any) -> Any:
    """2 / (1 + a) for a in [0, 1) of 31 fractional bits, with 29."""
    total = a + _ONE
    half = (total + 1) >> 1
    x = _START + product(half, _SLOPE)
    for _ in range(3):
        error = 2**29 - product(half, x)
        x = x + _doubled(product(x, error), 2)
    return x
