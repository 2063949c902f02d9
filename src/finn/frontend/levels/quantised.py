"""A constant that went through a quantiser, as exact integers and a scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ("Quantised",)


@dataclass(frozen=True)
class Quantised:
    """A constant ``levels * scale``.

    Attributes
    ----------
    levels
        Exact integers, the zero point already subtracted.
    scale
        float64 of the same shape.
    bipolar
        Whether the quantiser gives -1 and +1 only.
    """

    levels: NDArray[np.int64]
    scale: NDArray[np.float64]
    bipolar: bool = False
