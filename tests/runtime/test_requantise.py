"""Integer arithmetic of TensorFlow Lite against slow models of Python's integers, and LiteRT."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
import pytest

from finn.runtime import requantise
from finn.runtime.integer_softmax import integer_softmax

FACTORS = [(1518500250, 38), (2147483647, 31), (1073741824, 30), (1288490189, 29), (1999999999, 61), (0, 31)]
VALUES = [0, 1, -1, 2, -2, 127, -128, 30459, -3606, 2**20, -(2**24) - 1, 2**31 - 1, -(2**31)]


def away(value: Fraction) -> int:
    """Rounded half away from zero."""
    return floor(abs(value) + Fraction(1, 2)) * (1 if value >= 0 else -1)


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def twice(value: int, multiplier: int, shift: int) -> int:
    moved = min(max(value << max(31 - shift, 0), -(2**31)), 2**31 - 1)
    return away(Fraction(half_up(Fraction(moved * multiplier, 2**31)), 2 ** max(shift - 31, 0)))


@pytest.mark.parametrize(("multiplier", "shift"), FACTORS)
def test_a_factor_is_applied_with_one_rounding_or_two(multiplier: int, shift: int) -> None:
    values = np.array(VALUES, dtype=np.int64)
    once = [half_up(Fraction(value * multiplier, 2**shift)) for value in VALUES]
    assert requantise.scaled(values, multiplier, shift).tolist() == once
    both = [twice(value, multiplier, shift) for value in VALUES]
    assert requantise.scaled_twice(values, multiplier, shift).tolist() == both


def test_the_two_differ() -> None:
    # The first convolution of an MLPerf Tiny network: accumulator 3606 of a factor that gives 19.4994.
    value, (multiplier, shift) = np.int64(3606), (1486400257, 38)
    assert (requantise.scaled(value, multiplier, shift), round(3606 * multiplier / 2**shift, 4)) == (
        19,
        19.4994,
    )
    assert requantise.scaled_twice(value, multiplier, shift) == 20


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("both", [0, 1])
def test_requantise_is_the_kernels_sum_of_bias_and_product(kind: type[Any], both: int) -> None:
    attributes = {"zero_point": -7, "low": -90, "high": 101, "twice": both}
    rng = np.random.default_rng(4)
    x, bias = rng.integers(-(2**15), 2**15, (150, 3, 7)), rng.integers(-(2**14), 2**14, (1, 3, 1))
    multiplier = np.array([1518500250, 1073741824, 1999999999]).reshape(1, 3, 1)
    shift = np.array([38, 37, 39]).reshape(1, 3, 1)
    result = requantise.requantise(x.astype(kind), bias, multiplier, shift, attributes)
    assert result.dtype == kind
    for (n, c, k), got in np.ndenumerate(result):
        total, q, s = int(x[n, c, k] + bias[0, c, 0]), int(multiplier[0, c, 0]), int(shift[0, c, 0])
        scaled = twice(total, q, s) if both else half_up(Fraction(total * q, 2**s))
        assert got == min(max(scaled - 7, -90), 101)


def test_what_is_beyond_32_bits_keeps_its_order() -> None:
    attributes = {"zero_point": 0, "low": -128, "high": 127, "twice": 0}
    x = np.array([-(2.0**40), -(2.0**31), 2.0**31, 2.0**40])
    assert requantise.requantise(x, 0, 2**31 - 1, 31, attributes).tolist() == [-128, -128, 127, 127]


def test_a_mean_is_rounded_half_away_from_zero() -> None:
    sums = np.array([0, 1, 2, 3, -1, -2, -3, 5, 9, -9, 759, -770], dtype=np.float32)
    means = requantise.rounded_mean(sums / np.float32(6), {"count": 6, "low": -128, "high": 127})
    assert means.tolist() == [away(Fraction(int(total), 6)) for total in sums]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_sum_is_of_scaled_parts_scaled_again(sign: int) -> None:
    q, s = [1073741824, 1518500250, 1999999999], [31, 32, 50]
    attributes = {"left_shift": 20, "zero_points": [3, -128, 9], "multipliers": q, "shifts": s}
    attributes["subtract"] = int(sign < 0)
    first, second = np.meshgrid(np.arange(-128.0, 128, 5), np.arange(-128.0, 128, 7))
    result = requantise.requantised_sum(first, second, {**attributes, "low": -20, "high": 100})
    for index, got in np.ndenumerate(result):
        parts = [
            twice((int(values[index]) - point) << 20, q[i], s[i])
            for i, (values, point) in enumerate(((first, 3), (second, -128)))
        ]
        total = parts[0] + sign * parts[1]
        assert got == min(max(twice(total, q[2], s[2]) + 9, -20), 100)


def test_an_entry_for_each_number() -> None:
    x = np.array([[-3.0, 1.0], [0.0, -2.0]], dtype=np.float32)
    entries = requantise.lookup(x, {"table": [7, -5, 7, 0, 2], "start": -3})
    assert entries.dtype == np.float32 and entries.tolist() == [[7, 2], [0, -5]]


def test_floats_and_int8() -> None:
    attributes = {"scale": 0.05, "zero_point": -9, "low": -128, "high": 127}
    x = np.array([0.125, -0.125, 0.1249, 50, -50, 0.025], dtype=np.float32)
    levels = requantise.quantise_float(x, attributes)
    ratios = [float(value / np.float32(0.05)) for value in x]
    assert levels.tolist() == [min(max(away(Fraction(ratio)) - 9, -128), 127) for ratio in ratios]
    back = requantise.as_float(levels, attributes)
    assert back.dtype == np.float32 and back[0] == np.float32(0.05 * (levels[0] + 9))
    whole = requantise.as_int8(levels)
    assert whole.dtype == np.int8 and whole.tolist() == levels.tolist()


SOFTMAX = [
    ([-128, -20, 5, 17, 30], [-128, -125, -106, -69, 45]),
    ([127, 126, 120, 100, -128], [-29, -37, -73, -117, -128]),
    ([0, 0, 0, 0, 0], [-77, -77, -77, -77, -77]),
    ([-5, 44, 43, 41, -90], [-126, -34, -41, -55, -128]),
]
"""Of LiteRT 2.3.0's reference kernel, for an input scale of 0.083."""


@pytest.mark.parametrize(("x", "expected"), SOFTMAX)
def test_softmax_gives_the_reference_kernels_integers(x: list[int], expected: list[int]) -> None:
    factor, exponent = np.frexp(float(np.float32(0.083)) * 2**26)
    attributes = {"multiplier": round(factor * 2**31), "shift": 31 - int(exponent)}
    least = -floor(31 * 2.0**26 / 2.0 ** int(exponent))
    values = np.array([x, x[::-1]], dtype=np.float32)
    result = integer_softmax(values, {**attributes, "least": least})
    assert result.tolist() == [expected, expected[::-1]] and result.dtype == np.float32


def test_softmax_counts_nothing_below_the_least() -> None:
    attributes = {"multiplier": 2**30, "shift": 4, "least": -40}
    result = integer_softmax(np.array([[100.0, 60.0, 59.0, -128.0]]), attributes)
    assert result[0, 2:].tolist() == [-128, -128] and result[0, 0] > 100
