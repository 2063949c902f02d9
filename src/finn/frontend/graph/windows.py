"""How many pixels the places of a window cover."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ("counted_pixels",)


def counted_pixels(
    size: int, step: tuple[int, int, int], pads: tuple[int, int], counted: tuple[int, int]
) -> NDArray[np.int64]:
    """Of each place along one axis, how many of its pixels lie in the image or the padding that counts.

    Parameters
    ----------
    size
        Pixels of the image along the axis.
    step
        Kernel, stride and dilation.
    pads, counted
        Pixels before and behind the image: of the padding, and of what counts of it.
    """
    kernel, stride, apart = step
    first = np.arange(-pads[0], size + pads[1] - apart * (kernel - 1), stride)
    taps = np.add.outer(first, apart * np.arange(kernel))
    return np.asarray(((taps >= -counted[0]) & (taps < size + counted[1])).sum(axis=1))
