"""Steps of a function that rises and falls, by halving the accumulator's range where it is not flat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from finn.frontend.levels.evaluate import Tail
from finn.frontend.levels.steps import Steps, places, steps_of_boxes

__all__ = ("search_steps",)

Integers = NDArray[np.int64]
# Some seconds, and some hundred MB.
_EVALUATIONS = 2**24
_EVALUATIONS_AT_ONCE = 2**21


def search_steps(tail: Tail, first: int, last: int) -> tuple[Steps, Integers] | None:
    """The steps of all elements for accumulators in [first, last], and their ties (n, 2).

    A range of accumulators whose levels have equal bounds is flat; any other is halved, down to
    single ones. So no step is missed, however often the function turns.

    Returns
    -------
    tuple or None
        None where too many ranges have to be tried.
    """
    boxes = np.stack([np.arange(tail.elements), *(np.full(tail.elements, end) for end in (first, last))])
    settled, spent = [], 0
    while boxes.size:
        element, place, rows = _placed(boxes, tail.elements)
        spent += rows * tail.elements
        if spent > _EVALUATIONS or rows * tail.elements > _EVALUATIONS_AT_ONCE:
            return None
        ends = [_spread(end, element, place, rows, tail.elements, first) for end in boxes[1:]]
        low, high = (levels[place, element] for levels in tail.levels_between(*ends))
        flat = (low == high) | (boxes[1] == boxes[2])
        settled.append(boxes[:, flat])
        boxes = _halves(boxes[:, ~flat])
    return _steps_and_ties(tail, _sorted(np.concatenate(settled, axis=1)), first, last)


def _steps_and_ties(tail: Tail, boxes: Integers, first: int, last: int) -> tuple[Steps, Integers]:
    element, place, rows = _placed(boxes, tail.elements)
    grid = _spread(boxes[1], element, place, rows, tail.elements, first)
    levels = tail.levels(grid)
    near = tail.ties(grid, levels)[place, element] & (boxes[1] == boxes[2])
    return steps_of_boxes(element, boxes[1], levels[place, element], last), boxes[:2, near].T


def _placed(boxes: Integers, elements: int) -> tuple[Integers, Integers, int]:
    """Element and row of each box in a grid, and how many rows it has."""
    place, rows = places(boxes[0], elements)
    return boxes[0], place, rows


def _spread(
    values: Integers, element: Integers, place: Integers, rows: int, elements: int, other: int
) -> Integers:
    grid = np.full((rows, elements), other)
    grid[place, element] = values
    return grid


def _halves(boxes: Integers) -> Integers:
    element, low, high = boxes
    middle = (low + high) // 2
    return _sorted(np.concatenate([[element, low, middle], [element, middle + 1, high]], axis=1))


def _sorted(boxes: Integers) -> Integers:
    """By element, and then by the first value."""
    return boxes[:, np.lexsort((boxes[1], boxes[0]))]
