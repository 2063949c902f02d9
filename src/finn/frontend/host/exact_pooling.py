"""Poolings of the float64 evaluation, which ``onnx.reference`` has wrong where their paddings differ."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from finn.frontend.graph.attributes import attributes
from finn.frontend.host.exact_operators import Arrays
from finn.frontend.reading.rewrites.images import window_written

__all__ = ("pool",)


def pool(node: NodeProto, values: Arrays) -> Arrays:
    """``AveragePool`` or ``MaxPool`` of (N, C, ...), place by place; none begins in the padding behind it.

    A mean is one of float64, a maximum of its elements' own type.
    """
    x = values[node.input[0]]
    given = attributes(node, count_include_pad=0, ceil_mode=0)
    window = window_written(node, x.shape, list(given["kernel_shape"]))
    padding, rounded = bool(given["count_include_pad"]), bool(given["ceil_mode"])
    axes = [_places(window, axis, n, padding, rounded) for axis, n in enumerate(x.shape[2:])]
    spatial, results = tuple(range(2, x.ndim)), []
    for place in product(*axes):
        pixels, count = x, 1
        for axis, (inside, counted) in enumerate(place, 2):
            pixels, count = np.take(pixels, inside, axis), count * counted
        mean = node.op_type == "AveragePool"
        results.append(pixels.sum(axis=spatial) / count if mean else pixels.max(axis=spatial))
    return {node.output[0]: np.stack(results, axis=-1).reshape(*x.shape[:2], *map(len, axes))}


def _places(
    window: dict[str, list[int]], axis: int, size: int, padding: bool, rounded: bool
) -> list[tuple[NDArray[np.int64], int]]:
    """For each place along one axis: what it covers of the image, how many pixels it counts."""
    k, s, d = (window[key][axis] for key in ("kernel_shape", "strides", "dilations"))
    before, behind = window["pads"][axis], window["pads"][axis + len(window["pads"]) // 2]
    low, high = (-before, size + behind) if padding else (0, size)
    found = []
    for first in range(-before, size, s):
        taps = first + d * np.arange(k)
        if taps[-1] >= size + behind and not (rounded and first - s + d * (k - 1) < size + behind - 1):
            break
        inside = taps[(taps >= 0) & (taps < size)]
        found.append((inside, int(((taps >= low) & (taps < high)).sum())))
    return found
