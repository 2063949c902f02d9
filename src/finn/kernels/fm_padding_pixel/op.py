"""FMPadding_Pixel: constant pixels between those of an image, for transposed convolutions."""

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

__all__ = ("FMPaddingPixel",)

HERE = Path(__file__).parent
SHARED = HERE.parent / "rtl"
PADDING = HERE.parent / "fm_padding"


@dataclass(frozen=True)
class FMPaddingPixel(Kernel):
    """Puts pixels of one value between the pixels and rows of each image (height, width, channels).

    Attributes
    ----------
    height, width, channels
        The image that comes.
    stride
        (vertical, horizontal): from a pixel of the image to the next in what goes.
    simd
        Channels in a beat.
    input_datatype, output_datatype, value
        As of FMPadding.
    """

    height: int
    width: int
    channels: int
    stride: tuple[int, int]
    simd: int
    input_datatype: BaseDataType
    output_datatype: BaseDataType
    value: int = 0

    op_type: ClassVar[str] = "FMPadding_Pixel"
    folding_attributes: ClassVar[tuple[str, ...]] = ("SIMD",)

    def __post_init__(self) -> None:
        """Raise FinnError where values do not fit together."""
        require_divides("SIMD", self.simd, "NumChannels", self.channels)
        if min(self.stride) < 1 or self.stride == (1, 1):
            raise FinnError(
                f"Stride={list(self.stride)} is not possible; give at least one above 1, none below"
            )
        require_types(self.input_datatype, self.output_datatype, self.value)

    @property
    def output_height(self) -> int:
        """Rows of the image that goes."""
        return (self.height - 1) * self.stride[0] + 1

    @property
    def output_width(self) -> int:
        """Pixels of its rows."""
        return (self.width - 1) * self.stride[1] + 1

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
        image = np.full((len(x), self.output_height, self.output_width, self.channels), self.value)
        image[:, :: self.stride[0], :: self.stride[1]] = x.reshape(
            len(x), self.height, self.width, self.channels
        )
        return [image]

    def folding_choices(self) -> dict[str, list[int]]:
        """SIMD divides the channels."""
        return {"SIMD": divisors(self.channels)}

    def resources(self) -> Resources:
        """A ring of four beats in LUT RAM, the output register, and two counters for each axis."""
        came, gone = self.input_streams[0].width, self.output_streams[0].width
        counts = (self.width, self.height, self.stride[1] * self._folds, self.stride[0])
        bits = sum(count_bits(count) for count in counts)
        ring = ring_luts(came)
        return Resources(lut=ring + 2 * bits + 12, lutram=ring, ff=gone + bits + 14, carry4=4)

    def rtl(self, name: str) -> RtlModule:
        """One ``fm_padding_pixel``."""
        parameters: dict[str, int | str] = {
            "SIMD": self.simd,
            "IBITS": int(self.input_datatype.bitwidth()),
            "OBITS": int(self.output_datatype.bitwidth()),
            "BIPOLAR": int(converts(self.input_datatype, self.output_datatype)),
            "FOLDS": self._folds,
            "PIXELS": self.width,
            "ROWS": self.height,
            "BETWEEN": (self.stride[1] - 1) * self._folds,
            "ROWS_BETWEEN": self.stride[0] - 1,
            "VALUE": code_of(self.output_datatype, self.value),
        }
        return RtlModule("fm_padding_pixel", parameters)

    @property
    def sources(self) -> tuple[Path, ...]:
        """The loop counter, FMPadding's ring and output register, the counter of an axis and the module."""
        shared = (SHARED / "finn_steps.sv", SHARED / "finn_ring.sv", PADDING / "padding_slice.sv")
        return (*shared, HERE / "pixel_axis.sv", HERE / "fm_padding_pixel.sv")
