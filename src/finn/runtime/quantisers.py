"""QONNX quantisers in NumPy; the order of operations is that of the QONNX operator definitions.

Every function keeps the floating-point type of its input, so that the same code serves float32
execution and the float64 evaluation that finds ties.
"""

from typing import Any, Callable, Dict, Tuple

import numpy as np

__all__ = ("ROUNDING", "bipolar", "integer_range", "levels", "multithreshold", "quantise", "trunc")


def _up(x: Any) -> Any:
    return np.sign(x) * np.ceil(np.abs(x))


def _half_up(x: Any) -> Any:
    return np.sign(x) * np.floor(np.abs(x) + x.dtype.type(0.5))


def _half_down(x: Any) -> Any:
    return np.sign(x) * np.ceil(np.abs(x) - x.dtype.type(0.5))


ROUNDING: Dict[str, Callable[[Any], Any]] = {
    "ROUND": np.rint,
    "HALF_EVEN": np.rint,
    "CEIL": np.ceil,
    "FLOOR": np.floor,
    "UP": _up,
    "DOWN": np.trunc,
    "HALF_UP": _half_up,
    "HALF_DOWN": _half_down,
}


def integer_range(bits: int, signed: bool, narrow: bool) -> Tuple[int, int]:
    """The smallest and largest level of a quantiser of ``bits`` bits."""
    if signed:
        return -(2 ** (bits - 1)) + int(narrow), 2 ** (bits - 1) - 1
    return 0, 2**bits - 1 - int(narrow)


def levels(x: Any, scale: Any, zero_point: Any, bits: int, attributes: Dict[str, Any]) -> Any:
    """Integer levels q of ``Quant``, as floats of x's type: clamp first, then round.

    A signed quantiser of one bit gives -1 and +1, as qonnx has it. With the attribute ``round_first``
    the zero point is added behind the rounding and the clamp comes last, as in ``QuantizeLinear``.
    """
    low, high = integer_range(bits, bool(attributes["signed"]), bool(attributes["narrow"]))
    rounded = ROUNDING[attributes["rounding_mode"]]
    if attributes.get("round_first"):
        return _clamped(rounded(x / scale) + zero_point, low, high)
    y = x / scale + zero_point
    if bits == 1 and attributes["signed"]:
        return np.where(y >= 0, np.ones_like(y), -np.ones_like(y))
    return rounded(_clamped(y, low, high))


def _clamped(y: Any, low: int, high: int) -> Any:
    return np.maximum(np.minimum(y, y.dtype.type(high)), y.dtype.type(low))


def quantise(x: Any, scale: Any, zero_point: Any, bits: Any, attributes: Dict[str, Any]) -> Any:
    """``Quant``: the dequantised levels."""
    return (levels(x, scale, zero_point, int(np.max(bits)), attributes) - zero_point) * scale


def bipolar(x: Any, scale: Any) -> Any:
    """``BipolarQuant``: +scale where x >= 0, else -scale."""
    return np.where(x >= 0, np.ones_like(x), -np.ones_like(x)) * scale


def multithreshold(x: Any, thresholds: Any, attributes: Dict[str, Any]) -> Any:
    """``MultiThreshold``: out_scale * (number of thresholds that x reaches) + out_bias.

    ``thresholds`` is (channels or 1, steps); ``channel_axis`` says which axis of x they are for.
    """
    moved = np.moveaxis(x, attributes["channel_axis"], -1)
    count = np.zeros_like(moved)
    for step in range(thresholds.shape[1]):
        count += moved >= thresholds[:, step]
    kind = x.dtype.type
    count = kind(attributes["out_scale"]) * count + kind(attributes["out_bias"])
    return np.moveaxis(count, -1, attributes["channel_axis"])


def trunc(
    x: Any, scale: Any, zero_point: Any, shift: Any, output_scale: Any, attributes: Dict[str, Any]
) -> Any:
    """``Trunc`` (QONNX versions 1 and 2): drop low bits of an integer grid.

    ``shift`` is the divisor, a power of two. Version 1 keeps the zero point; version 2 clamps to
    the range in ``clamp`` before it rounds, and divides the zero point too.
    """
    y = np.rint(x / scale + zero_point) / shift
    if "clamp" in attributes:
        y = _clamped(y, *attributes["clamp"])
        zero_point = zero_point / shift
    return (ROUNDING[attributes["rounding_mode"]](y) - zero_point) * output_scale
