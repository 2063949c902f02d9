"""FMPadding: constant pixels around an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from qonnx.core.datatype import BaseDataType

from finn.errors import FinnError
from finn.kernels.base import IntArray, Kernel, Resources, RtlModule, Stream, divisors, require_divides
from finn.kernels.fm_padding.elements import code_of, converts, count_bits, require_types, ring_luts

__all__ = ("FMPadding",)

HERE = Path(__file__).parent


@dataclass(frozen=True)
class FMPadding(Kernel):
    """Surrounds each image (height, width, channels) with pixels of one value.

    Attributes
    ----------
    height, width, channels
        The image that comes.
    padding
        Rows on top, pixels on the left, rows at the bottom, pixels on the right.
    simd
        Channels in a beat.
    input_datatype
        Type of the elements that come.
    output_datatype
        Type of those that go: the same, or an INT type where BIPOLAR elements come, since zero is
        no bipolar value.
    value
        What the padding holds.
    """

    height: int
    width: int
    channels: int
    padding: tuple[int, int, int, int]
    simd: int
    input_datatype: BaseDataType
    output_datatype: BaseDataType
    value: int = 0

    op_type: ClassVar[str] = "FMPadding"
    folding_attributes: ClassVar[tuple[str, ...]] = ("SIMD",)

    def __post_init__(self) -> None:
        """Raise FinnError where values do not fit together."""
        require_divides("SIMD", self.simd, "NumChannels", self.channels)
        if min(self.padding) < 0 or not any(self.padding):
            raise FinnError(f"Padding={list(self.padding)} is not possible; give at least one, none negative")
        require_types(self.input_datatype, self.output_datatype, self.value)

    @property
    def output_height(self) -> int:
        """Rows of the image that goes."""
        return self.padding[0] + self.height + self.padding[2]

    @property
    def output_width(self) -> int:
        """Pixels of its rows."""
        return self.padding[1] + self.width + self.padding[3]

    @property
    def _folds(self) -> int:
        return self.channels // self.simd

    @property
    def input_streams(self) -> tuple[Stream, ...]:
        """(height, width, channels / SIMD, SIMD)."""
        return (Stream(self.input_datatype, (self.height, self.width, self._folds, self.simd)),)

    @property
    def output_streams(self) -> tuple[Stream, ...]:
        """The same of the larger image."""
        shape = (self.output_height, self.output_width, self._folds, self.simd)
        return (Stream(self.output_datatype, shape),)

    @property
    def cycles(self) -> int:
        """One per beat that goes."""
        return self.output_streams[0].beats

    def golden(self, inputs: Sequence[IntArray]) -> list[IntArray]:
        """(batch, height, width, channels) int64 to the larger image."""
        x = np.asarray(inputs[0], dtype=np.int64)
        top, left = self.padding[:2]
        image = np.full((len(x), self.output_height, self.output_width, self.channels), self.value)
        shape = (len(x), self.height, self.width, self.channels)
        image[:, top : top + self.height, left : left + self.width] = x.reshape(shape)
        return [image]

    def folding_choices(self) -> dict[str, list[int]]:
        """SIMD divides the channels."""
        return {"SIMD": divisors(self.channels)}

    def resources(self) -> Resources:
        """A ring of four beats in LUT RAM, the output register, two counters with their comparisons."""
        came, gone = self.input_streams[0].width, self.output_streams[0].width
        bits = count_bits(self.output_width * self._folds) + count_bits(self.output_height)
        ring = ring_luts(came)
        return Resources(lut=ring + 2 * bits + 12, lutram=ring, ff=gone + bits + 11, carry4=4)

    def rtl(self, name: str) -> RtlModule:
        """One ``fm_padding``."""
        top, left, bottom, right = self.padding
        parameters: dict[str, int | str] = {
            "SIMD": self.simd,
            "IBITS": int(self.input_datatype.bitwidth()),
            "OBITS": int(self.output_datatype.bitwidth()),
            "BIPOLAR": int(converts(self.input_datatype, self.output_datatype)),
            "ROW": self.width * self._folds,
            "ROWS": self.height,
            "LEFT": left * self._folds,
            "RIGHT": right * self._folds,
            "TOP": top,
            "BOTTOM": bottom,
            "VALUE": code_of(self.output_datatype, self.value),
        }
        return RtlModule("fm_padding", parameters)

    @property
    def sources(self) -> tuple[Path, ...]:
        """The input ring, the counter of an axis, the output register and the module."""
        own = (HERE / f"{name}.sv" for name in ("padding_axis", "padding_slice", "fm_padding"))
        return (HERE.parent / "rtl" / "finn_ring.sv", *own)
