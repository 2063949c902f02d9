"""Threshold tables, found by evaluating the tail over the accumulator's range."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from finn.frontend.graph.attributes import refusal
from finn.frontend.graph.sizes import MAX_EVALUATIONS
from finn.frontend.levels.evaluate import Tail
from finn.frontend.levels.monotone import bending_node
from finn.frontend.levels.signed_tables import signed_tables

__all__ = ("FEW_LEVELS", "MAX_LEVELS", "ThresholdTable", "find_thresholds")

Integers = NDArray[np.int64]
MAX_LEVELS = 2**16
"""Levels of an activation in hardware: sixteen bits."""
FEW_LEVELS = 256
"""Levels that are cheap in thresholds whatever the function is, or that both rise and fall."""


_ENUMERATED_VALUES = 2**16
_ENUMERATED_ELEMENTS = 2**22
# Some seconds for what has to be tried value by value.
_TURNING_EVALUATIONS = 2**22
_CHUNK = 2**20
_TIE_REACH = 4
# Of one value for each threshold, that halving holds at a time.
_ARRAYS = 4


@dataclass(frozen=True)
class ThresholdTable:
    """``level = low + count(x >= threshold) - count(x >= falling)``; where ``flip`` is set, ``high - count``.

    Attributes
    ----------
    thresholds
        (elements, high - low), ascending; inside [smallest, largest + 1] of the accumulator.
    flip
        (elements,) bool: the level falls as the accumulator rises.
    low, high
        The levels that are reached by any element.
    falling
        (elements, steps), as ``thresholds``, where an element both rises and falls; else None.
    ties
        (n, 2): element and accumulator value where rounding decides the level; of 256 levels at most,
        as those of more are beyond what float32 tells apart.
    """

    thresholds: Integers
    flip: NDArray[np.bool_]
    low: int
    high: int
    ties: Integers
    falling: Integers | None = None


def find_thresholds(
    tail: Tail, low: Integers, high: Integers, span: tuple[int, int] | None = None
) -> ThresholdTable:
    """Thresholds of ``tail`` for accumulators in ``[low, high]``.

    ``low`` and ``high`` are the exact bounds per element (or one for all); the table is computed
    over the widest of them. ``span`` are the levels of the table, if not those that are reached.

    Small ranges are enumerated, which finds what falls, and what rises and falls; where every
    operator is monotone by kind, larger ones are bisected.

    Raises
    ------
    FinnError
        If the tail needs more than 65,536 levels, or as many steps up or down, or is too wide to be
        enumerated and not monotone by the kinds of its operators; the text names the node.
    """
    first, last = int(low.min()), int(high.max())
    values = last - first + 1
    if tail.monotone and (values > _ENUMERATED_VALUES or values * tail.elements > _ENUMERATED_ELEMENTS):
        table = _bisect(tail, first, last, span)
    elif values <= max(_ENUMERATED_VALUES, _TURNING_EVALUATIONS // tail.elements):
        table = _enumerate(tail, first, last, span)
    else:
        most = max(_ENUMERATED_VALUES, _TURNING_EVALUATIONS // tail.elements)
        reason = f"may rise and fall behind an accumulator of {values} values, of which at most"
        turning = next(node for node in tail.nodes if tail.may_turn(node))
        raise refusal(turning, f"{reason} {most} can be tried; quantise before it")
    if tail.elements == 1:
        low, high = low.min(keepdims=True), high.max(keepdims=True)
    return replace(table, ties=_reachable(table.ties, low, high))


def _require_affordable(tail: Tail, values: int) -> None:
    if values * tail.elements > MAX_EVALUATIONS:
        reason = f"needs thresholds of their own for {tail.elements} elements; use one scale per channel"
        raise refusal(tail.quantiser, reason)


def _reachable(ties: Integers, low: Integers, high: Integers) -> Integers:
    """Without the ties at values that the element's own accumulator cannot take."""
    element, value = ties.T
    kept = (value >= low[element % low.size]) & (value <= high[element % high.size])
    return np.asarray(ties[kept])


