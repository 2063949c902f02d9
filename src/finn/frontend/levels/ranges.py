"""Integer ranges and the smallest types that hold them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from qonnx.core.datatype import BaseDataType, DataType

__all__ = ("accumulator_ranges", "smallest_datatype")


def smallest_datatype(low: int, high: int) -> BaseDataType:
    """The narrowest UINT (``low >= 0``) or INT type of two bits or more that holds both bounds."""
    if low >= 0:
        return DataType[f"UINT{max(1, int(high).bit_length())}"]
    bits = 1 + max(int(high).bit_length() if high > 0 else 0, int(-low - 1).bit_length())
    return DataType[f"INT{max(2, bits)}"]


def accumulator_ranges(
    weights: NDArray[np.int64], low: int, high: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Exact bounds of ``x @ weights`` per output channel for x in ``[low, high]``.

    ``weights`` is (MW, MH); both results are (MH,). Every partial sum stays inside the bounds,
    because each term's range holds zero or is symmetric.
    """
    positive = np.maximum(weights, 0).sum(axis=0)
    negative = weights.sum(axis=0) - positive
    return positive * low + negative * high, positive * high + negative * low
