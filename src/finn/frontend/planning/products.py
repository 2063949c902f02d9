"""Products of two streams, and the larger or smaller of two: what they become, and what that stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from onnx import NodeProto

from finn.frontend.graph.attributes import refusal
from finn.frontend.layers.branch_layers import EltwiseLayer
from finn.frontend.layers.channelwise_layer import ChannelwiseLayer
from finn.frontend.levels.activations import Bounds
from finn.frontend.levels.affine import Affine, Vector, compact
from finn.frontend.levels.ranges import smallest_datatype
from finn.frontend.levels.ratios import SAME_RATIO
from finn.frontend.planning.plan import Edge, Plan, bounds_of
from finn.kernels.streaming_eltwise import FUNCTIONS, OPERAND_BITS, signed_bits

__all__ = ("paired",)

# By the operator, as the kernel calls its functions.
_VERBS = {"Mul": "multiplies", "Max": "compares", "Min": "compares"}


def paired(plan: Plan, node: NodeProto, edges: Sequence[Edge]) -> Edge:
    """Place the product, larger or smaller of two streams; one of them may be one pixel for a whole image.

    Raises
    ------
    FinnError
        If shapes, layouts or the scales of what is compared do not fit, or an operand is no multiple
        of its scale, or too wide.
    """
    first, second = _of_one_shape(node, edges)
    broadcast = not second.is_like(first)
    first, second = (_operand(plan, node, edge) for edge in (first, second))
    low, high = _ends(node.op_type, bounds_of(first.datatype), bounds_of(second.datatype))
    datatype = smallest_datatype(int(low[0]), int(high[0]))
    types = (first.datatype, second.datatype)
    layer = EltwiseLayer((node.name,), first.shape, types, datatype, node.op_type, broadcast)
    (wire,) = plan.place(layer, (first.wire, second.wire))
    value = Affine(_scale(node, first.value.scale, second.value.scale))
    bounds = _ends(node.op_type, first.bounds, second.bounds)
    return Edge(wire, str(node.output[0]), datatype, value, first.order, first.shape, bounds)


def _of_one_shape(node: NodeProto, edges: Sequence[Edge]) -> list[Edge]:
    """The two streams, the one with more pixels first."""
    verb = _VERBS[node.op_type]
    if len(edges) != 2:
        raise refusal(node, f"{verb} {len(edges)} computed tensors; export it two by two")
    first, second = sorted(edges, key=lambda edge: -edge.order.size)
    if not second.is_like(first) and not second.is_pixel_of(first):
        raise refusal(node, f"{verb} tensors of different shapes or layouts; give both the same shape")
    return [first, second]


def _scale(node: NodeProto, first: Vector, second: Vector) -> Vector:
    if node.op_type == "Mul":
        return compact(np.asarray(first * second))
    if np.any(first <= 0) or np.any(np.abs(first / second - 1) > SAME_RATIO):
        raise refusal(node, "compares tensors on different scales; give both the same scale")
    return compact(first)


def _operand(plan: Plan, node: NodeProto, edge: Edge) -> Edge:
    """The stream whose integers times a scale are the tensor: a zero point is taken off."""
    steps = edge.value.offset / edge.value.scale
    whole = np.rint(steps)
    exact = np.all(np.abs(steps - whole) <= SAME_RATIO * np.maximum(np.abs(whole), 1))
    if edge.value.knots is None and exact and np.any(whole):
        added = ChannelwiseLayer((node.name,), edge.shape, edge.datatype, whole.astype(np.int64), "add")
        (wire,) = plan.place(added, (edge.wire,))
        low, high = (bound + added.factors for bound in edge.bounds)
        value = Affine(edge.value.scale)
        edge = replace(edge, wire=wire, datatype=added.output_datatype, value=value, bounds=(low, high))
    _require_operand(node, edge)
    return edge


def _require_operand(node: NodeProto, edge: Edge) -> None:
    verb = _VERBS[node.op_type]
    if edge.value.knots is not None or np.any(edge.value.offset != 0):
        raise refusal(
            node, f"multiplies {edge.tensor}, which has an offset or no one step; quantise it before"
        )
    if edge.datatype.name == "BIPOLAR" or signed_bits(edge.datatype) > OPERAND_BITS:
        reason = f"{verb} {edge.tensor}, of type {edge.datatype.name}"
        raise refusal(node, f"{reason}; quantise it to integers of at most {OPERAND_BITS - 1} bits")


def _ends(function: str, first: Bounds, second: Bounds) -> Bounds:
    """The least and the largest result, per channel where either is."""
    results = np.broadcast_arrays(*(FUNCTIONS[function](x, y) for x, y in product(first, second)))
    return np.min(results, axis=0), np.max(results, axis=0)
