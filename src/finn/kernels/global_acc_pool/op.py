"""GlobalAccPool: the sum of each channel over all pixels of an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from qonnx.core.datatype import BaseDataType

from finn.errors import FinnError
from finn.kernels.base import IntArray, Kernel, Resources, RtlModule, Stream, divisors, require_divides
from finn.kernels.pool import Pool

__all__ = ("GlobalAccPool",)


@dataclass(frozen=True)
class GlobalAccPool(Kernel):
    """Sums each image (height, width, channels) to one pixel: a Pool whose window is the image.

    Attributes
    ----------
    height, width, channels
        The image.
    pe
        Channels worked on at a time.
    input_datatype, output_datatype
        Type of an element, and one that holds every sum.
    """

    height: int
    width: int
    channels: int
    pe: int
    input_datatype: BaseDataType
    output_datatype: BaseDataType

    op_type: ClassVar[str] = "GlobalAccPool"
    folding_attributes: ClassVar[tuple[str, ...]] = ("PE",)

    def __post_init__(self) -> None:
        """Raise FinnError where values do not fit together."""
        require_divides("PE", self.pe, "NumChannels", self.channels)
        if "BIPOLAR" in (self.input_datatype.name, self.output_datatype.name):
            raise FinnError("GlobalAccPool takes no BIPOLAR elements; use an INT type")
        self._as_pool()

    def _as_pool(self) -> Pool:
        taps = self.height * self.width
        return Pool(
            (1, 1), taps, self.channels, self.pe, "SumPool", self.input_datatype, self.output_datatype
        )

    @property
    def input_streams(self) -> tuple[Stream, ...]:
        """(height, width, channels / PE, PE)."""
        shape = (self.height, self.width, self.channels // self.pe, self.pe)
        return (Stream(self.input_datatype, shape),)

    @property
    def output_streams(self) -> tuple[Stream, ...]:
        """(1, 1, channels / PE, PE)."""
        return (Stream(self.output_datatype, (1, 1, self.channels // self.pe, self.pe)),)

    @property
    def cycles(self) -> int:
        """One per beat that comes."""
        return self.input_streams[0].beats

    def golden(self, inputs: Sequence[IntArray]) -> list[IntArray]:
        """(batch, height, width, channels) to (batch, 1, 1, channels), int64."""
        x = np.asarray(inputs[0], dtype=np.int64)
        x = x.reshape(len(x), self.height, self.width, self.channels)
        return [x.sum(axis=(1, 2), keepdims=True)]

    def folding_choices(self) -> dict[str, list[int]]:
        """PE divides the channels."""
        return {"PE": divisors(self.channels)}

    def resources(self) -> Resources:
        """Those of the Pool."""
        return self._as_pool().resources()

    def rtl(self, name: str) -> RtlModule:
        """One ``pool`` whose taps are all pixels."""
        return self._as_pool().rtl(name)

    @property
    def sources(self) -> tuple[Path, ...]:
        """Those of the Pool."""
        return self._as_pool().sources
