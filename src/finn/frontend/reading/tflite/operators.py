"""TensorFlow Lite's operators as operators of whole numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from finn.frontend.graph.attributes import UNSUPPORTED
from finn.frontend.reading.tflite.arithmetic import (
    activation_range,
    multiplier_and_shift,
    require_same_meaning,
    single,
    zero_point_of,
)
from finn.frontend.reading.tflite.file import Operation
from finn.frontend.reading.tflite.functions import hard_swish, leaky_relu, logistic, tanh
from finn.frontend.reading.tflite.images import (
    average_pool,
    concatenation,
    max_pool,
    mean,
    pad,
    resize_nearest,
)
from finn.frontend.reading.tflite.levels import dequantize, quantize, relu, relu6
from finn.frontend.reading.tflite.parts import slice_of, strided_slice
from finn.frontend.reading.tflite.products import convolution, depthwise_convolution, fully_connected, mul
from finn.frontend.reading.tflite.spelling import Spelling

__all__ = ("TFLITE_OPERATORS", "spell")

_ADD_SHIFT = 20
_SOFTMAX_BITS = 5
_SOFTMAX_RESULT = (1 / 256, -128)


def spell(spelling: Spelling, operation: Operation) -> None:
    """Add the nodes of an operator; FinnError, with its name, where there are none for it."""
    convert = TFLITE_OPERATORS.get(operation.kind)
    if convert is None:
        raise operation.refusal(UNSUPPORTED)
    spelling.computed(operation)
    result = spelling.output(operation)
    if result.shape[:1] != (1,):
        raise operation.refusal(f"gives {result.shape}, which is not of one image; export it with batch 1")
    spelling.give(operation, convert(spelling, operation))


def _add(spelling: Spelling, operation: Operation) -> str:
    return _sum(spelling, operation)


def _sub(spelling: Spelling, operation: Operation) -> str:
    return _sum(spelling, operation, subtract=1)


def _sum(spelling: Spelling, operation: Operation, subtract: int = 0) -> str:
    names = [spelling.computed(operation, place) for place in (0, 1)]
    tensors = [*(spelling.tensor(operation, place) for place in (0, 1)), spelling.output(operation)]
    if len({tensor.shape for tensor in tensors}) > 1:
        raise operation.refusal("adds tensors of different shapes; give both the same shape")
    first, second, result = (single(operation, tensor) for tensor in tensors)
    largest = 2 * max(first, second)
    factors = np.array([first / largest, second / largest, largest / (2**_ADD_SHIFT * result)])
    multipliers, shifts = multiplier_and_shift(operation, factors)
    low, high = activation_range(operation, tensors[2])
    return spelling.add(
        operation, "RequantizedAdd", *names,
        left_shift=_ADD_SHIFT, multipliers=multipliers, shifts=shifts, low=low, high=high,
        zero_points=[zero_point_of(operation, tensor) for tensor in tensors], subtract=subtract,
    )  # fmt: skip


def _reshape(spelling: Spelling, operation: Operation) -> str:
    result = spelling.output(operation)
    require_same_meaning(operation, spelling.tensor(operation, 0), result)
    return spelling.reshaped(operation, spelling.computed(operation), result.shape[1:])


def _transpose(spelling: Spelling, operation: Operation) -> str:
    require_same_meaning(operation, spelling.tensor(operation, 0), spelling.output(operation))
    perm = spelling.constant(operation, 1, "axes").reshape(-1).tolist()
    return spelling.add(operation, "Transpose", spelling.computed(operation), perm=perm)


def _softmax(spelling: Spelling, operation: Operation) -> str:
    result = spelling.output(operation)
    if (single(operation, result), zero_point_of(operation, result)) != _SOFTMAX_RESULT:
        raise operation.refusal("gives another scale than 1/256 from -128; check the export")
    scale = single(operation, spelling.tensor(operation, 0)) * operation.option("Beta")
    factor = min(scale * 2.0 ** (31 - _SOFTMAX_BITS), 2.0**31 - 1)
    # It is above 1 where other factors are below.
    (multiplier,), (shift,) = multiplier_and_shift(operation, np.array([factor / 2**31]))
    shift -= 31
    radius = (2**_SOFTMAX_BITS - 1) * 2 ** (31 - _SOFTMAX_BITS) / 2.0 ** (31 - shift)
    return spelling.add(
        operation, "IntegerSoftmax", spelling.computed(operation),
        multiplier=multiplier, shift=shift, least=-int(np.floor(radius)),
    )  # fmt: skip


TFLITE_OPERATORS: dict[str, Callable[[Spelling, Operation], str]] = {
    "ADD": _add,
    "AVERAGE_POOL_2D": average_pool,
    "CONCATENATION": concatenation,
    "CONV_2D": convolution,
    "DEPTHWISE_CONV_2D": depthwise_convolution,
    "DEQUANTIZE": dequantize,
    "FULLY_CONNECTED": fully_connected,
    "HARD_SWISH": hard_swish,
    "LEAKY_RELU": leaky_relu,
    "LOGISTIC": logistic,
    "MAX_POOL_2D": max_pool,
    "MEAN": mean,
    "MUL": mul,
    "PAD": pad,
    "QUANTIZE": quantize,
    "RELU": relu,
    "RELU6": relu6,
    "RESHAPE": _reshape,
    "RESIZE_NEAREST_NEIGHBOR": resize_nearest,
    "SLICE": slice_of,
    "SOFTMAX": _softmax,
    "STRIDED_SLICE": strided_slice,
    "SUB": _sub,
    "TANH": tanh,
    "TRANSPOSE": _transpose,
}
"""Each gives the name of the tensor that it makes."""
