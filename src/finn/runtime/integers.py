"""Integers that stand for the values of a model's input: pixels, for instance."""

from typing import Any, Dict, List, Tuple

import numpy as np

from . import BoardError
from .fields import numbers, product, typed
from .packing import container_of, value_range

__all__ = ("Integers", "per_channel", "require", "require_finite")

TOLERANCE = 1e-3  # by which a float may miss the integer that it stands for
_BLOCK = 1 << 18  # elements that are converted at once
_NARROW_BITS = 9


class Integers(object):
    """How integers stand for the values of an input: ``value = integer * scale + offset``.

    Attributes
    ----------
    datatype
        Their type, for instance ``UINT8``.
    scale, offset
        float64, one for all or one per channel, with axes of extent 1 for the others.
    pixels
        Whether the bytes of an image file are such integers.
    """

    def __init__(self, entry: Dict[str, Any], axes: List[int]) -> None:
        self.datatype = typed(entry, "datatype", str)
        self.low, self.high = value_range(self.datatype)
        self.kind = container_of(self.datatype)
        self.scale = per_channel(entry, "scale", axes)
        self.offset = per_channel(entry, "offset", axes)
        self.pixels = typed(entry, "pixels", bool)
        if not (self.scale > 0).all():
            raise ValueError("a scale is not positive")

    def covers(self, kind: np.dtype) -> bool:
        """Whether every number of an integer type is one of these."""
        limits = np.iinfo(kind)
        return self.datatype != "BIPOLAR" and self.low <= limits.min and limits.max <= self.high

    def values(self, integers: np.ndarray) -> np.ndarray:
        """What integers stand for, in float32."""
        values: np.ndarray = integers * self.scale + self.offset
        return values.astype(np.float32)

    def steps(self, values: np.ndarray) -> np.ndarray:
        """Values in units of one integer, float64."""
        return np.asarray((values - self.offset) / self.scale)

    @property
    def misfit(self) -> str:
        """What to say of a number that is none of them."""
        values = "-1 and 1" if self.datatype == "BIPOLAR" else "%d to %d" % (self.low, self.high)
        return "is no %s; its values are %s" % (self.datatype, values)

    def lacks(self, integers: np.ndarray) -> np.ndarray:
        """Where whole numbers are none of the type."""
        outside: np.ndarray = (integers < self.low) | (integers > self.high)
        return outside | (integers == 0) if self.datatype == "BIPOLAR" else outside

    def read(self, array: np.ndarray, source: str) -> np.ndarray:
        """Numbers as these integers: integers are taken as they are, floats as values.

        Parameters
        ----------
        array
            (N, ...), any numeric type.
        source
            What to call it in messages.

        Raises
        ------
        BoardError
            One is not within a thousandth of a step of an integer of the type; the text names the first.
        """
        if array.dtype.kind != "f":
            if not self.covers(array.dtype):
                require(~self.lacks(array), array, source, self.misfit)
            return array.astype(self.kind, copy=False)
        require_finite(array, source)
        result = np.empty(array.shape, self.kind)
        step = max(1, _BLOCK // max(1, product(list(array.shape[1:]))))
        for first in range(0, len(array), step):
            part = slice(first, first + step)
            whole, near = self._nearest(array[part])
            if not near:
                good = (np.abs(self.steps(array[part]) - whole) <= TOLERANCE) & ~self.lacks(whole)
                require(good, array[part], source, self._off_grid, first)
            result[part] = whole
        return result

    def _nearest(self, values: np.ndarray) -> Tuple[np.ndarray, bool]:
        """The whole numbers of steps that values are nearest to; whether all are certain to be right.

        In float32 where its rounding is far from the tolerance.
        """
        kind = np.float32 if self.high - self.low < 1 << _NARROW_BITS else np.float64
        steps = values.astype(kind, copy=False)
        steps = steps - self.offset.astype(kind) if self.offset.any() else steps
        steps = steps / self.scale.astype(kind)
        whole = np.rint(steps)
        steps -= whole
        near = max(-steps.min(), steps.max()) <= TOLERANCE / 2 if steps.size else True
        inside = not whole.size or (whole.min() >= self.low and whole.max() <= self.high)
        return whole, bool(near and inside and self.datatype != "BIPOLAR")

    @property
    def _off_grid(self) -> str:
        if (self.scale == 1).all() and not self.offset.any():
            return self.misfit
        return (
            "is no %s times the input scale of the build; give the pixels themselves, or values made from"
            " them" % self.datatype
        )


def per_channel(entry: Dict[str, Any], key: str, axes: List[int]) -> np.ndarray:
    """The numbers under ``key``, shaped to be combined with a batch whose channels alone are in ``axes``."""
    values = np.array(numbers(entry, key), np.float64)
    return values.reshape(axes if values.size > 1 else [1] * len(axes))


def require(good: np.ndarray, array: np.ndarray, source: str, wrong: str, first: int = 0) -> None:
    """BoardError that names the first value that is not good; ``first`` is the index of the first image."""
    if good.all():
        return
    index = _first(good)
    place = (index[0] + first,) + index[1:]
    raise BoardError("%s holds %s at index %s, which %s" % (source, array[index], place, wrong))


def require_finite(array: np.ndarray, source: str) -> None:
    """BoardError that names the first value that is no finite number."""
    if array.dtype.kind != "f" or not array.size or np.isfinite([array.min(), array.max()]).all():
        return
    index = _first(np.isfinite(array))
    raise BoardError("%s holds %s at index %s; every value must be finite" % (source, array[index], index))


def _first(good: np.ndarray) -> Tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(~good)[0])
