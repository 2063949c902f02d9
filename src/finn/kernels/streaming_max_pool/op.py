"""StreamingMaxPool: the largest element of each channel over windows that do not overlap."""

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
from finn.kernels.block_ram import LUTS_WORTH_A_BRAM18, halves_of_block_ram

__all__ = ("StreamingMaxPool",)

HERE = Path(__file__).parent
SHARED = HERE.parent / "rtl"
RAM_STYLES = ("auto", "distributed", "block")
# A word that is read from block RAM is old for so many beats.
FEWEST_FOLDS_FOR_BLOCK = 3
# Wider elements are compared in a carry chain.
CHAINLESS_BITS = 4


@dataclass(frozen=True)
class StreamingMaxPool(Kernel):
    """For each whole window of an image the largest element of each channel.

    Attributes
    ----------
    height, width, channels
        The image.
    pool
        Rows of a window, pixels of its rows; windows lie side by side, and what is left over at the
        right and at the bottom is dropped.
    pe
        Channels in a beat.
    datatype
        Type of an element.
    ram_style
        Where the windows of a row are kept: ``auto``, ``distributed`` (LUTs) or ``block`` (RAM).
    """

    height: int
    width: int
    channels: int
    pool: tuple[int, int]
    pe: int
    datatype: BaseDataType
    ram_style: str = "auto"

    op_type: ClassVar[str] = "StreamingMaxPool"
    folding_attributes: ClassVar[tuple[str, ...]] = ("PE",)

    def __post_init__(self) -> None:
        """Raise FinnError where values do not fit together."""
        require_divides("PE", self.pe, "NumChannels", self.channels)
        if min(self.pool) < 1:
            raise FinnError(f"PoolDim={list(self.pool)} is not possible; give at least 1 each")
        if min(self.windows) < 1:
            raise FinnError(
                f"a window of {self.pool[0]} x {self.pool[1]} does not fit on an image of "
                f"{self.height} x {self.width}; pad the image"
            )
        if self.ram_style not in RAM_STYLES:
            raise FinnError(f"ram_style {self.ram_style} is unknown; possible are {', '.join(RAM_STYLES)}")

    @property
    def _folds(self) -> int:
        return self.channels // self.pe

    @property
    def windows(self) -> tuple[int, int]:
        """Rows of windows, windows in a row."""
        return self.height // self.pool[0], self.width // self.pool[1]

    @property
    def input_streams(self) -> tuple[Stream, ...]:
        """(height, width, channels / PE, PE)."""
        return (Stream(self.datatype, (self.height, self.width, self._folds, self.pe)),)

    @property
    def output_streams(self) -> tuple[Stream, ...]:
        """(rows, windows, channels / PE, PE)."""
        return (Stream(self.datatype, (*self.windows, self._folds, self.pe)),)

    @property
    def cycles(self) -> int:
        """One per beat that comes."""
        return self.input_streams[0].beats

    def golden(self, inputs: Sequence[IntArray]) -> list[IntArray]:
        """(batch, height, width, channels) to (batch, rows, windows, channels), int64."""
        x = np.asarray(inputs[0], dtype=np.int64).reshape(-1, self.height, self.width, self.channels)
        (rows, windows), (down, across) = self.windows, self.pool
        whole = x[:, : rows * down, : windows * across]
        return [whole.reshape(len(x), rows, down, windows, across, self.channels).max(axis=(2, 4))]

    def folding_choices(self) -> dict[str, list[int]]:
        """PE divides the channels."""
        return {"PE": divisors(self.channels)}

    @property
    def depth(self) -> int:
        """Words that are kept: for each beat of a pixel, and where windows have rows for each of a row."""
        return self._folds * (math.ceil(self.width / self.pool[1]) if self.pool[0] > 1 else 1)

    @property
    def in_block(self) -> bool:
        """Whether they are in block RAM."""
        if self._folds < FEWEST_FOLDS_FOR_BLOCK or self.ram_style == "distributed":
            return False
        halves = halves_of_block_ram(self.depth, self._width)
        return self.ram_style == "block" or self._lutram() > LUTS_WORTH_A_BRAM18 * halves

    @property
    def _width(self) -> int:
        return self.input_streams[0].width

    def _lutram(self) -> int:
        if self.depth == 1:
            return 0
        if self.depth <= 32:
            return 4 * math.ceil(self._width / 6)
        return 4 * math.ceil(self._width / 3) * math.ceil(self.depth / 64)

    def resources(self) -> Resources:
        """For each bit a choice and half a comparison or more; the memory, the skid register, two axes."""
        width, block, bits = self._width, self.in_block, int(self.datatype.bitwidth())
        kept = 0 if block else self._lutram()
        counts = (self._folds, self.width, self.height, *self.pool, self.depth)
        places = sum(max(1, (n - 1).bit_length()) for n in counts if n > 1)
        chosen = width if self._folds == 1 and self.depth > 1 else 0
        compared = width if bits > CHAINLESS_BITS else width // 2
        return Resources(
            lut=2 * width + compared + chosen + kept + 3 * places // 2 + 15,
            lutram=kept,
            ff=(5 if self.depth > 1 else 4) * width + (width if block else 0) + 2 * places + 10,
            carry4=self.pe * math.ceil(bits / 8) if bits > CHAINLESS_BITS else 0,
            bram18=halves_of_block_ram(self.depth, width) if block else 0,
        )

    def rtl(self, name: str) -> RtlModule:
        """One ``streaming_max_pool``."""
        signed = self.datatype.min() < 0 and self.datatype.name != "BIPOLAR"
        parameters: dict[str, int | str] = {
            "PE": self.pe,
            "BITS": int(self.datatype.bitwidth()),
            "SIGNED": int(signed),
            "FOLDS": self._folds,
            "IMAGE_W": self.width,
            "IMAGE_H": self.height,
            "POOL_W": self.pool[1],
            "POOL_H": self.pool[0],
            "DEPTH": self.depth,
            "BLOCK": int(self.in_block),
        }
        return RtlModule("streaming_max_pool", parameters)

    @property
    def sources(self) -> tuple[Path, ...]:
        """The skid register, the loop counter, a carry chain, delays, an axis of windows and the module."""
        delay = HERE.parent / "thresholding" / "pipeline_delay.sv"
        axis = HERE.parent / "convolution_input_generator" / "window_axis.sv"
        shared = (SHARED / f"finn_{name}.sv" for name in ("skid", "steps", "carry"))
        return (*shared, delay, axis, HERE / "streaming_max_pool.sv")
