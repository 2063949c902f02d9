"""Operators of TensorFlow Lite that give an element for an element, and those at the border to floats."""

from __future__ import annotations

import numpy as np

from finn.frontend.reading.tflite.arithmetic import INT8, bounded, multiplier_and_shift, single, zero_point_of
from finn.frontend.reading.tflite.file import Operation
from finn.frontend.reading.tflite.requantised import requantised
from finn.frontend.reading.tflite.spelling import Spelling

__all__ = ("clamped", "dequantize", "quantize", "relu", "relu6")

_RELU, _RELU6 = 1, 3
_ONE = (2**30, 30)


def clamped(spelling: Spelling, operation: Operation, source: str, limits: tuple[int, int]) -> str:
    """Whole numbers within limits; ``source`` itself where those are int8's."""
    if limits == INT8:
        return source
    return requantised(spelling, operation, source, (0, *_ONE), 0, limits)


def relu(spelling: Spelling, operation: Operation) -> str:
    """``RELU``, on a scale of its own."""
    return _rectified(spelling, operation, _RELU)


def relu6(spelling: Spelling, operation: Operation) -> str:
    """``RELU6``, on a scale of its own."""
    return _rectified(spelling, operation, _RELU6)


def _rectified(spelling: Spelling, operation: Operation, function: int) -> str:
    result = spelling.output(operation)
    scales = [np.float32(single(operation, t)) for t in (spelling.tensor(operation, 0), result)]
    # The kernels divide these two in float32, other scales in float64.
    limits = bounded(operation, result, function)
    return _on_other_scale(spelling, operation, float(scales[0] / scales[1]), limits)


def quantize(spelling: Spelling, operation: Operation) -> str:
    """``QUANTIZE`` of int8 to int8 on another scale, or of floats."""
    tensor, result = spelling.tensor(operation, 0), spelling.output(operation)
    scale, point = single(operation, result), zero_point_of(operation, result)
    if tensor.kind == "FLOAT32":
        source = spelling.computed(operation)
        return spelling.add(
            operation, "QuantizeFloat", source, scale=scale, zero_point=point, low=INT8[0], high=INT8[1]
        )
    return _on_other_scale(spelling, operation, single(operation, tensor) / scale, INT8)


def dequantize(spelling: Spelling, operation: Operation) -> str:
    """``DEQUANTIZE`` of int8 to floats."""
    tensor = spelling.tensor(operation, 0)
    scale, point = single(operation, tensor), zero_point_of(operation, tensor)
    if spelling.output(operation).kind != "FLOAT32":
        raise operation.refusal("gives another type than FLOAT32, which is not supported")
    return spelling.add(operation, "AsFloat", spelling.computed(operation), scale=scale, zero_point=point)


def _on_other_scale(spelling: Spelling, operation: Operation, factor: float, limits: tuple[int, int]) -> str:
    (multiplier,), (shift,) = multiplier_and_shift(operation, np.array([factor]))
    point = zero_point_of(operation, spelling.tensor(operation, 0))
    after = zero_point_of(operation, spelling.output(operation))
    source = spelling.computed(operation)
    return requantised(spelling, operation, source, (-point, multiplier, shift), after, limits)
