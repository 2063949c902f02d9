"""Multipliers, shifts and clamps of TensorFlow Lite's reference kernels, from the scales of a file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from finn.frontend.reading.tflite.file import Operation, Tensor

__all__ = (
    "INT8",
    "activation_range",
    "bounded",
    "broadcasts",
    "multiplier_and_shift",
    "require_same_meaning",
    "single",
    "zero_point_of",
)

INT8 = (-128, 127)
_BITS = 31
# Of RELU, RELU_N1_TO_1 and RELU6, by their numbers.
_BOUNDS = {1: (0.0, None), 2: (-1.0, 1.0), 3: (0.0, 6.0)}


def multiplier_and_shift(operation: Operation, factor: NDArray[np.float64]) -> tuple[list[int], list[int]]:
    """For each factor the whole number of 31 bits and the shift to the right that stand for it.

    A factor below 2^-32 counts as zero, as the kernels have it.

    Raises
    ------
    FinnError
        If one is negative, 2^30 or more, or no number.
    """
    if not np.all(np.isfinite(factor) & (factor >= 0) & (factor < 2.0 ** (_BITS - 1))):
        raise operation.refusal("has scales that are no positive numbers, or too far apart; check the export")
    fraction, exponent = np.frexp(factor)
    whole = np.floor(fraction * 2.0**_BITS + 0.5).astype(np.int64)
    carried = whole == 2**_BITS
    whole, exponent = np.where(carried, whole // 2, whole), exponent + carried
    gone = exponent < -_BITS
    whole, shift = np.where(gone, 0, whole), np.where(gone, _BITS, _BITS - exponent)
    return whole.reshape(-1).tolist(), shift.reshape(-1).tolist()


def single(operation: Operation, tensor: Tensor) -> float:
    """The one scale of an int8 tensor; FinnError where it is of another type or has several."""
    if tensor.kind != "INT8":
        reason = f"works on {tensor.kind}; quantise the network to int8, inputs and outputs among it"
        raise operation.refusal(reason)
    if tensor.scale.size != 1 or tensor.zero_point.size != 1 or not tensor.scale[0] > 0:
        raise operation.refusal("works on a tensor without one positive scale; check the export")
    return float(tensor.scale[0])


def zero_point_of(operation: Operation, tensor: Tensor) -> int:
    """The one zero point of an int8 tensor; FinnError as :func:`single`, or where it is no int8."""
    single(operation, tensor)
    point = int(tensor.zero_point[0])
    if not INT8[0] <= point <= INT8[1]:
        raise operation.refusal(f"has the zero point {point}, which is no int8; check the export")
    return point


def activation_range(operation: Operation, tensor: Tensor) -> tuple[int, int]:
    """The least and the largest result that an operator's fused activation leaves.

    Raises
    ------
    FinnError
        If the activation is no clamp.
    """
    return bounded(operation, tensor, int(operation.option("FusedActivationFunction")))


def bounded(operation: Operation, tensor: Tensor, function: int) -> tuple[int, int]:
    """As `activation_range`, for an activation by its number."""
    point, scale = zero_point_of(operation, tensor), np.float32(single(operation, tensor))
    if function == 0:
        return INT8
    if function not in _BOUNDS:
        raise operation.refusal("has a fused activation that is no clamp; export it as an operator")
    low, high = (
        limit if bound is None else point + _rounded(np.float32(bound) / scale)
        for bound, limit in zip(_BOUNDS[function], INT8, strict=True)
    )
    return max(low, INT8[0]), min(high, INT8[1])


def broadcasts(shape: Sequence[int], whole: Sequence[int]) -> bool:
    """Whether a tensor of ``shape`` can be repeated to be of shape ``whole``."""
    aligned = whole[max(len(whole) - len(shape), 0) :]
    return len(shape) <= len(whole) and all(
        size in (1, own) for size, own in zip(shape, aligned, strict=True)
    )


def _rounded(value: np.float32) -> int:
    """Half away from zero."""
    return int(np.sign(value) * np.floor(np.abs(np.float64(value)) + 0.5))


def require_same_meaning(operation: Operation, first: Tensor, second: Tensor) -> None:
    """Refuse an operator that would have to rescale where the kernels do not."""
    meanings = [(single(operation, t), zero_point_of(operation, t)) for t in (first, second)]
    if meanings[0] != meanings[1]:
        raise operation.refusal("changes scale or zero point, which it cannot; check the export")
