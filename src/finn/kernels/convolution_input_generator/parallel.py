"""Windows of one beat each: a ring for what comes, delay lines between the rows of a kernel."""

from __future__ import annotations

import math
from dataclasses import dataclass

from finn.kernels.base import Resources, RtlModule
from finn.kernels.block_ram import LUTS_WORTH_A_BRAM18, halves_of_block_ram
from finn.kernels.convolution_input_generator.schedule import Geometry

__all__ = ("ParallelWindow",)

# Bits that four LUTs hold as one memory with one address, by depth.
ONE_PORT_SHAPES = ((32, 8), (64, 4), (128, 2), (256, 1))
# Bits that a RAM32M holds in four LUTs where reads have an address of their own.
RING_BITS = 6


@dataclass(frozen=True)
class ParallelWindow:
    """Cost and RTL.

    Attributes
    ----------
    geometry
        With one beat to a pixel.
    width
        Bits of a pixel.
    """

    geometry: Geometry
    width: int

    @property
    def _along(self) -> int:
        """Pixels from the last of a kernel's row to its first."""
        return (self.geometry.kernel[1] - 1) * self.geometry.dilation[1]

    @property
    def _line(self) -> int:
        """Pixels that a delay line holds."""
        return self.geometry.width * self.geometry.dilation[0] - self._along

    @property
    def prefers_block(self) -> bool:
        """Whether block RAM is the cheaper memory of the delay lines."""
        return self._lutram() > LUTS_WORTH_A_BRAM18 * halves_of_block_ram(self._line - 1, self.width)

    def _lutram(self) -> int:
        if self._line <= 1:
            return 0
        deep, wide = next((s for s in ONE_PORT_SHAPES if s[0] >= self._line), ONE_PORT_SHAPES[-1])
        return 4 * math.ceil(self.width / wide) * math.ceil(self._line / deep)

    def resources(self, block: bool) -> Resources:
        """Ring, delay lines, registers along the rows of the kernel, two counters of places."""
        (height, width), (kernel_h, _) = (self.geometry.height, self.geometry.width), self.geometry.kernel
        lines = kernel_h - 1
        bits = sum(max(1, (n - 1).bit_length()) for n in (height, width, self._line))
        ring = 4 * math.ceil(self.width / RING_BITS)
        memory = 0 if block else lines * self._lutram()
        return Resources(
            lut=ring + memory + 3 * bits // 2 + 25,
            lutram=ring + memory,
            ff=kernel_h * self._along * self.width + bits + 18,
            carry4=3,
            bram18=lines * halves_of_block_ram(self._line - 1, self.width) if block and self._line > 2 else 0,
        )

    def rtl(self, block: bool) -> RtlModule:
        """One ``parallel_window``."""
        one = self.geometry
        parameters: dict[str, int | str] = {
            "WIDTH": self.width,
            "IMAGE_W": one.width,
            "IMAGE_H": one.height,
            "KERNEL_W": one.kernel[1],
            "KERNEL_H": one.kernel[0],
            "DILATION_W": one.dilation[1],
            "DILATION_H": one.dilation[0],
            "STRIDE_W": one.stride[1],
            "STRIDE_H": one.stride[0],
            "BLOCK": int(block),
        }
        return RtlModule("parallel_window", parameters)
