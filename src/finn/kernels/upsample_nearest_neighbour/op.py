"""UpsampleNearestNeighbour: an image larger by whole factors, each pixel repeated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from qonnx.core.datatype import BaseDataType

from finn.errors import FinnError
from finn.kernels.base import IntArray, Kernel, Resources, RtlModule, Stream, divisors, require_divides
from finn.kernels.block_ram import halves_of_block_ram

__all__ = ("UpsampleNearestNeighbour",)

HERE = Path(__file__).parent
SHARED = HERE.parent / "rtl"
RAM_STYLES = ("auto", "distributed", "block")
LUTRAM_DEPTH = 64
LUTS_WORTH_A_BRAM18 = 150
# Cycles from the last read of a word to the first of the one that takes its place: given back after two,
# written, read after one.
LAST_TO_FIRST = 3


@dataclass(frozen=True)
class UpsampleNearestNeighbour(Kernel):
    """Repeats each pixel of an image (height, width, channels) in its row, and each row.

    Attributes
    ----------
    height, width, channels
        The image that comes.
    scale
        (vertical, horizontal).
    simd
        Channels in a beat.
    datatype
        Type of an element.
    ram_style
        Where a row is kept: ``auto``, ``distributed`` (LUTs) or ``block`` (RAM).
    """

    height: int
    width: int
    channels: int
    scale: tuple[int, int]
    simd: int
    datatype: BaseDataType
    ram_style: str = "auto"

    op_type: ClassVar[str] = "UpsampleNearestNeighbour"
    folding_attributes: ClassVar[tuple[str, ...]] = ("SIMD",)

    def __post_init__(self) -> None:
        """Raise FinnError where values do not fit together."""
        require_divides("SIMD", self.simd, "NumChannels", self.channels)
        if min(self.scale) < 1 or self.scale == (1, 1):
            raise FinnError(
                f"Scale={list(self.scale)} is not possible; give at least one above 1, none below"
            )
        if self.ram_style not in RAM_STYLES:
            raise FinnError(f"ram_style {self.ram_style} is unknown; possible are {', '.join(RAM_STYLES)}")

    @property
    def _folds(self) -> int:
        return self.channels // self.simd

    @property
    def input_streams(self) -> tuple[Stream, ...]:
        """(height, width, channels / SIMD, SIMD)."""
        return (Stream(self.datatype, (self.height, self.width, self._folds, self.simd)),)

    @property
    def output_streams(self) -> tuple[Stream, ...]:
        """The same of the larger image."""
        vertical, horizontal = self.scale
        shape = (self.height * vertical, self.width * horizontal, self._folds, self.simd)
        return (Stream(self.datatype, shape),)

    @property
    def cycles(self) -> int:
        """One per beat that goes."""
        return self.output_streams[0].beats

    @property
    def _kept(self) -> int:
        """Beats that are repeated: a row's, or a pixel's where rows are not repeated."""
        return self._folds * (self.width if self.scale[0] > 1 else 1)

    @property
    def depth(self) -> int:
        """Places of the ring, a power of two; 0 where a beat is repeated from the input.

        Word n takes the place of word n - depth, whose last read must be at least `LAST_TO_FIRST`
        cycles before the first one of word n. With as many places as words that are kept these are
        ``apart`` cycles, with each more at least one more.
        """
        if self._kept == 1:
            return 0
        pixels = self.width if self.scale[0] > 1 else 1
        apart = self._folds * (pixels * self.scale[1] - self.scale[1] + 1)
        least = self._kept + max(0, LAST_TO_FIRST - apart)
        return 1 << (least - 1).bit_length()

    def golden(self, inputs: Sequence[IntArray]) -> list[IntArray]:
        """(batch, height, width, channels) int64 to the larger image."""
        x = np.asarray(inputs[0], dtype=np.int64)
        x = x.reshape(len(x), self.height, self.width, self.channels)
        return [x.repeat(self.scale[0], axis=1).repeat(self.scale[1], axis=2)]

    def folding_choices(self) -> dict[str, list[int]]:
        """SIMD divides the channels."""
        return {"SIMD": divisors(self.channels)}

    @property
    def in_block(self) -> bool:
        """Whether the ring is block RAM."""
        if self.depth == 0 or self.ram_style != "auto":
            return self.depth > 0 and self.ram_style == "block"
        blocks = halves_of_block_ram(self.depth, self.input_streams[0].width)
        return self.depth > LUTRAM_DEPTH and self._lutram() > LUTS_WORTH_A_BRAM18 * blocks

    def resources(self) -> Resources:
        """The ring, four loop counters, two counts and two places; or a skid register and one counter."""
        width = self.input_streams[0].width
        if self.depth == 0:
            bits = math.prod(self.scale).bit_length()
            return Resources(lut=width + bits + 6, ff=2 * width + bits + 4)
        place = self.depth.bit_length() - 1
        loops = (self._folds, self.scale[1], self.width, self.scale[0])
        bits = sum((n - 1).bit_length() for n in loops)
        control = Resources(lut=4 * place + 2 * bits + 16, ff=5 * place + bits + 16, carry4=place)
        if self.in_block:
            return control + Resources(bram18=halves_of_block_ram(self.depth, width))
        return control + Resources(lut=self._lutram(), lutram=self._lutram(), ff=width)

    def _lutram(self) -> int:
        """A RAM32M holds 6 bits x 32 in four LUTs, a RAM64M 3 bits x 64."""
        width = self.input_streams[0].width
        if self.depth <= LUTRAM_DEPTH // 2:
            return 4 * math.ceil(width / 6)
        return 4 * math.ceil(width / 3) * math.ceil(self.depth / LUTRAM_DEPTH)

    def rtl(self, name: str) -> RtlModule:
        """One ``upsample_nearest_neighbour``, or ``upsample_repeat`` where nothing is kept."""
        width = self.input_streams[0].width
        if self.depth == 0:
            return RtlModule("upsample_repeat", {"WIDTH": width, "TIMES": math.prod(self.scale)})
        parameters: dict[str, int | str] = {
            "WIDTH": width,
            "DEPTH": self.depth,
            "BLOCK": int(self.in_block),
            "FOLDS": self._folds,
            "TIMES_W": self.scale[1],
            "PIXELS": self.width,
            "TIMES_H": self.scale[0],
        }
        return RtlModule("upsample_nearest_neighbour", parameters)

    @property
    def sources(self) -> tuple[Path, ...]:
        """The loop counter and the module; the skid register where nothing is kept."""
        steps = SHARED / "finn_steps.sv"
        if self.depth == 0:
            return (SHARED / "finn_skid.sv", steps, HERE / "upsample_repeat.sv")
        return (steps, HERE / "upsample_nearest_neighbour.sv")
