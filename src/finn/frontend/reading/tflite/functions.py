"""Functions of one element of TensorFlow Lite: evaluated for each of the 256 numbers that int8 has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from finn.frontend.reading.tflite.arithmetic import INT8, multiplier_and_shift, single, zero_point_of
from finn.frontend.reading.tflite.file import Operation
from finn.frontend.reading.tflite.spelling import Spelling
from finn.runtime.fixed_point import divided, exponential, reciprocal, share_left
from finn.runtime.requantise import scaled_twice

__all__ = ("hard_swish", "leaky_relu", "logistic", "tanh")

Integers = NDArray[np.int64]
_INPUT_BITS = 4
_SHORT = 2**15 - 1
_LOGISTIC_RESULT, _TANH_RESULT = (1 / 256, -128), (1 / 128, 0)


def hard_swish(spelling: Spelling, operation: Operation) -> str:
    """``HARD_SWISH``: x times its part of the way from -3 to 3, in 16 bits."""
    tensor, result = spelling.tensor(operation, 0), spelling.output(operation)
    # The kernels divide these in float32.
    fine = np.float32(single(operation, tensor)) / np.float32(128)
    scales = np.float32(single(operation, result)), np.float32(3) / np.float32(32768)
    factors = np.array([fine / scale for scale in scales], dtype=np.float64)
    multipliers, shifts = multiplier_and_shift(operation, factors)
    outer, inner = (min((m + 2**15) >> 16, _SHORT) for m in multipliers)
    left = 31 - shifts[1]
    x = (_numbers() - zero_point_of(operation, tensor)) << 7
    share = _upper(_short(x << max(left - 1, 0)), inner)
    share = _short(share << 1) if left > 0 else divided(share, -left)
    share = (share + 2**15) >> 1
    product = share * _upper(x, outer)
    values = divided(np.sign(product) * (np.abs(product) >> 15), shifts[0] - 31)
    return _looked_up(spelling, operation, values + zero_point_of(operation, result))


def _short(values: Integers) -> Integers:
    return np.clip(values, -_SHORT - 1, _SHORT)


def _upper(values: Integers, factor: int) -> Integers:
    """The upper half of twice a product of 16 bits, rounded half up."""
    return (values * factor + 2**14) >> 15


def leaky_relu(spelling: Spelling, operation: Operation) -> str:
    """``LEAKY_RELU``: numbers below zero by a multiplier of their own."""
    tensor, result = spelling.tensor(operation, 0), spelling.output(operation)
    # The kernels multiply and divide these in float32.
    first, second = (np.float32(single(operation, each)) for each in (tensor, result))
    alpha = np.float32(operation.option("Alpha"))
    factors = np.array([first / second, first * alpha / second], dtype=np.float64)
    multipliers, shifts = multiplier_and_shift(operation, factors)
    x = _numbers() - zero_point_of(operation, tensor)
    above, below = (scaled_twice(x, m, s) for m, s in zip(multipliers, shifts, strict=True))
    return _looked_up(spelling, operation, np.where(x >= 0, above, below) + zero_point_of(operation, result))


def logistic(spelling: Spelling, operation: Operation) -> str:
    """``LOGISTIC``, on a scale of 1/256 from -128."""
    _require_result(spelling, operation, _LOGISTIC_RESULT)
    x, fixed = _fixed(spelling, operation)
    positive = reciprocal(exponential(-np.abs(fixed), _INPUT_BITS))
    values = np.where(fixed == 0, 2**30, np.where(fixed > 0, positive, 2**31 - 1 - positive))
    return _looked_up(spelling, operation, _saturated(spelling, operation, x, divided(values, 23) - 128))


def tanh(spelling: Spelling, operation: Operation) -> str:
    """``TANH``, on a scale of 1/128."""
    _require_result(spelling, operation, _TANH_RESULT)
    x, fixed = _fixed(spelling, operation)
    # Twice a number of 4 integer bits has the same digits with 5.
    positive = share_left(exponential(-np.abs(fixed), _INPUT_BITS + 1))
    return _looked_up(
        spelling, operation, _saturated(spelling, operation, x, divided(np.sign(fixed) * positive, 24))
    )


def _numbers() -> Integers:
    return np.arange(INT8[0], INT8[1] + 1, dtype=np.int64)


def _fixed(spelling: Spelling, operation: Operation) -> tuple[Integers, Integers]:
    """Every number less the zero point, as it is and with 27 fractional bits."""
    tensor = spelling.tensor(operation, 0)
    x = _numbers() - zero_point_of(operation, tensor)
    multiplier, shift = _input_scale(spelling, operation)
    inside = np.where(np.abs(x) < _radius(shift), x, 0)
    return x, np.asarray(scaled_twice(inside, multiplier, shift))


def _input_scale(spelling: Spelling, operation: Operation) -> tuple[int, int]:
    """Multiplier and shift to the right that bring numbers to 27 fractional bits."""
    factor = single(operation, spelling.tensor(operation, 0)) * 2.0 ** (31 - _INPUT_BITS)
    # It is above 1 where other factors are below.
    (multiplier,), (shift,) = multiplier_and_shift(operation, np.array([factor / 2**31]))
    return multiplier, shift - 31


def _radius(shift: int) -> int:
    """The least number that 4 integer bits do not hold."""
    return int(np.floor((2**_INPUT_BITS - 1) * 2.0 ** (31 - _INPUT_BITS) / 2.0 ** (31 - shift)))


def _saturated(spelling: Spelling, operation: Operation, x: Integers, values: Integers) -> Integers:
    radius = _radius(_input_scale(spelling, operation)[1])
    return np.where(x >= radius, INT8[1], np.where(x <= -radius, INT8[0], values))


def _require_result(spelling: Spelling, operation: Operation, meaning: tuple[float, int]) -> None:
    result = spelling.output(operation)
    if (single(operation, result), zero_point_of(operation, result)) != meaning:
        what = f"1/{round(1 / meaning[0])} from {meaning[1]}"
        raise operation.refusal(f"gives another scale than {what}; check the export")


def _looked_up(spelling: Spelling, operation: Operation, values: Integers) -> str:
    table = np.clip(values, *INT8).tolist()
    limits = {"low": min(table), "high": max(table)}
    source = spelling.computed(operation)
    return spelling.add(operation, "Lookup", source, table=table, start=INT8[0], **limits)
