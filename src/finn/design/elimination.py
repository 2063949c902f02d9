"""The least sum of tables of a few variables each, exactly, by eliminating variables one by one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ("Table", "least_total")


@dataclass(frozen=True)
class Table:
    """A cost for every combination of the variables ``scope``; one axis for each, in that order."""

    scope: tuple[int, ...]
    costs: NDArray[np.float64]


def least_total(sizes: Sequence[int], tables: Sequence[Table]) -> list[int]:
    """The value of each variable, 0 to ``sizes[i] - 1``, with which the tables' sum is least.

    Dynamic programming over a graph: the variable that is cheapest to eliminate goes first, which is
    linear in the layers of a network whose branches part and meet.
    """
    left, remaining = list(tables), set(range(len(sizes)))
    steps: list[tuple[int, tuple[int, ...], NDArray[np.intp]]] = []
    while remaining:
        variable = min(remaining, key=lambda v: _size(v, left, sizes))
        near = [table for table in left if variable in table.scope]
        others = tuple(sorted({v for table in near for v in table.scope} - {variable}))
        total = np.zeros([sizes[v] for v in (*others, variable)])
        for table in near:
            total += _aligned(table, (*others, variable))
        steps.append((variable, others, np.asarray(total.argmin(axis=-1))))
        left = [table for table in left if variable not in table.scope]
        left.append(Table(others, total.min(axis=-1)))
        remaining.remove(variable)
    return _traced(steps, len(sizes))


def _size(variable: int, tables: Sequence[Table], sizes: Sequence[int]) -> int:
    """Entries of the table that eliminating a variable makes."""
    return math.prod(
        sizes[v] for v in {v for table in tables if variable in table.scope for v in table.scope}
    )


def _aligned(table: Table, scope: tuple[int, ...]) -> NDArray[np.float64]:
    """The table's costs with one axis for each variable of ``scope``."""
    order = sorted(range(len(table.scope)), key=lambda axis: scope.index(table.scope[axis]))
    moved = table.costs.transpose(order)
    axes = {table.scope[axis]: size for axis, size in zip(order, moved.shape, strict=True)}
    return moved.reshape([axes.get(v, 1) for v in scope])


def _traced(steps: Sequence[tuple[int, tuple[int, ...], NDArray[np.intp]]], count: int) -> list[int]:
    values = [0] * count
    for variable, others, best in reversed(steps):
        values[variable] = int(best[tuple(values[v] for v in others)])
    return values
