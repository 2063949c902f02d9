"""Levels as where they step up and down, and the tables of thresholds that count them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ("Steps", "places", "steps_of_boxes", "steps_of_grids")

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Steps:
    """The levels of each element over accumulators from ``first`` to ``last``.

    Attributes
    ----------
    start
        (elements,) the level at ``first``.
    element, value, height
        (steps,) each: whose level changes, from which accumulator on, and by how much; values ascend
        within an element.
    low, high
        The least and the largest level of all.
    """

    first: int
    last: int
    start: Integers
    element: Integers
    value: Integers
    height: Integers
    low: int
    high: int

    @property
    def falls(self) -> NDArray[np.bool_]:
        """Which elements step down anywhere."""
        return self._any(self.height < 0)

    @property
    def turns(self) -> NDArray[np.bool_]:
        """Which elements step both up and down."""
        return self.falls & self._any(self.height > 0)

    def one_way(self, low: int, high: int) -> Integers:
        """Thresholds (elements, levels - 1) of elements that rise from ``low``, or fall from ``high``."""
        start = np.where(self.falls, high - self.start, self.start - low)
        return self._table(start, np.abs(self.height), max(high - low, 1))

    def both_ways(self) -> tuple[int, Integers, Integers]:
        """``level = base + count(x >= up) - count(x >= down)``: base, up and down, (elements, steps) each.

        What an element starts with above the base is counted from the first value on; what it does
        not need lies above all values.
        """
        base = int(self.start.min())
        up = self._table(self.start - base, np.maximum(self.height, 0))
        return base, up, self._table(np.zeros_like(self.start), np.maximum(-self.height, 0))

    def _any(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return np.bincount(self.element[chosen], minlength=self.start.size) > 0

    def _table(self, start: Integers, times: Integers, width: int = 0) -> Integers:
        """Each value as often as it is said, in the row of its element, behind what it starts with."""
        element = np.concatenate([np.arange(start.size), self.element])
        value = np.concatenate([np.full(start.size, self.first), self.value])
        times = np.concatenate([start, times])
        order = np.argsort(element, kind="stable")
        element, value = (np.repeat(given[order], times[order]) for given in (element, value))
        place, most = places(element, start.size)
        table = np.full((start.size, max(most, width)), self.last + 1)
        table[element, place] = value
        return table


def places(element: Integers, elements: int) -> tuple[Integers, int]:
    """Of entries sorted by element, the place of each among those of its own, and the most of one."""
    counts = np.bincount(element, minlength=elements)
    return np.arange(element.size) - np.repeat(np.cumsum(counts) - counts, counts), int(counts.max())


def steps_of_grids(grids: list[Integers], levels: list[Integers]) -> Steps:
    """Of the levels (rows, elements) of all accumulators (rows, 1), in chunks."""
    found = []
    before = levels[0][:1]
    for grid, chunk in zip(grids, levels, strict=True):
        heights = np.diff(np.concatenate([before, chunk]), axis=0)
        row, element = np.nonzero(heights)
        found.append(np.stack([element, grid[row, 0], heights[row, element]]))
        before = chunk[-1:]
    low, high = min(int(c.min()) for c in levels), max(int(c.max()) for c in levels)
    first, last = int(grids[0][0, 0]), int(grids[-1][-1, 0])
    element, value, height = np.concatenate(found, axis=1)
    return Steps(first, last, levels[0][0], element, value, height, low, high)


def steps_of_boxes(element: Integers, value: Integers, level: Integers, last: int) -> Steps:
    """Of the levels from some accumulators on, sorted by element and value; each begins at the first."""
    begins = np.diff(element, prepend=-1) != 0
    heights = np.where(begins, 0, np.diff(level, prepend=0))
    kept = heights != 0
    return Steps(
        int(value[0]), last, level[begins], element[kept], value[kept], heights[kept],
        int(level.min()), int(level.max()),
    )  # fmt: skip
