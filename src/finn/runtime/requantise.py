"""The integer arithmetic of TensorFlow Lite's reference kernels, on int8 tensors.

Values are whole numbers of any type, of which results keep the type; products are of 64 bits. A factor M is
``multiplier / 2**shift``, of 31 bits. Dense layers apply it with one rounding, other operators with two.
"""

from typing import Any, Dict

import numpy as np

__all__ = (
    "as_float",
    "as_int8",
    "quantise_float",
    "requantise",
    "requantised_offset",
    "requantised_sum",
    "lookup",
    "rounded_mean",
    "scaled",
    "scaled_twice",
)

_LIMIT = 2**31


def scaled(values: Any, multiplier: Any, shift: Any) -> Any:
    """int64 ``values * multiplier / 2**shift``, rounded half up; ``values`` have at most 32 bits."""
    shift = np.asarray(shift, dtype=np.int64)
    half = np.left_shift(np.int64(1), shift - 1)
    return np.right_shift(values * np.asarray(multiplier, dtype=np.int64) + half, shift)


def scaled_twice(values: Any, multiplier: Any, shift: Any) -> Any:
    """int64 ``values * multiplier / 2**shift``, with two roundings.

    The upper half of twice the product is rounded half up, and what is left of the shift half away from zero.
    """
    right = np.asarray(shift, dtype=np.int64) - 31
    moved = np.left_shift(values, np.maximum(-right, 0))
    upper = (np.clip(moved, -_LIMIT, _LIMIT - 1) * np.asarray(multiplier, dtype=np.int64) + 2**30) >> 31
    right = np.maximum(right, 0)
    half = np.right_shift(np.left_shift(np.int64(1), right), 1)
    return np.sign(upper) * np.right_shift(np.abs(upper) + half, right)


def requantise(x: Any, bias: Any, multiplier: Any, shift: Any, attributes: Dict[str, Any]) -> Any:
    """``Requantize``: ``(x + bias) * M + zero_point``, within ``low`` and ``high``.

    ``bias``, ``multiplier`` and ``shift`` broadcast with x; ``twice`` says how M is applied.
    """
    total = _whole(x) + np.asarray(bias, dtype=np.int64)
    # Beyond 32 bits the kernels' own results are undefined; so are products of 64 bits here.
    total = np.clip(total, -_LIMIT, _LIMIT - 1)
    apply = scaled_twice if attributes["twice"] else scaled
    return _clamped(apply(total, multiplier, shift) + attributes["zero_point"], attributes, x)


def rounded_mean(x: Any, attributes: Dict[str, Any]) -> Any:
    """``RoundedMean``: the mean x of ``count`` integers, rounded half away from zero."""
    count = attributes["count"]
    total = _whole(x * count)
    mean = np.sign(total) * ((np.abs(total) + count // 2) // count)
    return _clamped(mean, attributes, x)


def lookup(x: Any, attributes: Dict[str, Any]) -> Any:
    """``Lookup``: the entry of ``table`` for each whole number, the first one for ``start``."""
    return np.asarray(attributes["table"])[_whole(x) - attributes["start"]].astype(x.dtype)


def requantised_sum(first: Any, second: Any, attributes: Dict[str, Any]) -> Any:
    """``RequantizedAdd``: each input less its zero point, moved left and scaled; the sum is scaled again.

    Attributes ``zero_points``, ``multipliers`` and ``shifts`` are lists: first input, second one, result.
    With ``subtract`` it is the difference.
    """
    points, multipliers, shifts = (attributes[key] for key in ("zero_points", "multipliers", "shifts"))
    parts = [
        scaled_twice(np.left_shift(_whole(x) - point, attributes["left_shift"]), multiplier, shift)
        for x, point, multiplier, shift in zip((first, second), points, multipliers, shifts)
    ]
    both = parts[0] - parts[1] if attributes["subtract"] else parts[0] + parts[1]
    total = scaled_twice(both, multipliers[2], shifts[2]) + points[2]
    return _clamped(total, attributes, first)


def requantised_offset(x: Any, offset: Any, attributes: Dict[str, Any]) -> Any:
    """``RequantizedOffset``: ``RequantizedAdd`` of a constant, whose share of the sum is ``offset``.

    The share of x is added, or taken away where ``sign`` is -1. Attributes ``zero_points``,
    ``multipliers`` and ``shifts`` are lists: x, result.
    """
    points, multipliers, shifts = (attributes[key] for key in ("zero_points", "multipliers", "shifts"))
    moved = np.left_shift(_whole(x) - points[0], attributes["left_shift"])
    share = attributes["sign"] * scaled_twice(moved, multipliers[0], shifts[0])
    total = scaled_twice(share + np.asarray(offset, dtype=np.int64), multipliers[1], shifts[1])
    return _clamped(total + points[1], attributes, x)


def as_int8(x: Any) -> Any:
    """``AsInt8``: the same whole numbers as int8."""
    return np.rint(x).astype(np.int8)


def quantise_float(x: Any, attributes: Dict[str, Any]) -> Any:
    """``QuantizeFloat``: floats by ``scale``, in float32, rounded half away from zero, and ``zero_point``."""
    ratio = (x.astype(np.float32) / np.float32(attributes["scale"])).astype(np.float64)
    ratio = np.sign(ratio) * np.floor(np.abs(ratio) + 0.5)
    return _clamped(ratio + attributes["zero_point"], attributes, x)


def as_float(x: Any, attributes: Dict[str, Any]) -> Any:
    """``AsFloat``: what whole numbers stand for, as float32."""
    return ((np.rint(x).astype(np.float64) - attributes["zero_point"]) * attributes["scale"]).astype(
        np.float32
    )


def _whole(x: Any) -> Any:
    return np.rint(x).astype(np.int64)


def _clamped(values: Any, attributes: Dict[str, Any], like: Any) -> Any:
    return np.clip(values, attributes["low"], attributes["high"]).astype(like.dtype)
