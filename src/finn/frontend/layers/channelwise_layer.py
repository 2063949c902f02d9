"""A hardware layer that multiplies each channel by a constant of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from qonnx.core.datatype import BaseDataType

from finn.frontend.levels.ranges import smallest_datatype

__all__ = ("ChannelwiseLayer",)


@dataclass(frozen=True)
class ChannelwiseLayer:
    """``ChannelwiseOp``: ``shape``, channels last, times ``factors`` (channels,)."""

    origin: tuple[str, ...]
    shape: tuple[int, ...]
    input_datatype: BaseDataType
    factors: NDArray[np.int64]

    @property
    def factor_datatype(self) -> BaseDataType:
        """Smallest type that holds the factors."""
        return smallest_datatype(int(self.factors.min()), int(self.factors.max()))

    @property
    def output_datatype(self) -> BaseDataType:
        """Smallest type that holds every product of an input and a factor."""
        inputs = (int(self.input_datatype.min()), int(self.input_datatype.max()))
        products = [x * int(end) for x in inputs for end in (self.factors.min(), self.factors.max())]
        return smallest_datatype(min(products), max(products))

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the result for one image."""
        return self.shape
