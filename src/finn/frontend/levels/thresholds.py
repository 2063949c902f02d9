"""Threshold tables, found by evaluating the tail over the accumulator's range."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from finn.frontend.graph.attributes import refusal
from finn.frontend.graph.sizes import MAX_EVALUATIONS
from finn.frontend.levels.evaluate import Tail
from finn.frontend.levels.monotone import bending_node
from finn.frontend.levels.steps import Steps, steps_of_grids
from finn.frontend.levels.turning import search_steps

__all__ = ("FEW_LEVELS", "MAX_LEVELS", "MAX_STEPS", "ThresholdTable", "find_thresholds")

Integers = NDArray[np.int64]
MAX_LEVELS = 2**16
"""Levels of an activation in hardware: sixteen bits."""
FEW_LEVELS = 256
"""Levels that are cheap in thresholds whatever the function is."""
MAX_STEPS = 2 * FEW_LEVELS - 1
"""Steps up, and as many down: those of 256 levels that a function falls through and rises through."""


_ENUMERATED_VALUES = 2**16
_ENUMERATED_ELEMENTS = 2**22
# Some seconds for what has to be tried value by value.
_TURNING_EVALUATIONS = 2**22
_CHUNK = 2**20
_SAMPLE = 2**12
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
        The levels that are reached by any element; of one that falls, what is counted from.
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

    Small ranges are enumerated, which finds what falls, and what rises and falls; larger ones are
    bisected where every operator is monotone by kind, and else searched by bounds of the levels.

    Raises
    ------
    FinnError
        If the tail needs more than 65,536 levels, or more than 511 steps up or down where it turns, or
        is too wide to be enumerated and its operators give no bounds; the text names the node.
    """
    first, last = int(low.min()), int(high.max())
    values = last - first + 1
    if values <= _ENUMERATED_VALUES and values * tail.elements <= _ENUMERATED_ELEMENTS:
        table = _enumerate(tail, first, last, span)
    elif tail.monotone:
        table = _bisect(tail, first, last, span)
    else:
        table = _search(tail, first, last, span)
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


def _search(tail: Tail, first: int, last: int, span: tuple[int, int] | None) -> ThresholdTable:
    found = search_steps(tail, first, last)
    if found is not None:
        return _table(tail, *found, span)
    values, most = last - first + 1, max(_ENUMERATED_VALUES, _TURNING_EVALUATIONS // tail.elements)
    if values > most:
        reason = f"may rise and fall behind an accumulator of {values} values, of which at most"
        turning = next(node for node in tail.nodes if tail.may_turn(node))
        raise refusal(turning, f"{reason} {most} can be tried; quantise before it")
    return _enumerate(tail, first, last, span)


def _enumerate(tail: Tail, first: int, last: int, span: tuple[int, int] | None) -> ThresholdTable:
    _require_affordable(tail, last - first + 1)
    grids = _chunks(first, last, tail.elements)
    levels = [tail.levels(grid) for grid in grids]
    ties = np.concatenate([_tie_list(tail, grid, chunk) for grid, chunk in zip(grids, levels, strict=True)])
    return _table(tail, steps_of_grids(grids, levels), ties, span)


def _table(tail: Tail, steps: Steps, ties: Integers, span: tuple[int, int] | None) -> ThresholdTable:
    low, high = span or _reached(tail, steps.low, steps.high)
    if not steps.turns.any():
        return ThresholdTable(steps.one_way(low, high), steps.falls, low, high, ties)
    base, up, down = steps.both_ways()
    most = max(up.shape[1], down.shape[1])
    if most > MAX_STEPS:
        reason = f"rises and falls over {most} levels in all; at most {MAX_STEPS} each way are supported"
        sample = np.linspace(steps.first, steps.last, _SAMPLE).astype(np.int64)[:, None]
        raise refusal(bending_node(tail, sample), f"{reason}, so quantise to fewer levels")
    return ThresholdTable(up, np.zeros_like(steps.turns), base, high, ties, down)


def _chunks(first: int, last: int, elements: int) -> list[Integers]:
    rows = max(1, _CHUNK // elements)
    starts = range(first, last + 1, rows)
    return [np.arange(start, min(start + rows, last + 1))[:, None] for start in starts]


def _reached(tail: Tail, low: int, high: int) -> tuple[int, int]:
    if high - low >= MAX_LEVELS:
        reason = f"has {high - low + 1} levels; at most {MAX_LEVELS} (16 bits) are supported in hardware"
        raise refusal(tail.quantiser, reason)
    return low, high


def _tie_list(tail: Tail, grid: Integers, levels: Integers) -> Integers:
    row, element = np.nonzero(tail.ties(grid, levels))
    values = np.broadcast_to(grid, levels.shape)[row, element]
    return np.stack([element, values], axis=1)


def _bisect(tail: Tail, first: int, last: int, span: tuple[int, int] | None) -> ThresholdTable:
    """Smallest accumulator of each level, by halving all intervals at once."""
    ends = tail.levels(np.array([[first], [last]]))
    low, high = span or _reached(tail, int(ends.min()), int(ends.max()))
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
