"""Which operator of a row is to blame where the row both rises and falls."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from finn.frontend.levels.evaluate import Tail

__all__ = ("bending_node",)


def bending_node(tail: Tail, accumulators: NDArray[np.int64]) -> NodeProto:
    """The first operator of ``tail`` behind which an element both rises and falls over ``accumulators``.

    Only operators are tried that may turn: float32 leaves the others steps of rounding. The last one
    where none does, as a quantiser's rounding may.
    """
    for count, node in enumerate(tail.nodes, 1):
        if tail.may_turn(node) and _turns(tail.values(accumulators, count)):
            return node
    return tail.quantiser


def _turns(values: NDArray[np.float64]) -> bool:
    steps = np.diff(values, axis=0)
    return bool(np.any((steps > 0).any(axis=0) & (steps < 0).any(axis=0)))
