"""Which operator of a row is to blame where the row both rises and falls."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from finn.frontend.levels.evaluate import Tail

__all__ = ("bending_node",)

Integers = NDArray[np.int64]


def bending_node(tail: Tail, grids: Iterable[Integers]) -> NodeProto:
    """The first operator of ``tail`` behind which an element both rises and falls over ``grids``.

    Only operators are tried that may turn: float32 leaves the others steps of rounding. The last one
    where none does, as a quantiser's rounding may.
    """
    chunks = list(grids)
    for count, node in enumerate(tail.nodes, 1):
        if tail.may_turn(node) and _turns(tail, count, chunks):
            return node
    return tail.quantiser


def _turns(tail: Tail, count: int, grids: list[Integers]) -> bool:
    rises = falls = np.zeros(tail.elements, dtype=bool)
    before: NDArray[np.float64] | None = None
    for grid in grids:
        values = tail.values(grid, count)
        steps = np.diff(values if before is None else np.concatenate([before, values]), axis=0)
        rises, falls = rises | (steps > 0).any(axis=0), falls | (steps < 0).any(axis=0)
        before = values[-1:]
    return bool(np.any(rises & falls))
