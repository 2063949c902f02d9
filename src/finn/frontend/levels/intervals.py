"""Bounds of what a row of operators gives for all numbers between two."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finn.frontend.graph.integer_operators import INTEGER_QUANTISERS, is_rising
from finn.frontend.graph.operators import LAYOUT, MONOTONE
from finn.frontend.host.programs import Arrays, Program
from finn.runtime.host_program import run_program

__all__ = ("is_monotone", "run_between")

Interval = tuple[NDArray[Any], NDArray[Any]]
# With parameters that are not negative.
_RISING_ABOVE_0 = ("LeakyRelu", "Elu", "Selu", "ThresholdedRelu")
# Whatever the others of their inputs are; a Where takes what its condition may choose.
_MONOTONE_IN_EACH = (
    *("Add", "Sub", "Mul", "Max", "Min", "Where"),
    *("Greater", "GreaterOrEqual", "Less", "LessOrEqual", "And", "Or", "Not"),
)
_MONOTONE_BESIDE_0 = ("Abs", "Pow", "Sqrt", "Log", "Reciprocal", "Div", "LeakyRelu", "PRelu", "Elu", "Selu")


def is_monotone(step: dict[str, Any], arrays: Arrays) -> bool:
    """Whether a step rises only or falls only, by its kind and constants.

    Division by a constant is monotone, division of a constant is not, nor what joins two tensors.
    """
    if sum(bool(name) and name not in arrays for name in step["inputs"]) > 1:
        return False
    if step["op"] in _RISING_ABOVE_0:
        return all(value >= 0 for value in step["attributes"].values())
    if step["op"] in INTEGER_QUANTISERS:
        return is_rising(step["op"], step["attributes"])
    if step["op"] == "PRelu":
        return bool(np.all(arrays[step["inputs"][1]] >= 0))
    divides = bool(step["op"] == "Div" and step["inputs"][1] in arrays)
    return divides or step["op"] in (*MONOTONE, *LAYOUT)


def run_between(
    program: Program, arrays: Arrays, name: str, low: NDArray[Any], high: NDArray[Any]
) -> Interval:
    """The least and the largest last output of ``program`` for tensor ``name`` in [low, high].

    The bounds hold for every value between, element by element; where ``low`` equals ``high`` they
    are what the program gives. What cannot be bounded is between minus and plus infinity.
    """
    between = {name: (low, high)}
    with np.errstate(all="ignore"):
        for step in program:
            name = step["outputs"][0]
            between[name] = _bounded(step, arrays, between)
    return between[name]


def _bounded(step: dict[str, Any], arrays: Arrays, between: dict[str, Interval]) -> Interval:
    moving = {place: between[name] for place, name in enumerate(step["inputs"]) if name in between}
    corners = [
        _applied(step, arrays, dict(zip(moving, ends, strict=True))) for ends in product(*moving.values())
    ]
    low, high = np.minimum.reduce(corners), np.maximum.reduce(corners)
    if step["op"] in LAYOUT:
        return low, high
    return _where_known(_known(step, arrays, moving), low, high)


def _known(step: dict[str, Any], arrays: Arrays, moving: dict[int, Interval]) -> NDArray[np.bool_]:
    """Where the results at the ends of all inputs bound those between."""
    finite = _all(np.isfinite(end) for ends in moving.values() for end in ends)
    if step["op"] in _MONOTONE_IN_EACH or is_monotone(step, arrays):
        return finite
    known = _all(low == high for low, high in moving.values())
    if step["op"] in _MONOTONE_BESIDE_0 and (len(moving) == 1 or step["op"] == "Div"):
        low, high = list(moving.values())[-1]
        known = known | (low > 0) | (high < 0)
    return known & finite


def _all(masks: Iterable[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    return np.asarray(reduce(np.logical_and, masks))


def _applied(step: dict[str, Any], arrays: Arrays, values: dict[int, NDArray[Any]]) -> NDArray[Any]:
    """The step's result for the inputs at these places; one tensor at two places may have two values."""
    names = [f"input {place}" if place in values else name for place, name in enumerate(step["inputs"])]
    tensors = {f"input {place}": value for place, value in values.items()}
    return np.asarray(run_program([{**step, "inputs": names}], arrays, tensors)[step["outputs"][0]])


def _where_known(known: NDArray[np.bool_], low: NDArray[Any], high: NDArray[Any]) -> Interval:
    if low.dtype == bool:
        return low & known, high | ~known
    low, high = low.astype(np.float64), high.astype(np.float64)
    known = known & ~(np.isnan(low) | np.isnan(high))
    return np.where(known, low, -np.inf), np.where(known, high, np.inf)
