"""Float64 evaluation of a row of operators, with the size of float32's rounding errors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from finn.frontend.host.programs import Arrays, Program
from finn.runtime.host_program import run_program

__all__ = ("as_double", "evaluate_wide", "ulps", "widened")


def as_double(arrays: Arrays) -> Arrays:
    """The constants with float64 in place of float32."""
    return {k: v.astype(np.float64) if v.dtype == np.float32 else v for k, v in arrays.items()}


def widened(program: Program) -> Program:
    """The program with casts to float64 in place of those to float32."""
    wide = {"attributes": {"to": int(TensorProto.DOUBLE)}}
    single = {"to": int(TensorProto.FLOAT)}
    return [{**s, **wide} if s["op"] == "Cast" and s["attributes"] == single else s for s in program]


def evaluate_wide(
    program: Program, arrays: Arrays, value: NDArray[np.float64], magnitude: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The program's result, and the largest magnitude among its intermediate values.

    ``magnitude`` is the largest on the way to ``value``. It is carried along: a product scales
    what came before it, as it scales the rounding errors of what came before it. Without that,
    every accumulator of a channel that training has switched off (a factor near zero) would seem
    to lie on a boundary.
    """
    if not program:
        return value, magnitude
    source = next(name for name in program[0]["inputs"] if name and name not in arrays)
    values, sizes = {source: value}, {source: magnitude}
    with np.errstate(all="ignore"):
        for step in program:
            name = step["outputs"][0]
            values[name] = np.asarray(run_program([step], arrays, values)[name])
            sizes[name] = np.maximum(_carried(step, arrays, values, sizes), np.abs(values[name]))
    return values[name], sizes[name]


def _carried(step: dict[str, Any], arrays: Arrays, values: Arrays, magnitudes: Arrays) -> NDArray[np.float64]:
    moving = [name for name in dict.fromkeys(step["inputs"]) if name in values]
    if len(moving) > 1:
        return _carried_together(step, moving, values, magnitudes)
    magnitude, value = magnitudes[moving[0]], values[step["outputs"][0]]
    if step["op"] in ("Mul", "Div"):
        sizes = {name: np.abs(arrays[name]) for name in step["inputs"] if name in arrays}
        return _applied(step, {**arrays, **sizes}, magnitude)
    if step["op"] == "BatchNormalization":
        scale, bias, mean = step["inputs"][1:4]
        sizes = {scale: np.abs(arrays[scale])}
        sizes |= {name: np.zeros_like(arrays[name]) for name in (bias, mean) if name != scale}
        return _applied(step, {**arrays, **sizes}, magnitude)
    return magnitude.reshape(value.shape)


def _carried_together(
    step: dict[str, Any], moving: list[str], values: Arrays, magnitudes: Arrays
) -> NDArray[np.float64]:
    """Of several that meet: each factor of a product scales the errors of the other one."""
    if step["op"] == "Mul":
        first, second = moving
        return np.asarray(
            np.maximum(magnitudes[first] * np.abs(values[second]), np.abs(values[first]) * magnitudes[second])
        )
    return np.asarray(np.maximum.reduce([magnitudes[name] for name in moving]))


def _applied(step: dict[str, Any], arrays: Arrays, value: NDArray[np.float64]) -> NDArray[np.float64]:
    """The step's result for ``value`` in place of its run-time input."""
    name = next(name for name in step["inputs"] if name not in arrays)
    return np.asarray(run_program([step], arrays, {name: value})[step["outputs"][0]])


def ulps(magnitude: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """``count`` units in the last place of float32 at ``magnitude``."""
    return count * np.spacing(magnitude.astype(np.float32)).astype(np.float64)
