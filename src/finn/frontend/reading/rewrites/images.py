"""Rewrites of convolutions: windows written, bias apart."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from onnx import NodeProto, helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.frontend.graph.attributes import attributes, refusal
from finn.frontend.graph.sizes import MAX_ELEMENTS
from finn.frontend.reading.rewrites.linear import NodeRewrite

__all__ = (
    "IMAGE_REWRITES",
    "bias_apart",
    "image_shape",
    "require_padded",
    "window_written",
)

_RANKS = (3, 4)
_WINDOW_KEYS = ("kernel_shape", "strides", "dilations", "pads")


class ConvWindowWritten(NodeRewrite):
    """``Conv`` with kernel, strides, dilations and pads as attributes, its bias as an ``Add``."""

    op_types = ("Conv",)

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """Refuses ranks that no layer takes."""
        shape = image_shape(model, node)
        weights = list(model.get_tensor_shape(node.input[1]) or [])
        kernel, groups = weights[2:], int(attributes(node, group=1)["group"])
        if len(weights) != len(shape) or groups < 1 or weights[1] * groups != shape[1] or weights[0] % groups:
            reason = f"has weights of shape {tuple(weights)} in {groups} groups for {shape[1]} channels"
            raise refusal(node, f"{reason}; check the export")
        window: dict[str, Any] = {
            **window_written(node, shape, kernel),
            "group": groups,
        }
        product, bias = bias_apart(model, node, len(shape))
        return [helper.make_node("Conv", node.input[:2], [product], name=node.name, **window), *bias]


def bias_apart(model: ModelWrapper, node: NodeProto, rank: int) -> tuple[str, list[NodeProto]]:
    """The tensor that a convolution gives without its bias, and the ``Add`` of one value for each channel."""
    if len(node.input) < 3 or not node.input[2]:
        return str(node.output[0]), []
    product = f"{node.output[0]}_product"
    shape, name = f"{node.name}_bias_shape", f"{node.name}_bias"
    model.set_initializer(shape, np.asarray([1, -1, *(1,) * (rank - 2)], dtype=np.int64))
    model.set_tensor_shape(name, [1, *model.get_tensor_shape(node.input[2]), *(1,) * (rank - 2)])
    return product, [
        helper.make_node("Reshape", [node.input[2], shape], [name], name=name),
        helper.make_node("Add", [product, name], node.output, name=f"{node.name}_Add"),
    ]


def image_shape(model: ModelWrapper, node: NodeProto) -> list[int]:
    """The shape of the image, or row of pixels, that ``node`` reads, batch and channels first.

    Raises
    ------
    FinnError
        If it is of another rank.
    """
    shape = model.get_tensor_shape(node.input[0])
    if not shape or len(shape) not in _RANKS:
        raise refusal(node, f"works on a tensor of {len(shape or [])} axes; images have 4, rows of pixels 3")
    return list(shape)


def window_written(node: NodeProto, shape: Sequence[int], kernel: list[int]) -> dict[str, list[int]]:
    """Kernel, strides, dilations and pads of ``node`` on an image of ``shape``, each for every axis."""
    axes = len(kernel)
    values = attributes(
        node, strides=[1] * axes, dilations=[1] * axes, pads=[0] * 2 * axes, auto_pad="NOTSET"
    )
    window = {"kernel_shape": kernel, **{key: list(values[key]) for key in _WINDOW_KEYS[1:]}}
    if values["auto_pad"] in ("SAME_UPPER", "SAME_LOWER"):
        window["pads"] = _same(shape[2:], window, values["auto_pad"] == "SAME_UPPER")
    require_padded(node, shape, window["pads"])
    return window


def require_padded(node: NodeProto, shape: Sequence[int], pads: Sequence[int]) -> None:
    """Refuse pads that make too large an image of one of ``shape``."""
    around = zip(shape[2:], pads, pads[len(shape) - 2 :], strict=False)
    padded = [size + before + behind for size, before, behind in around]
    if prod([shape[1], *padded]) > MAX_ELEMENTS:
        reason = f"pads its image to {tuple(padded)}; tensors have at most {MAX_ELEMENTS} elements"
        raise refusal(node, f"{reason}, so check its pads")


def _same(sizes: Sequence[int], window: dict[str, list[int]], upper: bool) -> list[int]:
    """Pads with which the output has ceil(size / stride) places, the odd one behind or before."""
    before, behind = [], []
    for size, k, s, d in zip(
        sizes, window["kernel_shape"], window["strides"], window["dilations"], strict=True
    ):
        total = max((-(-size // s) - 1) * s + d * (k - 1) + 1 - size, 0)
        small, large = total // 2, total - total // 2
        before.append(small if upper else large)
        behind.append(large if upper else small)
    return before + behind


IMAGE_REWRITES: tuple[type[Transformation], ...] = (ConvWindowWritten,)
"""Before constants are evaluated: they add nodes on biases."""
