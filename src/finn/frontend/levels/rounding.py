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
    with np.errstate(all="ignore"):
        for step in program:
            after = _applied(step, arrays, value)
            magnitude = np.maximum(_carried(step, arrays, magnitude, after), np.abs(after))
            value = after
    return value, magnitude


def _carried(
    step: dict[str, Any], arrays: Arrays, magnitude: NDArray[np.float64], value: NDArray[np.float64]
) -> NDArray[np.float64]:
    if step["op"] in ("Mul", "Div"):
        sizes = {name: np.abs(arrays[name]) for name in step["inputs"] if name in arrays}
        return _applied(step, {**arrays, **sizes}, magnitude)
    if step["op"] == "BatchNormalization":
        scale, bias, mean = step["inputs"][1:4]
        sizes = {scale: np.abs(arrays[scale])}
        sizes |= {name: np.zeros_like(arrays[name]) for name in (bias, mean) if name != scale}
        return _applied(step, {**arrays, **sizes}, magnitude)
    return magnitude.reshape(value.shape)


def _applied(step: dict[str, Any], arrays: Arrays, value: NDArray[np.float64]) -> NDArray[np.float64]:
    """The step's result for ``value`` in place of its run-time input."""
    name = next(name for name in step["inputs"] if name not in arrays)
    return np.asarray(run_program([step], arrays, {name: value})[step["outputs"][0]])


def ulps(magnitude: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """``count`` units in the last place of float32 at ``magnitude``."""
    return count * np.spacing(magnitude.astype(np.float32)).astype(np.float64)
