"""Sums, means and maxima over any axes of a stream, by the places that elements have in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

import numpy as np
from onnx import NodeProto

from finn.frontend.graph.attributes import attributes, refusal
from finn.frontend.layers.image_layers import GlobalPoolLayer, PoolLayer
from finn.frontend.layers.layers import MatrixLayer, matrix_layer
from finn.frontend.levels.affine import Affine
from finn.frontend.levels.quantised import Quantised
from finn.frontend.planning.network import Network
from finn.frontend.planning.plan import Edge, Plan, bounds_of

__all__ = ("reduced",)


@dataclass(frozen=True)
class _Step:
    """A stream seen as (before, count, behind), reduced along the middle."""

    before: int
    count: int
    behind: int


def reduced(network: Network, plan: Plan, node: NodeProto, edge: Edge) -> Edge:
    """Place the sum, mean or maximum of a stream over the axes of ``node``.

    Raises
    ------
    FinnError
        If the elements that are reduced are not evenly apart in the stream, their scales differ, or a
        maximum is one of values that fall as their integers rise.
    """
    axes = _axes(network, node)
    if edge.value.knots is not None:
        raise refusal(node, "reduces a sum on scales with no whole ratio; quantise it before")
    if node.op_type == "ReduceMax" and np.any(edge.value.scale <= 0):
        raise refusal(node, "reduces values that fall as their integers rise; use positive scales")
    for group in [axes] if _step(edge, axes) else [(axis,) for axis in axes]:
        edge = _along(plan, node, edge, group)
    order = edge.order if attributes(node, keepdims=1)["keepdims"] else np.squeeze(edge.order, axes)
    return replace(edge, tensor=str(node.output[0]), order=order)


def _axes(network: Network, node: NodeProto) -> tuple[int, ...]:
    """Axes of one image's tensor, the first of them the last that the stream brings."""
    rank = len(network.shape(node.input[0])) + 1
    given = network.constants[node.input[1]] if len(node.input) > 1 else attributes(node, axes=[])["axes"]
    return tuple(sorted((int(axis) % rank - 1 for axis in given), reverse=True))


def _step(edge: Edge, axes: tuple[int, ...]) -> _Step | None:
    """How elements that differ along ``axes`` only lie in the stream; None where not evenly apart."""
    moved = np.moveaxis(edge.order, axes, range(len(axes)))
    groups = np.sort(moved.reshape(prod(moved.shape[: len(axes)]), -1), axis=0)
    count, first = len(groups), groups[0]
    behind = int(groups[1, 0] - first[0]) if count > 1 else 1
    before = edge.order.size // (count * behind)
    starts = np.add.outer(np.arange(before) * count * behind, np.arange(behind)).reshape(-1)
    evenly = np.array_equal(groups, first + behind * np.arange(count)[:, None])
    return _Step(before, count, behind) if evenly and np.array_equal(np.sort(first), starts) else None


def _along(plan: Plan, node: NodeProto, edge: Edge, axes: tuple[int, ...]) -> Edge:
    step = _step(edge, axes)
    if step is None:
        raise refusal(node, "reduces elements that lie unevenly in their stream; keep the order of axes")
    if step.count == 1:
        return edge
    shape = _shape(edge.shape, step)
    layer = _layer(node, edge, step, shape)
    (wire,) = plan.place(layer, (edge.wire,))
    first, datatype = edge.order.min(axis=axes, keepdims=True), layer.output_datatype
    order = first // (step.count * step.behind) * step.behind + first % step.behind
    bounds = (layer.low, layer.high) if isinstance(layer, MatrixLayer) else bounds_of(datatype)
    return replace(
        edge, wire=wire, datatype=datatype, value=layer.value, order=order, shape=shape, bounds=bounds
    )


def _shape(shape: tuple[int, ...], step: _Step) -> tuple[int, ...]:
    """That of the stream behind: axes that are reduced as a whole become 1, else it is one vector."""
    for first in range(len(shape)):
        for last in range(first + 1, len(shape) + 1):
            if prod(shape[first:last]) == step.count and prod(shape[last:]) == step.behind:
                return (*shape[:first], *(1,) * (last - first), *shape[last:])
    return (step.before * step.behind,)


def _layer(node: NodeProto, edge: Edge, step: _Step, shape: tuple[int, ...]) -> PoolLayer | MatrixLayer:
    summed, channels = node.op_type != "ReduceMax", edge.shape[-1]
    share = 1 / step.count if node.op_type == "ReduceMean" else 1.0
    if summed and (step.count, step.behind) == (channels, 1):
        ones = np.ones((channels, 1), dtype=np.int64)
        return matrix_layer(
            node, Quantised(ones, np.full(ones.shape, share)), edge.shape, edge.datatype, edge.value
        )
    if step.behind % channels and not edge.value.is_uniform:
        raise refusal(node, "reduces channels with scales of their own; use one scale for all channels")
    if summed and edge.datatype.name == "BIPOLAR":
        raise refusal(node, "averages bipolar values; quantise them to 2 bits")
    offset = edge.value.offset * (share * step.count if summed else 1.0)
    value = Affine(edge.value.scale * share, offset)
    if summed and step.before == 1:
        image = (step.count, 1, step.behind)
        return GlobalPoolLayer((node.name,), image, image[:2], "SumPool", edge.datatype, value)
    places = shape[:2] if shape[2:] == (step.behind,) else (1, step.before)
    windows = (*places, step.count * step.behind)
    function = "SumPool" if summed else "MaxPool"
    return PoolLayer((node.name,), windows, (1, step.count), function, edge.datatype, value)
