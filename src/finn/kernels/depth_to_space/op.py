"""DepthToSpace: the channels of a pixel become a block of pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from qonnx.core.datatype import BaseDataType

from finn.errors import FinnError
from finn.kernels.base import IntArray, Kernel, Resources, RtlModule, Stream, divisors, require_divides
from finn.kernels.convolution_input_generator import ConvolutionInputGenerator

__all__ = ("DepthToSpace",)


@dataclass(frozen=True)
class DepthToSpace(Kernel):
    """Makes images (height * block, width * block, channels) of such with block * block times the channels.

    Channels of a pixel that comes are ordered by row of its block, then pixel, then channel (ONNX'
    mode DCR).

    Attributes
    ----------
    height, width
        The image that comes.
    channels
        Of the image that goes.
    block
        Rows, and pixels of a row, that a pixel becomes.
    simd
        Channels in a beat, a divisor of ``channels``.
    datatype
        Type of an element.
    ram_style
        As of ConvolutionInputGenerator.
    """

    height: int
    width: int
    channels: int
    block: int
    simd: int
    datatype: BaseDataType
    ram_style: str = "auto"

    op_type: ClassVar[str] = "DepthToSpace"
    folding_attributes: ClassVar[tuple[str, ...]] = ("SIMD",)

    def __post_init__(self) -> None:
        """Raise FinnError where values do not fit together."""
        require_divides("SIMD", self.simd, "NumChannels", self.channels)
        if self.block < 2:
            raise FinnError(f"BlockSize={self.block} is not possible; give two or more")
        self._as_windows()

    def _as_windows(self) -> ConvolutionInputGenerator:
        """The rows of blocks as pixels, ``block`` times as many; a window takes one of each block."""
        return ConvolutionInputGenerator(
            height=self.height,
            width=self.width * self.block,
            channels=self.channels * self.block,
            kernel=(1, self.width),
            stride=(1, 1),
            dilation=(1, self.block),
            simd=self.simd,
            datatype=self.datatype,
            ram_style=self.ram_style,
        )

    @property
    def input_streams(self) -> tuple[Stream, ...]:
        """(height, width, block * block * channels / SIMD, SIMD)."""
        folds = self.block**2 * self.channels // self.simd
        return (Stream(self.datatype, (self.height, self.width, folds, self.simd)),)

    @property
    def output_streams(self) -> tuple[Stream, ...]:
        """(height * block, width * block, channels / SIMD, SIMD)."""
        shape = (self.height * self.block, self.width * self.block, self.channels // self.simd, self.simd)
        return (Stream(self.datatype, shape),)

    @property
    def cycles(self) -> int:
        """One per beat."""
        return self.input_streams[0].beats

    def golden(self, inputs: Sequence[IntArray]) -> list[IntArray]:
        """(batch, height, width, block * block * channels) int64 to the larger image."""
        x = np.asarray(inputs[0], dtype=np.int64)
        blocks = x.reshape(len(x), self.height, self.width, self.block, self.block, self.channels)
        rows = blocks.transpose(0, 1, 3, 2, 4, 5)
        return [rows.reshape(len(x), self.height * self.block, self.width * self.block, self.channels)]

    def folding_choices(self) -> dict[str, list[int]]:
        """SIMD divides the channels."""
        return {"SIMD": divisors(self.channels)}

    def resources(self) -> Resources:
        """Those of the windows."""
        return self._as_windows().resources()

    def rtl(self, name: str) -> RtlModule:
        """One ``convolution_input_generator``, whose kernel is a row."""
        return self._as_windows().rtl(name)

    @property
    def sources(self) -> tuple[Path, ...]:
        """Those of the windows."""
        return self._as_windows().sources
