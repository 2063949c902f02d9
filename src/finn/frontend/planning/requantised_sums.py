"""Sums of two streams with a requantisation of whole numbers, as a weighted sum and thresholds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from finn.frontend.graph.attributes import attributes, refusal
from finn.frontend.layers.branch_layers import AddLayer
from finn.frontend.layers.layers import ThresholdLayer
from finn.frontend.levels.activations import Activation
from finn.frontend.levels.affine import Affine
from finn.frontend.levels.ranges import smallest_datatype
from finn.frontend.planning.plan import Edge, Plan, bounds_of
from finn.runtime.requantise import requantised_sum

__all__ = ("requantised_add",)

Integers = NDArray[np.int64]
MAX_FACTOR = 2**15
_MAX_PAIRS = 2**22


def requantised_add(plan: Plan, node: NodeProto, edges: Sequence[Edge]) -> Edge:
    """Place the ``RequantizedAdd`` of two streams; the stream that comes of it.

    Its result is evaluated for every pair of integers. Whole factors of the two streams are sought whose
    weighted sum never falls where the result rises: thresholds of that sum then are the result.

    Raises
    ------
    FinnError
        If shapes or orders differ, or there are no such factors of at most 2^15.
    """
    first, second = edges
    if not second.is_like(first):
        raise refusal(node, "adds tensors of different shapes or layouts; give both the same shape")
    grids = [_integers(node, edge) for edge in edges]
    if grids[0].size * grids[1].size > _MAX_PAIRS:
        raise refusal(node, "adds tensors of more than 8 bits; quantise them further")
    levels = _levels(node, edges, grids)
    for factors in _factors(node):
        sums = np.add.outer(*(f * grid for f, grid in zip(factors, grids, strict=True)))
        thresholds = _thresholds(sums.reshape(-1), levels.reshape(-1))
        if thresholds is not None:
            return _placed(plan, node, edges, factors, sums, levels, thresholds)
    raise refusal(node, "adds tensors whose scales have no small whole ratio; give both the same scale")


def _integers(node: NodeProto, edge: Edge) -> Integers:
    if not edge.value.is_uniform or edge.value.knots is not None or edge.value.scale[0] <= 0:
        raise refusal(node, "adds tensors with a scale per channel; quantise both with one scale")
    return np.arange(int(np.min(edge.bounds[0])), int(np.max(edge.bounds[1])) + 1)


def _levels(node: NodeProto, edges: Sequence[Edge], grids: Sequence[Integers]) -> Integers:
    """The result for each pair of integers."""
    first, second = (
        edge.value.products(grid) + edge.value.offset for edge, grid in zip(edges, grids, strict=True)
    )
    levels = requantised_sum(first[:, None], second[None, :], attributes(node))
    return np.asarray(levels, dtype=np.int64)


def _factors(node: NodeProto) -> Iterator[tuple[int, int]]:
    """Whole factors in the ratio of the two scales, each pair nearer to it."""
    values = attributes(node)
    (first, second, _), shifts = values["multipliers"], values["shifts"]
    ratio, sign = Fraction(first << shifts[1], max(second, 1) << shifts[0]), -1 if values["subtract"] else 1
    for most in (1 << k for k in range(MAX_FACTOR.bit_length())):
        near = ratio if ratio <= 1 else 1 / ratio
        near = near.limit_denominator(most)
        parts = near.numerator, near.denominator
        yield (parts[0], sign * parts[1]) if ratio <= 1 else (parts[1], sign * parts[0])


def _thresholds(sums: Integers, levels: Integers) -> Integers | None:
    """The least sum of each level above the lowest; None where a higher sum, or the same, has a lower one."""
    order = np.lexsort((levels, sums))
    sums, levels = sums[order], levels[order]
    apart = np.diff(levels)
    if np.any(apart < 0) or np.any(apart[np.diff(sums) == 0]):
        return None
    wanted = np.arange(levels[0] + 1, levels[-1] + 1)
    return np.asarray(sums[np.searchsorted(levels, wanted)])


def _placed(
    plan: Plan,
    node: NodeProto,
    edges: Sequence[Edge],
    factors: tuple[int, int],
    sums: Integers,
    levels: Integers,
    thresholds: Integers,
) -> Edge:
    shape, types = edges[0].shape, tuple(edge.datatype for edge in edges)
    total = smallest_datatype(int(sums.min()), int(sums.max()))
    (wire,) = plan.place(
        AddLayer((node.name,), shape, types, total, factors), tuple(edge.wire for edge in edges)
    )
    low, datatype = int(levels.min()), smallest_datatype(int(levels.min()), int(levels.max()))
    activation = Activation(thresholds[None], (), low, datatype, ())
    (wire,) = plan.place(ThresholdLayer((node.name,), shape, total, activation), (wire,))
    value, bounds = Affine(np.ones(1)), bounds_of(datatype)
    return Edge(wire, str(node.output[0]), datatype, value, edges[0].order, shape, bounds)
