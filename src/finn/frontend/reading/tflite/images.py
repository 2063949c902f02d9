"""Poolings, padding and joins of TensorFlow Lite in whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, lcm, log2, prod

import numpy as np
from numpy.typing import NDArray

from finn.frontend.graph.sizes import MAX_ELEMENTS
from finn.frontend.graph.windows import counted_pixels
from finn.frontend.reading.tflite.arithmetic import (
    INT8,
    activation_range,
    multiplier_and_shift,
    require_same_meaning,
    single,
    zero_point_of,
)
from finn.frontend.reading.tflite.file import Operation
from finn.frontend.reading.tflite.levels import clamped
from finn.frontend.reading.tflite.requantised import requantised
from finn.frontend.reading.tflite.spelling import Spelling
from finn.frontend.reading.tflite.windows import require_image, window_attributes

__all__ = ("average_pool", "concatenation", "max_pool", "mean", "pad", "resize_nearest")

_IMAGE_AXES = 4
_MAX_PIXELS = 2**16


def average_pool(spelling: Spelling, operation: Operation) -> str:
    """``AVERAGE_POOL_2D``: the mean of the integers of a window, zero point and all."""
    source, result = spelling.computed(operation), spelling.output(operation)
    require_same_meaning(operation, spelling.tensor(operation, 0), result)
    low, high = activation_range(operation, result)
    window = _window(spelling, operation)
    count = _shared_count(require_image(operation, spelling.tensor(operation, 0))[1:3], window)
    del window["dilations"]
    pooled = spelling.add(operation, "AveragePool", spelling.channels_first(operation, source), **window)
    last = spelling.channels_last(operation, pooled)
    return spelling.add(operation, "RoundedMean", last, count=count, low=low, high=high)


def _shared_count(sizes: Sequence[int], window: dict[str, list[int]]) -> int:
    """The least common multiple of the numbers of pixels that the window covers in its places.

    Such a multiple of all means is whole, and rounds as the mean of any one of them does.
    """
    counts = [
        counted_pixels(
            size,
            (window["kernel_shape"][axis], window["strides"][axis], 1),
            (window["pads"][axis], window["pads"][axis + 2]),
            (0, 0),
        )
        for axis, size in enumerate(sizes)
    ]
    return lcm(*np.unique(np.multiply.outer(*counts)).tolist())


def max_pool(spelling: Spelling, operation: Operation) -> str:
    """``MAX_POOL_2D``."""
    source, result = spelling.computed(operation), spelling.output(operation)
    require_same_meaning(operation, spelling.tensor(operation, 0), result)
    image = spelling.channels_first(operation, source)
    pooled = spelling.add(operation, "MaxPool", image, **_window(spelling, operation))
    last = spelling.channels_last(operation, pooled)
    return clamped(spelling, operation, last, activation_range(operation, result))


def _window(spelling: Spelling, operation: Operation) -> dict[str, list[int]]:
    kernel = [int(operation.option("FilterHeight")), int(operation.option("FilterWidth"))]
    shape = require_image(operation, spelling.tensor(operation, 0))
    return window_attributes(operation, shape[1:3], kernel)


def mean(spelling: Spelling, operation: Operation) -> str:
    """``MEAN`` over any axes: the sum less zero points, by a multiplier with 1 / count in it."""
    tensor, result = spelling.tensor(operation, 0), spelling.output(operation)
    rank = len(tensor.shape)
    given = spelling.constant(operation, 1, "axes").reshape(-1).tolist()
    axes = sorted({int(axis) % max(rank, 1) for axis in given})
    count = prod(tensor.shape[axis] for axis in axes)
    if not axes or 0 in axes or count > _MAX_PIXELS:
        raise operation.refusal(f"is over axes {given} of {tensor.shape}, which is not supported")
    point = zero_point_of(operation, tensor)
    total = _total(spelling, operation, axes, rank)
    factor = np.array([single(operation, tensor) / single(operation, result)])
    (multiplier,), (shift,) = multiplier_and_shift(operation, factor)
    moved = min(floor(log2(count)), shift)
    constants = (-point * count, (multiplier << moved) // count, shift + moved)
    whole = requantised(spelling, operation, total, constants, zero_point_of(operation, result), INT8)
    return whole if len(result.shape) == rank else spelling.reshaped(operation, whole, result.shape[1:])


def _total(spelling: Spelling, operation: Operation, axes: Sequence[int], rank: int) -> str:
    """The sum over axes, which stay."""
    source = spelling.computed(operation)
    if rank != _IMAGE_AXES:
        return spelling.add(operation, "ReduceSum", source, np.array(axes, dtype=np.int64), keepdims=1)
    places = np.array(sorted({0: 0, 1: 2, 2: 3, 3: 1}[axis] for axis in axes), dtype=np.int64)
    image = spelling.channels_first(operation, source)
    return spelling.channels_last(operation, spelling.add(operation, "ReduceSum", image, places, keepdims=1))


def pad(spelling: Spelling, operation: Operation) -> str:
    """``PAD`` of height and width, by the zero point."""
    tensor, result = spelling.tensor(operation, 0), spelling.output(operation)
    require_same_meaning(operation, tensor, result)
    require_image(operation, tensor)
    pads = spelling.constant(operation, 1, "paddings")
    if pads.shape != (4, 2) or np.any(pads < 0) or np.any(pads[[0, 3]]):
        raise operation.refusal("pads other axes than height and width; check the export")
    image = spelling.channels_first(operation, spelling.computed(operation))
    ordered = pads[[0, 3, 1, 2]].T.reshape(-1).astype(np.int64)
    value = np.array(zero_point_of(operation, result), dtype=np.float32)
    return spelling.channels_last(operation, spelling.add(operation, "Pad", image, ordered, value))


def resize_nearest(spelling: Spelling, operation: Operation) -> str:
    """``RESIZE_NEAREST_NEIGHBOR`` to any size."""
    tensor, result = spelling.tensor(operation, 0), spelling.output(operation)
    require_same_meaning(operation, tensor, result)
    sizes = require_image(operation, tensor)[1:3]
    wanted = [int(size) for size in spelling.constant(operation, 1, "sizes").reshape(-1)]
    if len(wanted) != len(sizes) or not all(1 <= size <= MAX_ELEMENTS for size in wanted):
        raise operation.refusal(f"gives an image of size {wanted}; check the export")
    image = spelling.channels_first(operation, spelling.computed(operation))
    for axis, (size, larger) in enumerate(zip(sizes, wanted, strict=True), 2):
        image = spelling.add(operation, "Gather", image, _nearest(operation, size, larger), axis=axis)
    return spelling.channels_last(operation, image)


def _nearest(operation: Operation, size: int, larger: int) -> NDArray[np.int64]:
    """The pixel along one axis that each of the result is, in float32 as the kernels find it."""
    aligned, centred = (bool(operation.option(name)) for name in ("AlignCorners", "HalfPixelCenters"))
    ends = aligned and larger > 1
    scale = np.float32(size - ends) / np.float32(larger - ends)
    places = (np.arange(larger, dtype=np.float32) + np.float32(0.5 if centred else 0)) * scale
    # Half away from zero, of numbers that are not negative.
    nearest = np.floor(places + np.float32(0.5)) if aligned else np.floor(places)
    return np.asarray(np.clip(nearest, 0, size - 1), dtype=np.int64)


def concatenation(spelling: Spelling, operation: Operation) -> str:
    """``CONCATENATION`` of tensors of one scale."""
    result = spelling.output(operation)
    names = [spelling.computed(operation, place) for place in range(len(operation.inputs))]
    for place in range(len(names)):
        require_same_meaning(operation, spelling.tensor(operation, place), result)
    axis = int(operation.option("Axis")) % len(result.shape)
    joined = spelling.add(operation, "Concat", names[0], *names[1:], axis=axis)
    return clamped(spelling, operation, joined, activation_range(operation, result))
