"""The line through thresholds: exact wherever there is one, and none where there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from finn.frontend.levels.multiply_shift import MultiplyShift, multiply_shift

Integers = NDArray[np.int64]


def thresholds_of(levels: Integers, first: int, steps: int) -> Integers:
    """The first accumulator, from ``first`` on, at which a rising function (values, channels) has a level."""
    wanted = np.arange(1, steps + 1)
    return np.array([first + np.searchsorted(column, wanted) for column in levels.T])


def line_levels(line: MultiplyShift, x: Integers, steps: int) -> Integers:
    return np.clip((x * line.multipliers + line.offsets) >> line.shift, 0, steps)


def rounded_twice(x: Integers, multiplier: int, shift: int, least: int) -> Integers:
    """TensorFlow Lite's two roundings, the second half away from zero, and a clamp."""
    once = (x * multiplier + (1 << 30)) >> 31
    half = (1 << shift) >> 1
    return np.clip(np.where(once < 0, -((half - once) >> shift), (once + half) >> shift), least, 127)


@pytest.mark.parametrize("seed", range(20))
def test_an_affine_function_is_found_again(seed: int) -> None:
    rng = np.random.default_rng(seed)
    channels, steps, reach = 5, int(rng.integers(1, 300)), int(rng.integers(50, 40_000))
    x = np.arange(-reach, reach + 1)[:, None]
    scale, bias = rng.uniform(1e-4, 2.5, channels), rng.uniform(-steps, 2 * steps, channels)
    levels = np.clip(np.floor(x * scale + bias), 0, steps).astype(np.int64)
    thresholds = thresholds_of(levels, -reach, steps)
    line = multiply_shift(thresholds, (), np.array([-reach]), np.array([reach]))
    assert line is not None
    assert np.array_equal(line_levels(line, x, steps), levels)


@pytest.mark.parametrize("seed", range(6))
def test_a_falling_channel_has_a_negative_multiplier(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.arange(-3000, 2500)[:, None]
    scale = np.array([0.0437, -0.0219, -0.3131])
    levels = np.clip(np.floor(x * scale + rng.uniform(20, 70, 3)), 0, 97).astype(np.int64)
    flip = (0, 1, 1)
    rising = np.where(flip, 97 - levels, levels)
    thresholds = thresholds_of(rising, -3000, 97)
    line = multiply_shift(thresholds, flip, np.array([-3000]), np.array([2499]))
    assert line is not None and (np.sign(line.multipliers) == [1, -1, -1]).all()
    assert np.array_equal(line_levels(line, x, 97), levels)


def test_dead_channels_and_those_that_only_jump() -> None:
    low, high = np.array([-500, -7, 0]), np.array([400, 9, 30])
    thresholds = np.array([[-500] * 3 + [401] * 2, [10] * 5, [12] * 5])
    line = multiply_shift(thresholds, (), low, high)
    assert line is not None
    x = np.array([[-500, -7, 0], [400, 9, 11], [0, 0, 12], [13, 1, 30]])
    assert line_levels(line, x, 5).tolist() == [[3, 0, 0], [3, 0, 0], [3, 0, 5], [3, 0, 5]]
    assert line.multipliers[:2].tolist() == [0, 0]


@pytest.mark.parametrize(("multiplier", "shift"), [(1518500250, 9), (2147000123, 7), (1073741825, 11)])
def test_tensorflows_two_roundings_of_what_is_not_negative(multiplier: int, shift: int) -> None:
    x = np.arange(-90_000, 250_000)
    levels = rounded_twice(x, multiplier, shift, 0)[:, None]
    thresholds = thresholds_of(levels, int(x[0]), 127)
    line = multiply_shift(thresholds, (), x[:1], x[-1:])
    assert line is not None
    assert np.array_equal(line_levels(line, x[:, None], 127), levels)


def test_two_roundings_on_both_sides_of_zero_are_no_line() -> None:
    x = np.arange(-90_000, 90_000)
    levels = rounded_twice(x, 1518500250, 9, -128)[:, None] + 128
    assert multiply_shift(thresholds_of(levels, int(x[0]), 255), (), x[:1], x[-1:]) is None


@pytest.mark.parametrize(
    "levels", [lambda x: np.sqrt(np.maximum(x, 0)), lambda x: np.maximum(x, 0) ** 2 / 90, np.tanh]
)
def test_a_curve_is_no_line(levels: Any) -> None:
    x = np.arange(-100, 101)[:, None]
    found = np.clip(np.floor(9 * levels(x)), 0, 60).astype(np.int64)
    thresholds = thresholds_of(found, -100, 60)
    line = multiply_shift(thresholds, (), np.array([-100]), np.array([100]))
    assert line is None or np.array_equal(line_levels(line, x, 60), found)


def test_one_row_stands_for_all_channels() -> None:
    line = multiply_shift(np.array([[-3, 1, 5, 9]]), (), np.array([-100]), np.array([100]))
    assert line is not None and line.multipliers.shape == (1,)
    assert line_levels(line, np.array([-4, -3, 0, 1, 8, 9]), 4).tolist() == [0, 1, 1, 2, 3, 4]


def test_each_multiplier_is_the_least() -> None:
    thresholds = np.array([[0, 10, 20, 30], [7, 7, 7, 7]])
    line = multiply_shift(thresholds, (), np.array([-50]), np.array([60]))
    assert line is not None
    x = np.arange(-50, 61)[:, None]
    expected = line_levels(line, x, 4)
    for channel in range(2):
        smaller = line.multipliers[channel] - 1
        offsets = np.arange(-(2**14), 2**14)
        levels = np.clip((x * smaller + offsets) >> line.shift, 0, 4)
        assert not (levels == expected[:, channel, None]).all(axis=0).any()
