"""Streams that are to be added, brought to one shape and to scales of one ratio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from finn.frontend.graph.attributes import refusal
from finn.frontend.layers.channelwise_layer import ChannelwiseLayer
from finn.frontend.layers.resampling_layers import UpsampleLayer
from finn.frontend.levels.affine import Vector, compact
from finn.frontend.levels.ratios import SAME_RATIO
from finn.frontend.planning.plan import Edge, Plan

__all__ = ("evened", "near_fraction", "whole_fraction")

Integers = NDArray[np.int64]
_OPERAND_BITS = 16
# A factor may be negative.
_FACTOR_BITS = 15


def evened(plan: Plan, node: NodeProto, edges: Sequence[Edge]) -> list[Edge]:
    """The two streams that ``node`` adds, behind layers that repeat or multiply where it takes any.

    One pixel is repeated for each of the other's image. Where the ratio of the scales differs from
    channel to channel, both are multiplied by whole factors of the channels.

    Raises
    ------
    FinnError
        If a channel's ratio is no fraction of 15 bits, or a stream too wide to be multiplied.
    """
    first, second = _of_one_shape(plan, node, edges)
    if not second.is_like(first) or first.value.knots or second.value.knots:
        return [first, second]
    scales = np.broadcast_arrays(first.value.scale, second.value.scale)
    ratios = np.abs(scales[0] / scales[1])
    if np.all(np.abs(ratios / ratios[0] - 1) <= SAME_RATIO):
        return [first, second]
    fractions = [_fraction(node, float(ratio)) for ratio in ratios]
    parts = ([f.numerator for f in fractions], [f.denominator for f in fractions])
    step = compact(np.abs(scales[0]) / parts[0])
    signed = [(np.sign(scale) * part).astype(np.int64) for scale, part in zip(scales, parts, strict=True)]
    return [_multiplied(plan, node, e, f, step) for e, f in zip((first, second), signed, strict=True)]


def near_fraction(ratio: float, most: int) -> Fraction | None:
    """The fraction nearest to ``ratio`` whose larger part is at most ``most``; None where that is 0."""
    if ratio <= 1:
        near = Fraction(ratio).limit_denominator(most)
        return near or None
    near = Fraction(1 / ratio).limit_denominator(most)
    return 1 / near if near else None


def whole_fraction(ratio: float) -> Fraction | None:
    """The fraction of 15 bits or fewer that ``ratio`` is to float32's precision; None where there is none."""
    for bits in range(_FACTOR_BITS + 1):
        near = near_fraction(ratio, (1 << bits) - (bits == _FACTOR_BITS))
        if near is not None and abs(near / ratio - 1) <= SAME_RATIO:
            return near
    return None


def _fraction(node: NodeProto, ratio: float) -> Fraction:
    found = whole_fraction(ratio)
    if found is not None:
        return found
    reason = "adds channels whose scales have no whole ratio of up to 15 bits"
    raise refusal(node, f"{reason}; give both tensors the same scale")


def _multiplied(plan: Plan, node: NodeProto, edge: Edge, factors: Integers, step: Vector) -> Edge:
    """The stream times a factor for each channel; ``step`` is what its integers are then worth."""
    value = replace(edge.value, scale=step)
    if np.all(factors == 1):
        return replace(edge, value=value)
    if edge.datatype.bitwidth() > _OPERAND_BITS:
        reason = (
            f"multiplies channels of {edge.datatype.bitwidth()} bits; at most {_OPERAND_BITS} are supported"
        )
        raise refusal(node, f"{reason}, so quantise them or give both tensors the same scale")
    layer = ChannelwiseLayer((node.name,), edge.shape, edge.datatype, factors)
    (wire,) = plan.place(layer, (edge.wire,))
    ends = np.sort([bound * factors for bound in edge.bounds], axis=0)
    return replace(edge, wire=wire, datatype=layer.output_datatype, value=value, bounds=(ends[0], ends[1]))


def _of_one_shape(plan: Plan, node: NodeProto, edges: Sequence[Edge]) -> list[Edge]:
    image = max(edges, key=lambda edge: edge.order.size)
    return [_repeated(plan, node, edge, image) if edge.is_pixel_of(image) else edge for edge in edges]


def _repeated(plan: Plan, node: NodeProto, pixel: Edge, image: Edge) -> Edge:
    """One pixel as often as the other stream has pixels."""
    height, width = (*image.shape[:-1], 1, 1)[:2]
    layer = UpsampleLayer((node.name,), (1, 1, pixel.order.size), (height, width), pixel.datatype)
    (wire,) = plan.place(layer, (pixel.wire,))
    return replace(pixel, wire=wire, shape=image.shape, order=image.order)
