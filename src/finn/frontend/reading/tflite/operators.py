"""TensorFlow Lite's operators as operators of whole numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from finn.frontend.graph.attributes import UNSUPPORTED
from finn.frontend.reading.tflite.arithmetic import (
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
from finn.frontend.reading.tflite.parts import slice_of, split, split_unevenly, strided_slice, unpack
from finn.frontend.reading.tflite.products import convolution, depthwise_convolution, fully_connected, mul
from finn.frontend.reading.tflite.spelling import Spelling
from finn.frontend.reading.tflite.sums import add, sub
from finn.frontend.reading.tflite.transposed import transposed_convolution

__all__ = ("TFLITE_OPERATORS", "spell")

_SOFTMAX_BITS = 5
_SOFTMAX_RESULT = (1 / 256, -128)


def spell(spelling: Spelling, operation: Operation) -> None:
    """Add the nodes of an operator; FinnError, with its name, where there are none for it."""
    convert = TFLITE_OPERATORS.get(operation.kind)
    if convert is None:
        raise operation.refusal(UNSUPPORTED)
    for result in spelling.outputs(operation):
        if result.shape[:1] != (1,):
            reason = f"gives {result.shape}, which is not of one image"
            raise operation.refusal(f"{reason}; export it with batch 1")
    made = convert(spelling, operation)
    spelling.give(operation, [made] if isinstance(made, str) else made)


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


TFLITE_OPERATORS: dict[str, Callable[[Spelling, Operation], str | list[str]]] = {
    "ADD": add,
    "AVERAGE_POOL_2D": average_pool,
    "CONCATENATION": concatenation,
    "CONV_2D": convolution,
    "DEPTHWISE_CONV_2D": depthwise_convolution,
    "DEQUANTIZE": dequantize,
    "EXPAND_DIMS": _reshape,
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
    "SPLIT": split,
    "SPLIT_V": split_unevenly,
    "SQUEEZE": _reshape,
    "STRIDED_SLICE": strided_slice,
    "SUB": sub,
    "TANH": tanh,
    "TRANSPOSE": _transpose,
    "TRANSPOSE_CONV": transposed_convolution,
    "UNPACK": unpack,
}
"""Each gives the name of the tensor that it makes, or the names of all."""
