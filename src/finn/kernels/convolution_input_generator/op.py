"""ConvolutionInputGenerator: the windows of a convolution or pooling, beat by beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from qonnx.core.datatype import BaseDataType

from finn.errors import FinnError
from finn.kernels.base import IntArray, Kernel, Resources, RtlModule, Stream, divisors, require_divides
from finn.kernels.convolution_input_generator.parallel import ParallelWindow
from finn.kernels.convolution_input_generator.schedule import Geometry, least_depth
from finn.kernels.read_ring import ReadRing, require_ram_style

__all__ = ("ConvolutionInputGenerator",)

HERE = Path(__file__).parent
SHARED = HERE.parent / "rtl"


@dataclass(frozen=True)
class ConvolutionInputGenerator(Kernel):
    """For each place of a kernel on an image: its pixels, row by row, channels innermost.

    Attributes
    ----------
    height, width, channels
        The image, its padding included.
    kernel, stride, dilation
        (vertical, horizontal).
    simd
        Channels in a beat.
    datatype
        Type of an element.
    ram_style
        Where rows are kept: ``auto``, ``distributed`` (LUTs) or ``block`` (RAM).
    parallel_window
        1: a window is one beat; SIMD is all channels then.
    """

    height: int
    width: int
    channels: int
    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    simd: int
    datatype: BaseDataType
    ram_style: str = "auto"
    parallel_window: int = 0

    op_type: ClassVar[str] = "ConvolutionInputGenerator"
    folding_attributes: ClassVar[tuple[str, ...]] = ("SIMD",)

    def __post_init__(self) -> None:
        """Raise FinnError where values do not fit together."""
        require_divides("SIMD", self.simd, "IFMChannels", self.channels)
        if min(*self.kernel, *self.stride, *self.dilation) < 1:
            raise FinnError("kernel, stride and dilation must be at least 1; correct the node's attributes")
        if min(self.windows) < 1:
            raise FinnError(
                f"a kernel of {self.kernel[0]} x {self.kernel[1]} does not fit on an image of "
                f"{self.height} x {self.width}; pad the image"
            )
        require_ram_style(self.ram_style)
        if self.parallel_window not in (0, 1):
            raise FinnError(f"parallel_window={self.parallel_window} is unknown; possible are 0, 1")
        if self.parallel_window and self.simd != self.channels:
            raise FinnError(
                f"parallel_window=1 takes all {self.channels} channels in a beat; set SIMD to that"
            )

    @property
    def geometry(self) -> Geometry:
        """The image as beats."""
        folds = self.channels // self.simd
        return Geometry(self.height, self.width, folds, self.kernel, self.stride, self.dilation)

    @property
    def windows(self) -> tuple[int, int]:
        """Rows of windows, windows in a row."""
        return self.geometry.windows

    @property
    def input_streams(self) -> tuple[Stream, ...]:
        """(height, width, channels / SIMD, SIMD)."""
        shape = (self.height, self.width, self.channels // self.simd, self.simd)
        return (Stream(self.datatype, shape),)

    @property
    def output_streams(self) -> tuple[Stream, ...]:
        """(rows, windows, kernel height * kernel width * channels / SIMD, SIMD); all in one if parallel."""
        beats = self.geometry.window_beats
        folded = (1, beats * self.simd) if self.parallel_window else (beats, self.simd)
        return (Stream(self.datatype, (*self.windows, *folded)),)

    @property
    def cycles(self) -> int:
        """Of the two sides the one with more beats."""
        return max(self.input_streams[0].beats, self.output_streams[0].beats)

    @property
    def depth(self) -> int:
        """Places of the ring: a power of two."""
        return 1 << max(2, (least_depth(self.geometry) - 1).bit_length())

    def golden(self, inputs: Sequence[IntArray]) -> list[IntArray]:
        """(batch, height, width, channels) to (batch, rows, windows, kernel elements), int64."""
        x = np.asarray(inputs[0], dtype=np.int64).reshape(-1, self.height, self.width, self.channels)
        rows = _taps(self.windows[0], self.kernel[0], self.stride[0], self.dilation[0])
        columns = _taps(self.windows[1], self.kernel[1], self.stride[1], self.dilation[1])
        picked = x[:, rows[:, None, :, None], columns[None, :, None, :]]
        return [picked.reshape(len(x), *self.windows, -1)]

    def folding_choices(self) -> dict[str, list[int]]:
        """SIMD divides the channels; with all of them in a beat, a window may be one too."""
        return {"SIMD": divisors(self.channels), "parallel_window": [0, 1]}

    def foldings(self) -> list[dict[str, int]]:
        """Windows in parallel only with all channels."""
        serial = [{"SIMD": simd, "parallel_window": 0} for simd in divisors(self.channels)]
        return [*serial, {"SIMD": self.channels, "parallel_window": 1}]

    @property
    def in_block(self) -> bool:
        """Whether the ring is block RAM."""
        if self.parallel_window and self.ram_style == "auto":
            return self.window.prefers_block
        return self._ring.in_block

    @property
    def _ring(self) -> ReadRing:
        return ReadRing(self.depth, self.input_streams[0].width, self.ram_style)

    @property
    def window(self) -> ParallelWindow:
        """What differs where a window is one beat."""
        return ParallelWindow(self.geometry, self.input_streams[0].width)

    def resources(self) -> Resources:
        """The ring, five loop counters and two counts of beats."""
        if self.parallel_window:
            return self.window.resources(self.in_block)
        count = self._count_bits()
        loops = (self.channels // self.simd, *self.kernel, *self.windows)
        bits = sum(max(1, (n - 1).bit_length()) for n in loops if n > 1)
        return ReadRing.control(count) + Resources(lut=3 * bits // 2, ff=bits) + self._ring.memory()

    def _steps(self) -> dict[str, int]:
        """The way from a beat to the next one in reading order, at the end of each loop."""
        one, folds = self.geometry, self.channels // self.simd
        kernel_w, (stride_h, stride_w) = self.kernel[1], self.stride
        line = self.width * folds
        last = one.kernel_beats()[-1]
        next_line = stride_h * line - (self.windows[1] - 1) * stride_w * folds
        next_image = one.frame_beats - int(one.first_beats()[-1])
        to_row = self.dilation[0] * line - (kernel_w - 1) * self.dilation[1] * folds - (folds - 1)
        return {
            "TO_PIXEL": (self.dilation[1] - 1) * folds + 1,
            "TO_ROW": to_row,
            "TO_WINDOW": stride_w * folds - int(last),
            "TO_LINE": next_line - int(last),
            "TO_IMAGE": next_image - int(last),
        } | self._returns()

    def _returns(self) -> dict[str, int]:
        """Beats that are given back with the first row of a kernel and with the later ones."""
        window, line, image = self.geometry.returned_beats()
        return {
            "FREE_WINDOW": window[0],
            "FREE_LINE": line[0],
            "FREE_LINE_END": line[-1],
            "FREE_ROW": image[0],
            "FREE_IMAGE": image[-1],
        }

    def _count_bits(self) -> int:
        reach = self.depth + max(abs(step) for step in self._steps().values())
        return reach.bit_length() + 1

    def rtl(self, name: str) -> RtlModule:
        """One ``convolution_input_generator`` or ``parallel_window``."""
        if self.parallel_window:
            return self.window.rtl(self.in_block)
        parameters: dict[str, int | str] = {
            "WIDTH": self.input_streams[0].width,
            "DEPTH": self.depth,
            "BLOCK": int(self.in_block),
            "FOLDS": self.channels // self.simd,
            "KERNEL_W": self.kernel[1],
            "KERNEL_H": self.kernel[0],
            "WINDOWS": self.windows[1],
            "ROWS": self.windows[0],
            "CBITS": self._count_bits(),
        }
        return RtlModule("convolution_input_generator", parameters | self._steps())

    @property
    def sources(self) -> tuple[Path, ...]:
        """The loop counter and the module with its parts."""
        if self.parallel_window:
            parts = (HERE / f"{name}.sv" for name in ("window_axis", "window_line", "parallel_window"))
            return (SHARED / "finn_steps.sv", SHARED / "finn_ring.sv", *parts)
        shared = (SHARED / f"{name}.sv" for name in ("finn_steps", "finn_read_ring"))
        return (*shared, HERE / "convolution_input_generator.sv")


def _taps(places: int, kernel: int, stride: int, dilation: int) -> IntArray:
    """(places, kernel): which rows or columns each place of the kernel covers."""
    return np.arange(places)[:, None] * stride + np.arange(kernel) * dilation
