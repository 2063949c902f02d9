"""TensorFlow Lite's reference ``SOFTMAX`` of int8 in fixed point, result on a scale of 1/256 from -128.

A fixed-point number of k integer bits is an int32 of 31 - k fractional bits; here all are held as int64. The
exponential is a fourth-order Taylor polynomial around -1/8 times powers exp(-2^n); the reciprocal takes three
steps of Newton's method. The constants are those numbers rounded to their 31 bits.
"""

from typing import Any, Dict

import numpy as np

from .requantise import scaled

__all__ = ("integer_softmax",)

_ONE = 2**31 - 1
_DIFFERENCE_BITS = 5
_SUM_BITS = 12
_QUARTER = 2 ** (31 - _DIFFERENCE_BITS - 2)
_EXP_EIGHTH = 1895147668
_THIRD = 715827883
# exp(-2^n) for n = -2 .. 4, by the bit of the difference that stands for 2^n.
_POWERS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
# 48/17 and -32/17 with two integer bits: the line that starts the reciprocal.
_START, _SLOPE = 1515870810, -1010580540


def integer_softmax(x: Any, attributes: Dict[str, Any]) -> Any:
    """``IntegerSoftmax`` over the last axis.

    ``multiplier`` and ``shift`` bring differences of inputs to 26 fractional bits; those below ``least``
    count as minus infinity.
    """
    values = np.rint(x).astype(np.int64)
    difference = values - values.max(axis=-1, keepdims=True)
    counted = difference >= attributes["least"]
    fixed = scaled(np.where(counted, difference, 0), attributes["multiplier"], attributes["shift"])
    powers = np.where(counted, _exp(fixed), 0)
    total = _divided(powers, _SUM_BITS).sum(axis=-1, keepdims=True)
    # 2^(31 - headroom) is the power of two above the sum.
    headroom = 31 - np.floor(np.log2(total)).astype(np.int64)
    reciprocal = _reciprocal(np.left_shift(total, headroom) - 2**31)
    result = _divided(_product(reciprocal, powers), _SUM_BITS - headroom + 31 - 8) - 128
    return np.where(counted, np.clip(result, -128, 127), -128).astype(x.dtype)


def _product(a: Any, b: Any) -> Any:
    """The upper half of twice a product, rounded half up; integer bits add up."""
    return (a * b + 2**30) >> 31


def _divided(a: Any, exponent: Any) -> Any:
    """``a / 2**exponent``, rounded half away from zero."""
    exponent = np.asarray(exponent, dtype=np.int64)
    half = np.left_shift(np.int64(1), exponent) >> 1
    return np.sign(a) * ((np.abs(a) + half) >> exponent)


def _doubled(a: Any, exponent: int) -> Any:
    """``a * 2**exponent``, within 32 bits."""
    return np.clip(a << exponent, -(2**31), _ONE)


def _exp(a: Any) -> Any:
    """exp(a) for a <= 0 of 26 fractional bits, with 31."""
    rest = (a & (_QUARTER - 1)) - _QUARTER
    result = _exp_quarter(_doubled(rest, _DIFFERENCE_BITS))
    remainder = rest - a
    for place, factor in enumerate(_POWERS):
        result = np.where(remainder & (_QUARTER << place), _product(result, factor), result)
    return np.where(a == 0, _ONE, result)


def _exp_quarter(a: Any) -> Any:
    """exp(a) for a in [-1/4, 0), both of 31 fractional bits."""
    x = a + 2**28
    square = _product(x, x)
    cube, fourth = _product(square, x), _product(square, square)
    series = _divided(_product(_divided(fourth, 2) + cube, _THIRD) + square, 1)
    return _EXP_EIGHTH + _product(_EXP_EIGHTH, x + series)


def _reciprocal(a: Any) -> Any:
    """1 / (1 + a) for a in [0, 1), both of 31 fractional bits."""
    total = a + _ONE
    half = (total + 1) >> 1
    x = _START + _product(half, _SLOPE)
    for _ in range(3):
        error = 2**29 - _product(half, x)
        x = x + _doubled(_product(x, error), 2)
    return _doubled(x, 1)
