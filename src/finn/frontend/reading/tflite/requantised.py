"""The step with which kernels of TensorFlow Lite bring whole numbers to the scale of their result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finn.frontend.reading.tflite.file import Operation
from finn.frontend.reading.tflite.spelling import Spelling

__all__ = ("requantised",)

Integers = int | Sequence[int] | NDArray[Any]


def requantised(
    spelling: Spelling,
    operation: Operation,
    source: str,
    constants: tuple[Integers, Integers, Integers],
    zero_point: int,
    limits: tuple[int, int],
    *,
    rank: int = 1,
    twice: bool = True,
) -> str:
    """(source + bias) * multiplier >> shift, plus ``zero_point``, within ``limits``.

    ``constants`` are bias, multiplier and shift, each one number or one for each entry of the last of
    ``rank`` axes. Rounded is ``twice``, behind 31 bits and behind the rest of the shift, or once.
    """
    arrays = [np.array(values, dtype=np.int64) for values in constants]
    shaped = [values.reshape((*(1,) * (rank - 1), -1)) if values.ndim else values for values in arrays]
    low, high = limits
    return spelling.add(
        operation,
        "Requantize",
        source,
        *shaped,
        zero_point=zero_point,
        low=low,
        high=high,
        twice=int(twice),
    )