def _enumerate(tail: Tail, first: int, last: int, span: tuple[int, int] | None) -> ThresholdTable:
    _require_affordable(tail, last - first + 1)
    grids = _chunks(first, last, tail.elements)
    levels = [tail.levels(grid) for grid in grids]
    low, high = span or _reached(tail, levels)
    ties = np.concatenate([_tie_list(tail, grid, chunk) for grid, chunk in zip(grids, levels, strict=True)])
    flip, both = _directions(tail, levels)
    if both.any():
        most, thresholds, falling = signed_tables(grids, levels, low)
        _require_few(tail, grids, most)
        return ThresholdTable(thresholds, np.zeros_like(flip), low, high, ties, falling)
    steps = max(high - low, 1)
    histogram = np.zeros((tail.elements, steps + 1), dtype=np.int64)
    for chunk in levels:
        rising = np.where(flip, high - chunk, chunk - low)
        index = rising + np.arange(tail.elements) * (steps + 1)
        histogram += np.bincount(index.ravel(), minlength=histogram.size).reshape(histogram.shape)
    thresholds = first + np.cumsum(histogram, axis=1)[:, :-1]
    return ThresholdTable(thresholds, flip, low, high, ties)


def _require_few(tail: Tail, grids: list[Integers], steps: int) -> None:
    if steps >= FEW_LEVELS:
        reason = f"rises and falls over {steps} levels in all; at most {FEW_LEVELS - 1} each way"
        raise refusal(bending_node(tail, grids), f"{reason} are supported, so quantise to fewer levels")


def _chunks(first: int, last: int, elements: int) -> list[Integers]:
    rows = max(1, _CHUNK // elements)
    starts = range(first, last + 1, rows)
    return [np.arange(start, min(start + rows, last + 1))[:, None] for start in starts]


def _reached(tail: Tail, levels: list[Integers]) -> tuple[int, int]:
    low = min(int(chunk.min()) for chunk in levels)
    high = max(int(chunk.max()) for chunk in levels)
    if high - low >= MAX_LEVELS:
        reason = f"has {high - low + 1} levels; at most {MAX_LEVELS} (16 bits) are supported in hardware"
        raise refusal(tail.quantiser, reason)
    return low, high


def _directions(tail: Tail, levels: list[Integers]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which elements fall, and which both rise and fall."""
    rises = np.zeros(tail.elements, dtype=bool)
    falls = np.zeros(tail.elements, dtype=bool)
    before = levels[0][:1]
    for chunk in levels:
        steps = np.diff(np.concatenate([before, chunk]), axis=0)
        rises |= (steps > 0).any(axis=0)
        falls |= (steps < 0).any(axis=0)
        before = chunk[-1:]
    return falls, rises & falls


def _tie_list(tail: Tail, grid: Integers, levels: Integers) -> Integers:
    row, element = np.nonzero(tail.ties(grid, levels))
    values = np.broadcast_to(grid, levels.shape)[row, element]
    return np.stack([element, values], axis=1)


def _bisect(tail: Tail, first: int, last: int, span: tuple[int, int] | None) -> ThresholdTable:
    """Smallest accumulator of each level, by halving all intervals at once."""
    ends = tail.levels(np.array([[first], [last]]))
    low, high = span or _reached(tail, [ends])
    flip = ends[1] < ends[0]
    target = np.arange(max(high - low, 1))[:, None]
    _require_affordable(tail, _ARRAYS * len(target))
    below = np.full((len(target), tail.elements), first)
    above = np.full((len(target), tail.elements), last + 1)
    while np.any(below < above):
        middle = (below + above) // 2
        levels = tail.levels(np.minimum(middle, last))
        reached = (np.where(flip, high - levels, levels - low) > target) | (middle > last)
        above = np.where(reached, middle, above)
        below = np.where(reached, below, np.minimum(middle + 1, above))
    few = len(below) < FEW_LEVELS
    ties = _ties_beside(tail, below, first, last) if few else np.empty((0, 2), dtype=np.int64)
    return ThresholdTable(below.T.copy(), flip, low, high, ties)


def _ties_beside(tail: Tail, thresholds: Integers, first: int, last: int) -> Integers:
    """Ties among the few accumulators around each threshold, where alone a rising function has any."""
    near = [thresholds + offset for offset in range(-_TIE_REACH, _TIE_REACH)]
    grid = np.clip(np.concatenate(near), first, last)
    parts = np.array_split(grid, max(1, grid.size // _CHUNK))
    return np.unique(np.concatenate([_tie_list(tail, part, tail.levels(part)) for part in parts]), axis=0)
