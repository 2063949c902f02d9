"""A hardware layer that multiplies each channel by a constant of its own, or adds one."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import add, mul

import numpy as np
from numpy.typing import NDArray
from qonnx.core.datatype import BaseDataType

from finn.frontend.layers.elements import SameShape
from finn.frontend.levels.affine import Affine
from finn.frontend.levels.ranges import smallest_datatype

__all__ = ("ChannelwiseLayer", "PlacewiseLayer")


@dataclass(frozen=True)
class ChannelwiseLayer(SameShape):
    """``ChannelwiseOp``: ``shape``, channels last, times ``factors`` (channels,); with ``add`` plus them."""

    origin: tuple[str, ...]
    shape: tuple[int, ...]
    input_datatype: BaseDataType
    factors: NDArray[np.int64]
    function: str = "mul"

    @property
    def factor_datatype(self) -> BaseDataType:
        """Smallest type that holds the factors."""
        return smallest_datatype(int(self.factors.min()), int(self.factors.max()))

    @property
    def output_datatype(self) -> BaseDataType:
        """Smallest type that holds every product, or sum, of an input and a factor."""
        inputs = (int(self.input_datatype.min()), int(self.input_datatype.max()))
        combined = add if self.function == "add" else mul
        results = [combined(x, int(end)) for x in inputs for end in (self.factors.min(), self.factors.max())]
        return smallest_datatype(min(results), max(results))


@dataclass(frozen=True)
class PlacewiseLayer(ChannelwiseLayer):
    """Each element of an image times a factor of its own: ``shape`` has one channel for each.

    ``image`` is the image's (height, width, channels), ``value`` what the products stand for.
    """

    image: tuple[int, ...] = field(kw_only=True)
    value: Affine = field(kw_only=True)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """(height, width, channels)."""
        return self.image
