"""Sums, joins and cuts of streams: what they become, and what the result stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto
from qonnx.core.datatype import BaseDataType

from finn.frontend.graph.attributes import attributes, refusal
from finn.frontend.graph.operators import PAIRED, REDUCTIONS, SUMS
from finn.frontend.graph.order import Order, is_image
from finn.frontend.layers.branch_layers import AddLayer, ConcatLayer, SplitLayer
from finn.frontend.levels.activations import Bounds
from finn.frontend.levels.affine import Affine, Knots, compact
from finn.frontend.levels.ranges import smallest_datatype
from finn.frontend.levels.ratios import SAME_RATIO
from finn.frontend.planning.evening import evened, near_fraction, whole_fraction
from finn.frontend.planning.network import Network
from finn.frontend.planning.picking import picked, straightened
from finn.frontend.planning.plan import Edge, Plan, bounds_of
from finn.frontend.planning.products import paired
from finn.frontend.planning.reductions import reduced
from finn.frontend.planning.reordering import as_ordered_image, like
from finn.frontend.planning.requantised_sums import requantised_add

__all__ = ("joined",)

Part = tuple[Affine, Order, tuple[int, ...], Bounds]
ScalarT = TypeVar("ScalarT", bound=np.generic)
MAX_FACTOR = 2**10
_MAX_PAIRS = 2**22
_MAX_SUM_BITS = 32


def joined(network: Network, plan: Plan, node: NodeProto, edges: Sequence[Edge]) -> list[Edge]:
    """Place the sum, product, join or cut that ``node`` is of streams; the streams that come of it."""
    if network.picks(node):
        return picked(network, plan, node, edges[0])
    if node.op_type in REDUCTIONS:
        return [reduced(network, plan, node, edges[0])]
    edges = _aligned(network, plan, node, edges)
    wires, tensors = tuple(edge.wire for edge in edges), [str(name) for name in node.output]
    if node.op_type == "Split":
        channels = [network.shape(name)[0] for name in tensors]
        cut, parts = _split_layer(node, edges[0], channels)
        made = plan.place(cut, wires, len(parts))
        return [
            Edge(w, t, cut.output_datatype, *part) for w, t, part in zip(made, tensors, parts, strict=True)
        ]
    if node.op_type == "RequantizedAdd":
        return [requantised_add(plan, node, edges)]
    if node.op_type in PAIRED:
        return [paired(plan, node, edges)]
    if node.op_type in SUMS:
        edges = evened(plan, node, edges)
        wires = tuple(edge.wire for edge in edges)
    place = _concat_layer if node.op_type == "Concat" else _add_layer
    layer, value, order, bounds = place(node, edges)
    (wire,) = plan.place(layer, wires)
    return [Edge(wire, tensors[0], layer.output_datatype, value, order, layer.output_shape, bounds)]


def _aligned(network: Network, plan: Plan, node: NodeProto, edges: Sequence[Edge]) -> list[Edge]:
    """The streams with their elements in one order; what only the processor reads waits for nothing."""
    if not all(np.array_equal(edge.order, edges[0].order) for edge in edges) or node.op_type == "Split":
        edges = [straightened(plan, node, edge) for edge in edges]
    if all(network.first_layer(name) is None for name in node.output):
        return list(edges)
    if node.op_type in ("Concat", "Split"):
        return [as_ordered_image(plan, node, edge) for edge in edges]
    first = next((edge for edge in edges if edge.is_image or edge.is_plain), edges[0])
    return [like(plan, node, edge, first) for edge in edges]


def _add_layer(node: NodeProto, edges: Sequence[Edge]) -> tuple[AddLayer, Affine, Order, Bounds]:
    """The sum, or difference, of two streams.

    The two steps become small whole multiples of a common one: exactly where their ratio is such a
    fraction (to float32's precision), else by a fraction that keeps every sum of the two in its
    order, with the true sums as knots.

    Raises
    ------
    FinnError
        If shapes or orders differ, or no whole factors bring the two to a common step.
    """
    first, second = edges
    if not second.is_like(first):
        raise refusal(node, "adds tensors of different shapes or layouts; give both the same shape")
    factors, scale, knots = _common_step(node, first, second)
    bounds = _sum_bounds(factors, [edge.bounds for edge in edges])
    # The kernel's contract is on types, which may hold more than the stream does.
    low, high = _sum_bounds(factors, [bounds_of(edge.datatype) for edge in edges])
    datatype = smallest_datatype(int(low[0]), int(high[0]))
    if datatype.bitwidth() > _MAX_SUM_BITS:
        reason = f"needs sums of {datatype.bitwidth()} bits; at most {_MAX_SUM_BITS} are supported"
        raise refusal(node, f"{reason}, so quantise its inputs further")
    sign = -1 if node.op_type == "Sub" else 1
    offset = compact(np.asarray(first.value.offset + sign * second.value.offset))
    types = tuple(edge.datatype for edge in edges)
    layer = AddLayer((node.name,), first.shape, types, datatype, factors)
    return layer, Affine(scale, offset, knots), first.order, bounds


def _sum_bounds(factors: Sequence[int], bounds: Sequence[Bounds]) -> Bounds:
    ends = [(f * low, f * high) for f, (low, high) in zip(factors, bounds, strict=True)]
    low = np.asarray(sum(np.minimum(*pair) for pair in ends))
    high = np.asarray(sum(np.maximum(*pair) for pair in ends))
    return low, high


def _common_step(
    node: NodeProto, first: Edge, second: Edge
) -> tuple[tuple[int, int], NDArray[np.float64], Knots | None]:
    """Factors of the two streams, the step that they come to, and knots where it is not exact."""
    sign = -1.0 if node.op_type == "Sub" else 1.0
    steps = (first.value.scale, sign * second.value.scale)
    ratios = np.unique(steps[0] / steps[1])
    if first.value.knots or second.value.knots or np.any(np.abs(ratios / ratios[0] - 1) > SAME_RATIO):
        raise refusal(node, "adds tensors with a scale per channel; quantise both with one scale")
    ratio = abs(float(ratios[0]))
    for most in (1 << k for k in range(MAX_FACTOR.bit_length())):
        near = near_fraction(ratio, most)
        if near is None:
            continue
        unit = np.abs(steps[0]) / near.numerator
        factors = (
            int(np.sign(steps[0].flat[0])) * near.numerator,
            int(np.sign(steps[1].flat[0])) * near.denominator,
        )
        if abs(near / ratio - 1) <= SAME_RATIO:
            return factors, compact(unit), None
        knots = _knots(factors, (first, second), [float(step.flat[0]) for step in steps])
        if knots is not None and unit.size == 1:
            return factors, unit, knots
    near = whole_fraction(ratio)
    if near is not None:
        unit = compact(np.abs(steps[0]) / near.numerator)
        signs = [int(np.sign(step.flat[0])) for step in steps]
        return (signs[0] * near.numerator, signs[1] * near.denominator), unit, None
    raise refusal(node, "adds tensors whose scales have no small whole ratio; give both the same scale")


def _knots(factors: Sequence[int], edges: Sequence[Edge], steps: Sequence[float]) -> Knots | None:
    """The true sums of all pairs by integer; None where one stands for several, or they are out of order."""
    grids = [_levels(edge.datatype) for edge in edges]
    if grids[0].size * grids[1].size > _MAX_PAIRS:
        return None
    whole = np.add.outer(*(f * grid for f, grid in zip(factors, grids, strict=True))).reshape(-1)
    true = np.add.outer(*(step * grid for step, grid in zip(steps, grids, strict=True))).reshape(-1)
    order = np.lexsort((true, whole))
    whole, true = whole[order], true[order]
    tolerance = SAME_RATIO * float(np.abs(true).max())
    same = np.diff(whole) == 0
    apart = np.diff(true)
    if np.any(np.abs(apart[same]) > tolerance) or np.any(apart[~same] <= tolerance):
        return None
    integers, start = np.unique(whole, return_index=True)
    return Knots(integers, true[start])


def _levels(datatype: BaseDataType) -> NDArray[np.int64]:
    if datatype.name == "BIPOLAR":
        return np.array([-1, 1])
    return np.arange(int(datatype.min()), int(datatype.max()) + 1)


def _concat_layer(node: NodeProto, edges: Sequence[Edge]) -> tuple[ConcatLayer, Affine, Order, Bounds]:
    """Streams joined along their channels, or vectors joined end to end.

    Raises
    ------
    FinnError
        If their images differ in size or layout.
    """
    _require_channels(node, edges[0], "joins")
    vectors = all(edge.order.ndim == 1 for edge in edges)
    shapes = [(edge.order.size,) if vectors else edge.shape for edge in edges]
    if not vectors and not all(is_image(e.order, e.shape) and e.shape[:-1] == shapes[0][:-1] for e in edges):
        raise refusal(node, "joins images of different sizes or layouts; give all the same size")
    if any(edge.value.knots for edge in edges):
        raise refusal(node, "joins sums on scales with no whole ratio; quantise them before")
    channels = [shape[-1] for shape in shapes]
    datatype = _common_type([edge.datatype for edge in edges])
    shape = (*shapes[0][:-1], sum(channels))
    layer = ConcatLayer((node.name,), shape, tuple(e.datatype for e in edges), datatype, tuple(channels))
    repeated = [
        (_per_channel(e, e.value.scale, vectors), _per_channel(e, e.value.offset, vectors)) for e in edges
    ]
    scale, offset = (compact(np.concatenate(values)) for values in zip(*repeated, strict=True))
    low, high = (np.concatenate([_per_channel(e, e.bounds[side], vectors) for e in edges]) for side in (0, 1))
    return layer, Affine(scale, offset), _joined(edges, channels, shape, vectors), (low, high)


def _require_channels(node: NodeProto, edge: Edge, verb: str) -> None:
    axis = int(attributes(node, axis=0)["axis"])
    if axis % (edge.order.ndim + 1) != 1:
        raise refusal(node, f"{verb} another axis than the channels; use axis 1")


def _per_channel(edge: Edge, values: NDArray[ScalarT], vectors: bool) -> NDArray[ScalarT]:
    """One value for each element of the joined vector."""
    length = edge.order.size if vectors else edge.shape[-1]
    if values.size == 1:
        return np.repeat(values, length)
    return np.tile(values, length // values.size)


def _joined(edges: Sequence[Edge], channels: Sequence[int], shape: tuple[int, ...], vectors: bool) -> Order:
    if vectors:
        starts = np.cumsum([0, *channels[:-1]])
        return np.concatenate([edge.order + start for edge, start in zip(edges, starts, strict=True)])
    streamed = np.arange(int(np.prod(shape))).reshape(shape)
    return np.moveaxis(streamed, -1, 0).reshape(shape[-1], *edges[0].order.shape[1:])


def _common_type(types: Sequence[BaseDataType]) -> BaseDataType:
    if len({datatype.name for datatype in types}) == 1:
        return types[0]
    return smallest_datatype(min(int(t.min()) for t in types), max(int(t.max()) for t in types))


def _split_layer(node: NodeProto, edge: Edge, channels: Sequence[int]) -> tuple[SplitLayer, list[Part]]:
    """A stream cut along its channels.

    Returns
    -------
    tuple
        The layer, and for each part what it stands for, its order, shape and bounds.

    Raises
    ------
    FinnError
        If it is no image cut along its channels, and no plain vector.
    """
    _require_channels(node, edge, "cuts")
    vector = edge.order.ndim == 1 and edge.shape == (edge.order.size,)
    plain = vector and np.array_equal(edge.order, np.arange(edge.order.size))
    if not plain and not edge.is_image:
        raise refusal(node, "cuts an image whose axes were exchanged or cut; keep channels, height, width")
    if edge.value.knots:
        raise refusal(node, "cuts a sum on scales with no whole ratio; quantise it before")
    layer = SplitLayer((node.name,), edge.shape, tuple(channels), edge.datatype)
    ends = np.cumsum([0, *channels])
    parts = []
    for start, end, shape in zip(ends[:-1], ends[1:], layer.output_shapes, strict=True):
        streamed = np.arange(int(np.prod(shape))).reshape(shape)
        order = np.moveaxis(streamed, -1, 0).reshape(end - start, *edge.order.shape[1:])
        scale, offset = (compact(_taken(v, start, end)) for v in (edge.value.scale, edge.value.offset))
        low, high = (_taken(bound, start, end) for bound in edge.bounds)
        parts.append((Affine(scale, offset), order, shape, (low, high)))
    return layer, parts


def _taken(values: NDArray[ScalarT], start: int, end: int) -> NDArray[ScalarT]:
    """Of values per channel, or one for all, those of some channels."""
    return values if values.size == 1 else values[start:end]
