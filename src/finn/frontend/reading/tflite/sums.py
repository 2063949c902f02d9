"""Sums and differences of TensorFlow Lite, of two computed tensors or of one and a constant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from finn.frontend.reading.tflite.arithmetic import (
    activation_range,
    broadcasts,
    multiplier_and_shift,
    single,
    zero_point_of,
)
from finn.frontend.reading.tflite.file import Operation
from finn.frontend.reading.tflite.spelling import Spelling
from finn.runtime.requantise import scaled_twice

__all__ = ("add", "sub")

_SHIFT = 20


def add(spelling: Spelling, operation: Operation) -> str:
    """``ADD``."""
    return _sum(spelling, operation, 1)


def sub(spelling: Spelling, operation: Operation) -> str:
    """``SUB``: the first less the second."""
    return _sum(spelling, operation, -1)


def _sum(spelling: Spelling, operation: Operation, sign: int) -> str:
    tensors = [*(spelling.tensor(operation, place) for place in (0, 1)), spelling.output(operation)]
    first, second, result = (single(operation, tensor) for tensor in tensors)
    largest = 2 * max(first, second)
    factors = np.array([first / largest, second / largest, largest / (2**_SHIFT * result)])
    multipliers, shifts = multiplier_and_shift(operation, factors)
    low, high = activation_range(operation, tensors[2])
    points = [zero_point_of(operation, tensor) for tensor in tensors]
    constants: dict[str, Any] = {
        "left_shift": _SHIFT, "zero_points": points, "multipliers": multipliers, "shifts": shifts,
        "low": low, "high": high,
    }  # fmt: skip
    for place in (1, 0):
        if tensors[place].values is not None:
            return _with_constant(spelling, operation, place, (1, sign), constants)
    if len({tensor.shape for tensor in tensors}) > 1:
        raise operation.refusal("adds tensors of different shapes; give both the same shape")
    names = [spelling.computed(operation, place) for place in (0, 1)]
    return spelling.add(operation, "RequantizedAdd", *names, subtract=int(sign < 0), **constants)


def _with_constant(
    spelling: Spelling, operation: Operation, place: int, signs: Sequence[int], constants: dict[str, Any]
) -> str:
    """The sum with the constant at input ``place``, whose share is computed here."""
    other = 1 - place
    source, shape = spelling.computed(operation, other), spelling.tensor(operation, other).shape
    values = spelling.constant(operation, place, "values").astype(np.int64)
    if not broadcasts(values.shape, shape):
        reason = f"adds a constant of shape {values.shape} to a tensor of shape {shape}"
        raise operation.refusal(f"{reason}, which do not fit; check the export")
    kept = {
        key: [constants[key][other], constants[key][2]] for key in ("zero_points", "multipliers", "shifts")
    }
    moved = np.left_shift(values - constants["zero_points"][place], _SHIFT)
    share = scaled_twice(moved, constants["multipliers"][place], constants["shifts"][place])
    offset = signs[place] * share.reshape((*(1,) * (len(shape) - values.ndim), *values.shape))
    return spelling.add(
        operation, "RequantizedOffset", source, offset, sign=signs[other], **{**constants, **kept}
    )
