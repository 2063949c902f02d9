"""Scales as whole multiples of one step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from finn.frontend.levels.affine import Vector

__all__ = ("SAME_RATIO", "whole_ratios")

SAME_RATIO = 2.0**-21
"""Ratios that differ by no more are the same: scales are rounded to float32, and products of them."""

_MOST = 2**20


def whole_ratios(scales: Vector) -> tuple[NDArray[np.int64], float] | None:
    """The least integers of at most 21 bits and the step of which ``scales`` are such multiples.

    None where there are none. The step is positive; an integer has its scale's sign.
    """
    ratios = np.unique(np.abs(scales))
    ratios = ratios / ratios[-1]
    largest = np.arange(1, _MOST + 1)
    for ratio in ratios[:-1]:
        exact = ratio * largest
        near = np.rint(exact)
        largest = largest[(near > 0) & (np.abs(near - exact) <= SAME_RATIO * exact)]
    if not largest.size:
        return None
    step = float(np.abs(scales).max()) / int(largest[0])
    return np.rint(scales / step).astype(np.int64), step
