"""Slices, gathers with constant places, and splits of streams: rows, columns and channels that stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from finn.frontend.graph.attributes import attributes, refusal
from finn.frontend.graph.order import Order, image_order
from finn.frontend.layers.gather_layer import GatherLayer
from finn.frontend.levels.affine import Affine
from finn.frontend.planning.network import Network
from finn.frontend.planning.plan import Edge, Plan
from finn.frontend.planning.reordering import as_ordered_image, of_channels

__all__ = ("picked", "straightened")

Places = tuple[NDArray[np.int64], ...]


def picked(network: Network, plan: Plan, node: NodeProto, edge: Edge) -> list[Edge]:
    """Place what ``node`` takes of a stream; one stream for each of its outputs.

    Raises
    ------
    FinnError
        If that is no set of whole rows, columns and channels, or they leave in another order than they
        come.
    """
    if edge.value.knots is not None:
        raise refusal(node, "cuts a sum on scales with no whole ratio; quantise it before")
    parts = _taken(node, network.constants, edge.order)
    return [_part(plan, node, edge, name, order) for name, order in zip(node.output, parts, strict=True)]


def straightened(plan: Plan, node: NodeProto, edge: Edge) -> Edge:
    """An image whose channels come in another order than ``node`` reads them, put in that order."""
    channels = None if edge.is_image else _channels_of(edge.order, edge.shape)
    if channels is None:
        return edge
    height, width, count = edge.shape
    order = image_order((count, height, width)).reshape(edge.order.shape)
    places = (np.arange(height), np.arange(width), channels)
    return _placed(plan, node, replace(edge, order=order), places)


def _channels_of(order: Order, shape: tuple[int, ...]) -> NDArray[np.int64] | None:
    """The stream's channels in the tensor's order; None where more than they are exchanged, or cut."""
    if len(shape) != 3 or order.size != np.prod(shape) or order.shape[0] != shape[2]:
        return None
    height, width, count = shape
    rows = order.reshape(count, -1)
    channels = np.asarray(rows[:, 0] % count)
    image = image_order((count, height, width)).reshape(count, -1)
    return channels if np.array_equal(rows, image[channels]) else None


def _taken(node: NodeProto, constants: Mapping[str, NDArray[Any]], order: Order) -> list[Order]:
    """What the outputs of ``node`` are of a tensor of this order."""
    given = [constants[name] for name in node.input[1:]]
    if node.op_type == "Gather":
        return [np.take(order[None], given[0], axis=int(attributes(node, axis=0)["axis"]))[0]]
    if node.op_type == "Split":
        axis = int(attributes(node, axis=0)["axis"])
        return [part[0] for part in np.split(order[None], np.cumsum(given[0])[:-1], axis=axis)]
    cut = [slice(None)] * (order.ndim + 1)
    for start, end, axis, step in zip(*(values.tolist() for values in given), strict=True):
        cut[axis] = slice(start, end, step)
    return [order[None][tuple(cut)][0]]


def _part(plan: Plan, node: NodeProto, edge: Edge, tensor: str, order: Order) -> Edge:
    height, width, channels = _three(edge.shape)
    places = np.unravel_index(order.reshape(-1), (height, width, channels))
    kept = tuple(np.unique(axis) for axis in places)
    ranks = [np.searchsorted(values, axis) for values, axis in zip(kept, places, strict=True)]
    moved = np.ravel_multi_index(ranks, tuple(len(values) for values in kept))
    shape = tuple(len(values) for values in kept)
    if not np.array_equal(np.sort(moved), np.arange(np.prod(shape))):
        return _otherwise(plan, node, edge, tensor, order)
    moved = moved.reshape(order.shape)
    if edge.is_image and order.ndim == edge.order.ndim and _channels_of(moved, shape) is None:
        return _otherwise(plan, node, edge, tensor, order)
    return _placed(plan, node, replace(edge, tensor=tensor, order=moved), kept)


def _otherwise(plan: Plan, node: NodeProto, edge: Edge, tensor: str, order: Order) -> Edge:
    """What cannot be taken as it comes is taken from a ring."""
    moved = as_ordered_image(plan, node, replace(edge, tensor=tensor, order=order))
    if moved.order is order:
        raise refusal(node, "takes no set of whole rows, columns and channels; take each of them once")
    return moved


def _placed(plan: Plan, node: NodeProto, edge: Edge, places: Places) -> Edge:
    """The stream of a layer that keeps ``places`` of ``edge``, whose tensor and order are those behind it."""
    if all(np.array_equal(kept, range(n)) for kept, n in zip(places, _three(edge.shape), strict=True)):
        return edge
    rows, columns, channels = (tuple(values.tolist()) for values in places)
    layer = GatherLayer((node.name,), edge.shape, rows, columns, channels, edge.datatype)
    (wire,) = plan.place(layer, (edge.wire,))
    low, high = (of_channels(bound, places[2]) for bound in edge.bounds)
    value = edge.value
    scale, offset = (of_channels(values, places[2]) for values in (value.scale, value.offset))
    after = Affine(scale, offset, single=value.single)
    return replace(edge, wire=wire, value=after, shape=layer.output_shape, bounds=(low, high))


def _three(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """(height, width, channels); vectors lie below one another."""
    height, width = (*shape[:-1], 1, 1)[:2]
    return height, width, shape[-1]
