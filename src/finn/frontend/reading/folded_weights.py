"""Weights that a training tool left as floats on a grid: whole numbers times a constant scale."""

from __future__ import annotations

from collections.abc import Iterable
from math import log2

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from finn.frontend.levels.quantised import Quantised

__all__ = ("folded_weights",)

_MOST = 2**15 - 1
_READERS = ("MatMul", "Conv", "ConvTranspose")
# A quotient of two numbers that were rounded to float32 is off by no more.
_ROUNDING = 2.0**-22
# Of the logarithm: what one number of a grid's level k had for a chance to lie there is k * 2**-23.
_PRECISION = 23
_CHANCE = -40.0
_TRIED = 8


def folded_weights(values: NDArray[np.float32], readers: Iterable[NodeProto]) -> Quantised | None:
    """The integers of float32 weights that equal ``float32(integer * scale)``, each and every one.

    Scales are sought for the tensor, then for each output channel; integers have 16 bits at most, the
    sign among them. Exactness alone would take real weights for a grid where there are few of them, as
    any two numbers are nearly in the ratio of two integers. So weights must repeat, with fewer than half
    as many magnitudes on each grid as weights, or the chance that arbitrary floats lie there must be
    below 2**-40.

    Parameters
    ----------
    values
        Weights of a matrix product (inputs, outputs) or a convolution (outputs, inputs, kernel...).
    readers
        The nodes that read them; others than these two make them no weights.

    Returns
    -------
    Quantised or None
        The integers with one scale per output channel, or None where the weights are on no grid.
    """
    kinds = {node.op_type for node in readers}
    if values.ndim < 2 or not values.size or not kinds or not kinds <= set(_READERS):
        return None
    if not np.all(np.isfinite(values)):
        return None
    axis = values.ndim - 1 if kinds == {"MatMul"} else 1 if kinds == {"ConvTranspose"} else 0
    channels = np.moveaxis(values, axis, 0).reshape(values.shape[axis], -1)
    found = _on_grids(channels.reshape(1, -1)) or _on_grids(channels)
    if found is None:
        return None
    levels, scale = (np.broadcast_to(v, (len(v), channels.size // len(v))) for v in found)
    shape = (values.shape[axis], *np.delete(values.shape, axis))
    return Quantised(np.moveaxis(levels.reshape(shape), 0, axis), np.moveaxis(scale.reshape(shape), 0, axis))


def _on_grids(rows: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float64]] | None:
    """Integers like ``rows`` and the scale of each row (rows, 1); None where one is on no grid."""
    scales, chance, different = [], 0.0, 0
    for row in rows:
        magnitudes = np.unique(np.abs(row[row != 0]))
        found = _scale(magnitudes) if magnitudes.size else (1.0, 0.0)
        if found is None:
            return None
        different += magnitudes.size
        scales.append(found[0])
        chance += found[1]
    scale = np.array(scales)[:, None]
    levels = np.rint(rows / scale).astype(np.int64)
    return (levels, scale) if 2 * different < rows.size or chance < _CHANCE else None


def _scale(magnitudes: NDArray[np.float32]) -> tuple[float, float] | None:
    """The largest scale of which ascending ``magnitudes`` are multiples, and the logarithm of its chance."""
    wide = magnitudes.astype(np.float64)
    most = int(_MOST * wide[0] / wide[-1])
    smallest = np.arange(1, most + 1)
    for value in wide[1:]:
        ratios = value / wide[0] * smallest
        smallest = smallest[np.abs(ratios - np.rint(ratios)) <= _ROUNDING * ratios]
    for first in smallest[:_TRIED]:
        levels = np.rint(wide / wide[0] * first)
        scale = _exact_scale(magnitudes, levels)
        if scale is not None:
            chances = np.log2(levels[1:]) - _PRECISION
            return scale, log2(most) + float(chances.sum())
    return None


def _exact_scale(magnitudes: NDArray[np.float32], levels: NDArray[np.float64]) -> float | None:
    """A scale, of float32 if there is one, whose multiples are rounded to ``magnitudes``."""
    below, above = (np.nextafter(magnitudes, np.float32(end)) for end in (0, np.inf))
    low, high = (
        float(v)
        for v in (
            np.max((below.astype(np.float64) + magnitudes) / 2 / levels),
            np.min((above.astype(np.float64) + magnitudes) / 2 / levels),
        )
    )
    middle = (low + high) / 2
    for scale in (float(np.float32(middle)), middle):
        if np.array_equal((levels * scale).astype(np.float32), magnitudes):
            return scale
    return None
