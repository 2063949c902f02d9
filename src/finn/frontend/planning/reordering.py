"""Streams brought in the order that a reader needs, where no element has to wait for more than a frame."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from finn.frontend.graph.order import Order, image_order, is_image, plain_order
from finn.frontend.layers.reorder_layer import ReorderLayer
from finn.frontend.planning.plan import Edge, Plan

__all__ = ("as_ordered_image", "as_rows", "like", "of_channels")

Places = tuple[int, ...]
ScalarT = TypeVar("ScalarT", bound=np.generic)


def as_ordered_image(plan: Plan, node: NodeProto, edge: Edge) -> Edge:
    """The stream of a tensor with channels first as that of an image; as it is where that cannot be."""
    if edge.order.ndim not in (2, 3) or (len(edge.shape) == 3 and is_image(edge.order, edge.shape)):
        return edge
    places = np.moveaxis(edge.order.reshape(len(edge.order), -1, edge.order.shape[-1]), 0, -1)
    return _reordered(plan, node, edge, places, image_order(edge.order.shape))


def as_rows(plan: Plan, node: NodeProto, edge: Edge) -> Edge:
    """The stream of a tensor as its elements stand, its last axis innermost; else as `as_ordered_image`."""
    if edge.order.ndim < 2 or edge.is_plain:
        return edge
    order = edge.order
    rows, last = (order.shape[0], order.shape[-1]) if order.ndim > 2 else (1, order.shape[-1])
    return _reordered(plan, node, edge, order.reshape(rows, -1, last), plain_order(order.shape))


def like(plan: Plan, node: NodeProto, edge: Edge, other: Edge) -> Edge:
    """The stream of a tensor in the order of another of its shape; else as `as_ordered_image`."""
    if edge.order.shape != other.order.shape or edge.is_like(other):
        return edge
    places = np.empty(edge.order.size, dtype=np.int64)
    places[other.order.reshape(-1)] = edge.order.reshape(-1)
    shape = (*(1,) * (3 - len(other.shape)), *other.shape)
    moved = _reordered(plan, node, edge, places.reshape(shape), other.order)
    return moved if moved is edge else replace(moved, shape=other.shape)


def _reordered(plan: Plan, node: NodeProto, edge: Edge, places: Order, order: Order) -> Edge:
    """The stream of a layer that takes ``places`` (height, width, channels) of what comes."""
    tables, channels = _tables(places), _channels(places, edge.shape[-1])
    uniform = edge.value.is_uniform and all(bound.size == 1 for bound in edge.bounds)
    if tables is None or (channels is None and not edge.value.is_uniform) or edge.value.knots is not None:
        return edge
    layer = ReorderLayer((node.name,), edge.shape, places.shape, *tables, edge.datatype)
    (wire,) = plan.place(layer, (edge.wire,))
    moved = replace(edge, wire=wire, order=order, shape=places.shape)
    if uniform:
        return moved
    if channels is None:
        low, high = edge.bounds
        return replace(moved, bounds=(low.min(keepdims=True), high.max(keepdims=True)))
    scale, offset = (of_channels(values, channels) for values in (edge.value.scale, edge.value.offset))
    low, high = (of_channels(bound, channels) for bound in edge.bounds)
    return replace(moved, value=replace(edge.value, scale=scale, offset=offset), bounds=(low, high))


def _tables(places: Order) -> tuple[Places, Places, Places] | None:
    """One summand of each axis for every place; None where there are no such."""
    first = int(places[0, 0, 0])
    axes = (places[:, 0, 0], places[0, :, 0] - first, places[0, 0, :] - first)
    sums = axes[0][:, None, None] + axes[1][:, None] + axes[2]
    if not np.array_equal(sums, places):
        return None
    lowest = [int(axis.min()) for axis in axes[1:]]
    outer, middle, inner = axes[0] + sum(lowest), axes[1] - lowest[0], axes[2] - lowest[1]
    return tuple(outer.tolist()), tuple(middle.tolist()), tuple(inner.tolist())


def _channels(places: Order, count: int) -> NDArray[np.int64] | None:
    """The channel that each one was; None where pixels differ."""
    channels = places % count
    return np.asarray(channels[0, 0]) if np.all(channels == channels[0, 0]) else None


def of_channels(values: NDArray[ScalarT], channels: NDArray[np.int64]) -> NDArray[ScalarT]:
    """Of values per channel, or one for all, those of some channels."""
    return values if values.size == 1 else values[channels]
