"""Tables of what rises and falls: where it steps up, and where it steps down."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ("signed_tables",)

Integers = NDArray[np.int64]


def signed_tables(grids: list[Integers], levels: list[Integers], low: int) -> tuple[int, Integers, Integers]:
    """Thresholds of ``level = low + count(x >= up) - count(x >= down)``.

    Parameters
    ----------
    grids
        (rows, 1) each: all values of the accumulator, ascending.
    levels
        (rows, elements) each, of those values.
    low
        A level that no element is below.

    Returns
    -------
    tuple
        The most steps that an element makes in one direction, and the thresholds up and down,
        (elements, steps) each, ascending; what an element does not need lies above all values.
    """
    element, value, step = _steps(grids, levels)
    elements, first, beyond = levels[0].shape[1], int(grids[0][0, 0]), int(grids[-1][-1, 0]) + 1
    # What an element starts with is counted from the first value on.
    element, value = np.append(np.arange(elements), element), np.append(np.full(elements, first), value)
    rising = np.append(levels[0][0] - low, np.maximum(step, 0))
    falling = np.append(np.zeros_like(levels[0][0]), np.maximum(-step, 0))
    up, down = (_table(element, value, times, elements, beyond) for times in (rising, falling))
    return max(up.shape[1], down.shape[1]), up, down


def _steps(grids: list[Integers], levels: list[Integers]) -> tuple[Integers, Integers, Integers]:
    """Element, accumulator value and height of every step, values ascending."""
    found = []
    before = levels[0][:1]
    for grid, chunk in zip(grids, levels, strict=True):
        steps = np.diff(np.concatenate([before, chunk]), axis=0)
        row, element = np.nonzero(steps)
        found.append(np.stack([element, grid[row, 0], steps[row, element]]))
        before = chunk[-1:]
    element, value, step = np.concatenate(found, axis=1)
    return element, value, step


def _table(element: Integers, value: Integers, times: Integers, elements: int, beyond: int) -> Integers:
    """Each value as often as it is said, in the row of its element."""
    order = np.argsort(element, kind="stable")
    element, value = (np.repeat(given[order], times[order]) for given in (element, value))
    counts = np.bincount(element, minlength=elements)
    place = np.arange(element.size) - np.repeat(np.cumsum(counts) - counts, counts)
    table = np.full((elements, int(counts.max())), beyond)
    table[element, place] = value
    return table
