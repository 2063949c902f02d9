"""Convolutions and dense layers of TensorFlow Lite as products of whole numbers."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finn.frontend.reading.tflite.arithmetic import (
    activation_range,
    broadcasts,
    multiplier_and_shift,
    single,
    zero_point_of,
)
from finn.frontend.reading.tflite.file import Operation, Tensor
from finn.frontend.reading.tflite.requantised import requantised
from finn.frontend.reading.tflite.spelling import Spelling
from finn.frontend.reading.tflite.windows import require_image, window_attributes

__all__ = (
    *("convolution", "depthwise_convolution", "fully_connected", "less_zero_point", "mul"),
    *("requantised_product", "symmetric_weights"),
)


def fully_connected(spelling: Spelling, operation: Operation) -> str:
    """``FULLY_CONNECTED``: vectors of the last axis, or whole images, times constant weights."""
    weights, result = symmetric_weights(spelling, operation, 2, channels=0), spelling.output(operation)
    source, before = less_zero_point(spelling, operation)
    length = weights.shape[1]
    if before[-1:] != (length,):
        if prod(before[1:]) != length:
            reason = f"multiplies vectors of {length} made of a tensor of shape {before}"
            raise operation.refusal(f"{reason}; check the export")
        source = spelling.reshaped(operation, source, (length,))
        before = (before[0], length)
    product = spelling.add(operation, "MatMul", source, weights.T.astype(np.float32))
    whole = requantised_product(spelling, operation, product, len(weights), len(before))
    after = (*before[1:-1], len(weights))
    return whole if after == result.shape[1:] else spelling.reshaped(operation, whole, result.shape[1:])


def convolution(spelling: Spelling, operation: Operation) -> str:
    """``CONV_2D``, grouped too: weights (outputs, height, width, channels)."""
    weights = np.moveaxis(symmetric_weights(spelling, operation, 4, channels=0), -1, 1)
    channels = require_image(operation, spelling.tensor(operation, 0))[-1]
    if channels % weights.shape[1]:
        reason = f"has weights for {weights.shape[1]} of {channels} channels"
        raise operation.refusal(f"{reason}; check the export")
    return _convolved(spelling, operation, weights, channels // weights.shape[1])


def depthwise_convolution(spelling: Spelling, operation: Operation) -> str:
    """``DEPTHWISE_CONV_2D``: weights (1, height, width, outputs), outputs of one channel side by side."""
    weights = np.moveaxis(symmetric_weights(spelling, operation, 4, channels=3), -1, 0)
    channels = require_image(operation, spelling.tensor(operation, 0))[-1]
    if weights.shape[1] != 1 or weights.shape[0] % channels:
        reason = f"has weights for {weights.shape[0]} outputs of {channels} channels"
        raise operation.refusal(f"{reason}; check the export")
    return _convolved(spelling, operation, weights, channels)


def _convolved(spelling: Spelling, operation: Operation, weights: NDArray[Any], group: int) -> str:
    """The convolution with weights (outputs, channels of a group, height, width)."""
    source, before = less_zero_point(spelling, operation)
    window = window_attributes(operation, before[1:3], weights.shape[2:], dilated=True)
    image = spelling.channels_first(operation, source)
    values = weights.astype(np.float32)
    product = spelling.add(operation, "Conv", image, values, group=group, **window)
    return requantised_product(
        spelling, operation, spelling.channels_last(operation, product), len(weights), len(before)
    )


def mul(spelling: Spelling, operation: Operation) -> str:
    """``MUL``, of which one tensor may be a constant, or be repeated for the other."""
    tensors = [spelling.tensor(operation, place) for place in (0, 1)]
    result = spelling.output(operation)
    constant = any(tensor.values is not None for tensor in tensors)
    ranks = {len(tensor.shape) for tensor in tensors}
    if (len(ranks) > 1 and not constant) or not all(broadcasts(t.shape, result.shape) for t in tensors):
        raise operation.refusal("multiplies tensors whose shapes do not fit its result; check the export")
    computed = 1 if tensors[0].values is not None else 0
    source, _ = less_zero_point(spelling, operation, computed)
    product = spelling.add(operation, "Mul", source, _factor(spelling, operation, 1 - computed))
    # The kernel multiplies scales as float32.
    scales = [np.float32(single(operation, tensor)) for tensor in (*tensors, result)]
    factor = np.array([scales[0] * scales[1] / scales[2]], dtype=np.float64)
    multiplier, shift = multiplier_and_shift(operation, factor)
    point, limits = zero_point_of(operation, result), activation_range(operation, result)
    return requantised(spelling, operation, product, (0, multiplier, shift), point, limits)


def _factor(spelling: Spelling, operation: Operation, place: int) -> NDArray[Any] | str:
    """What the tensor at an input is multiplied by."""
    tensor = spelling.tensor(operation, place)
    if tensor.values is None:
        return less_zero_point(spelling, operation, place)[0]
    return (tensor.values.astype(np.int64) - zero_point_of(operation, tensor)).astype(np.float32)


def less_zero_point(spelling: Spelling, operation: Operation, place: int = 0) -> tuple[str, tuple[int, ...]]:
    """An input less its zero point, so that padding is zero; and its shape."""
    source, tensor = spelling.computed(operation, place), spelling.tensor(operation, place)
    point = zero_point_of(operation, tensor)
    if point:
        source = spelling.add(operation, "Sub", source, np.array(point, dtype=np.float32))
    return source, tensor.shape


def symmetric_weights(spelling: Spelling, operation: Operation, rank: int, channels: int) -> NDArray[Any]:
    """The weights; FinnError where they are no symmetric int8, or scaled along another axis."""
    tensor, values = spelling.tensor(operation, 1), spelling.constant(operation, 1, "weights")
    if tensor.kind != "INT8" or values.ndim != rank:
        raise operation.refusal(
            f"has weights of type {tensor.kind} and shape {tensor.shape}; quantise the network to int8"
        )
    if np.any(tensor.zero_point):
        raise operation.refusal("has weights with a zero point; quantise them symmetrically")
    sizes = {1, values.shape[channels]} if tensor.axis == channels else {1}
    if tensor.scale.size not in sizes:
        raise operation.refusal("has weight scales that are not one for each output; check the export")
    return values


def requantised_product(
    spelling: Spelling, operation: Operation, product: str, outputs: int, rank: int, data: int = 0
) -> str:
    """The product with its bias on the output's scale; channels are the last of ``rank`` axes.

    What is multiplied is at input ``data``, weights are at 1, biases at the one behind both.
    """
    result = spelling.output(operation)
    weight_scale = spelling.tensor(operation, 1).scale.astype(np.float64)
    scale = single(operation, spelling.tensor(operation, data)) * weight_scale / single(operation, result)
    multiplier, shift = multiplier_and_shift(operation, scale)
    constants = (_bias(spelling, operation, outputs, max(data, 1) + 1), multiplier, shift)
    point, limits = zero_point_of(operation, result), activation_range(operation, result)
    # The scales of fully connected layers, one for all outputs, are applied by another function.
    twice = operation.kind != "FULLY_CONNECTED"
    return requantised(spelling, operation, product, constants, point, limits, rank=rank, twice=twice)


def _bias(spelling: Spelling, operation: Operation, outputs: int, place: int) -> NDArray[np.int64]:
    """One value for each output, zeros where there is no bias."""
    if len(operation.inputs) <= place or operation.inputs[place] < 0:
        return np.zeros(outputs, dtype=np.int64)
    tensor: Tensor = spelling.tensor(operation, place)
    values = spelling.constant(operation, place, "biases")
    if tensor.kind != "INT32" or values.size != outputs:
        reason = f"has biases of type {tensor.kind} and shape {tensor.shape}"
        raise operation.refusal(f"{reason}; check the export")
    return values.reshape(-1).astype(np.int64)
