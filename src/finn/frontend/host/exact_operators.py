"""Operators of the float64 evaluation that ``onnx.reference`` lacks, or has in some forms only."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from finn.frontend.graph.attributes import attributes, data_layout, set_attribute
from finn.frontend.host.programs import program_of
from finn.runtime.host_program import run_program

__all__ = ("Arrays", "as_double_cast", "conv_transpose", "host_operator", "upsample_as_resize")

Arrays = dict[str, NDArray[Any]]


def host_operator(node: NodeProto, values: Arrays) -> Arrays:
    """An operator of ``finn.runtime``, in the type of its values."""
    if node.op_type == "MultiThreshold":
        node = _copy(node)
        set_attribute(node, "data_layout", data_layout(node, values[node.input[0]].ndim))
    program, arrays = program_of([node], values)
    return run_program(program, arrays, {})


def as_double_cast(node: NodeProto, values: Arrays) -> Arrays:
    """A ``Cast`` to any floating-point type."""
    return {node.output[0]: values[node.input[0]].astype(np.float64)}


def upsample_as_resize(node: NodeProto) -> NodeProto:
    """``Upsample`` of opset 9 as the ``Resize`` of opset 13 that does the same."""
    resize = _copy(node)
    resize.op_type = "Resize"
    resize.input[:] = [node.input[0], "", node.input[1]]
    set_attribute(resize, "coordinate_transformation_mode", "asymmetric")
    set_attribute(resize, "nearest_mode", "floor")
    return resize


def conv_transpose(node: NodeProto, values: Arrays, size: Sequence[int]) -> Arrays:
    """``ConvTranspose`` (N, C, ...) to (N, M, *size), which the model's shapes give.

    Each tap of the kernel adds a spread copy of the image; what ``pads`` say is cut off in front,
    or half of what is too much, and the rest behind.
    """
    x, weights = values[node.input[0]], values[node.input[1]]
    axes = x.ndim - 2
    ones = [1] * axes
    a = attributes(node, strides=ones, dilations=ones, group=1, output_padding=[0] * axes)
    reach = [d * (k - 1) for d, k in zip(a["dilations"], weights.shape[2:], strict=True)]
    spread = [(n - 1) * s + 1 for n, s in zip(x.shape[2:], a["strides"], strict=True)]
    whole = [n + r + p for n, r, p in zip(spread, reach, a["output_padding"], strict=True)]
    full = np.zeros((len(x), weights.shape[1] * a["group"], *whole))
    grouped = x.reshape(len(x), a["group"], -1, *x.shape[2:])
    kernel = weights.reshape(a["group"], -1, *weights.shape[1:])
    for tap in product(*map(range, weights.shape[2:])):
        added = np.einsum("ngc...,gcm->ngm...", grouped, kernel[_last(*tap)])
        starts = [t * d for t, d in zip(tap, a["dilations"], strict=True)]
        places = [slice(b, b + n, s) for b, n, s in zip(starts, spread, a["strides"], strict=True)]
        full[_last(*places)] += added.reshape(*full.shape[:2], *x.shape[2:])
    cut = _cut(a, whole, size)
    result = full[_last(*(slice(c, c + n) for c, n in zip(cut, size, strict=True)))]
    bias = values[node.input[2]] if len(node.input) > 2 else np.zeros(full.shape[1])
    return {node.output[0]: result + bias.reshape(-1, *ones)}


def _last(*index: int | slice) -> Any:
    """An index into the last axes."""
    return (..., *index)


def _cut(a: dict[str, Any], whole: list[int], size: Sequence[int]) -> list[int]:
    if "output_shape" not in a and "SAME" not in str(a.get("auto_pad", "")):
        return list(a.get("pads", [0] * len(whole)))[: len(whole)]
    more = [total - n for total, n in zip(whole, size, strict=True)]
    if any(n % 2 for n in more):
        raise ValueError("the shape leaves open which side is cut")
    return [n // 2 for n in more]


def _copy(node: NodeProto) -> NodeProto:
    copy = NodeProto()
    copy.CopyFrom(node)
    return copy
