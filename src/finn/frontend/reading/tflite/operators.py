"""TensorFlow Lite's operators as operators of whole numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from finn.frontend.graph.attributes import UNSUPPORTED
from finn.frontend.reading.tflite.arithmetic import (
    activation_range,
    multiplier_and_shift,
    single,
    zero_point_of,
)
from finn.frontend.reading.tflite.file import Operation, Tensor
from finn.frontend.reading.tflite.products import convolution, depthwise_convolution, fully_connected
from finn.frontend.reading.tflite.spelling import Spelling
from finn.frontend.reading.tflite.windows import require_image, window_attributes

__all__ = ("TFLITE_OPERATORS", "spell")

_ADD_SHIFT = 20
_SOFTMAX_BITS = 5
_SOFTMAX_RESULT = (1 / 256, -128)


def spell(spelling: Spelling, operation: Operation) -> None:
    """Add the nodes of an operator; FinnError, with its name, where there are none for it."""
    convert = TFLITE_OPERATORS.get(operation.kind)
    if convert is None:
        raise operation.refusal(UNSUPPORTED)
    result = spelling.output(operation)
    spelling.computed(operation)
    single(operation, spelling.tensor(operation, 0)), single(operation, result)
    if result.shape[:1] != (1,):
        raise operation.refusal(f"gives {result.shape}, which is not of one image; export it with batch 1")
    spelling.give(operation, convert(spelling, operation))


def _add(spelling: Spelling, operation: Operation) -> str:
    names = [spelling.computed(operation, place) for place in (0, 1)]
    tensors = [*(spelling.tensor(operation, place) for place in (0, 1)), spelling.output(operation)]
    first, second, result = (single(operation, tensor) for tensor in tensors)
    largest = 2 * max(first, second)
    factors = np.array([first / largest, second / largest, largest / (2**_ADD_SHIFT * result)])
    multipliers, shifts = multiplier_and_shift(operation, factors)
    low, high = activation_range(operation, tensors[2])
    return spelling.add(
        operation, "RequantizedAdd", *names,
        left_shift=_ADD_SHIFT, multipliers=multipliers, shifts=shifts, low=low, high=high,
        zero_points=[zero_point_of(operation, tensor) for tensor in tensors],
    )  # fmt: skip


def _average_pool(spelling: Spelling, operation: Operation) -> str:
    source = spelling.computed(operation)
    low, high = _pool_range(spelling, operation)
    kernel, window = _pool_window(spelling, operation)
    if any(window["pads"]):
        raise operation.refusal("averages over windows of different sizes; use padding VALID")
    image = spelling.channels_first(operation, source)
    mean = spelling.add(operation, "AveragePool", image, **_undilated(window))
    last = spelling.channels_last(operation, mean)
    return spelling.add(operation, "RoundedMean", last, count=kernel[0] * kernel[1], low=low, high=high)


def _pool_window(spelling: Spelling, operation: Operation) -> tuple[list[int], dict[str, list[int]]]:
    kernel = [int(operation.option("FilterHeight")), int(operation.option("FilterWidth"))]
    shape = require_image(operation, spelling.tensor(operation, 0))
    return kernel, window_attributes(operation, shape[1:3], kernel)


def _undilated(window: dict[str, list[int]]) -> dict[str, list[int]]:
    return {key: value for key, value in window.items() if key != "dilations"}


def _pool_range(spelling: Spelling, operation: Operation) -> tuple[int, int]:
    """Poolings keep the scale of their input; FinnError where the file says otherwise."""
    result = spelling.output(operation)
    require_same_meaning(operation, spelling.tensor(operation, 0), result)
    return activation_range(operation, result)


def require_same_meaning(operation: Operation, first: Tensor, second: Tensor) -> None:
    """Refuse an operator that would have to rescale where the kernels do not."""
    meanings = [(single(operation, t), zero_point_of(operation, t)) for t in (first, second)]
    if meanings[0] != meanings[1]:
        raise operation.refusal("changes scale or zero point, which it cannot; check the export")


def _reshape(spelling: Spelling, operation: Operation) -> str:
    result = spelling.output(operation)
    require_same_meaning(operation, spelling.tensor(operation, 0), result)
    return spelling.reshaped(operation, spelling.computed(operation), result.shape[1:])


def _softmax(spelling: Spelling, operation: Operation) -> str:
    result = spelling.output(operation)
    if (single(operation, result), zero_point_of(operation, result)) != _SOFTMAX_RESULT:
        raise operation.refusal("gives another scale than 1/256 from -128; check the export")
    scale = single(operation, spelling.tensor(operation, 0)) * operation.option("Beta")
    limit = 2.0**31 - 1
    factor = min(scale * 2.0 ** (31 - _SOFTMAX_BITS), limit)
    fraction, exponent = np.frexp(factor)
    multiplier = int(np.floor(fraction * 2.0**31 + 0.5))
    radius = (2**_SOFTMAX_BITS - 1) * 2.0 ** (31 - _SOFTMAX_BITS) / 2.0 ** int(exponent)
    return spelling.add(
        operation, "IntegerSoftmax", spelling.computed(operation),
        multiplier=multiplier, shift=31 - int(exponent), least=-int(np.floor(radius)),
    )  # fmt: skip


TFLITE_OPERATORS: dict[str, Callable[[Spelling, Operation], str]] = {
    "ADD": _add,
    "AVERAGE_POOL_2D": _average_pool,
    "CONV_2D": convolution,
    "DEPTHWISE_CONV_2D": depthwise_convolution,
    "FULLY_CONNECTED": fully_connected,
    "RESHAPE": _reshape,
    "SOFTMAX": _softmax,
}
"""Each gives the name of the tensor that it makes."""
