"""FMPadding_Pixel as an ONNX node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from finn.kernels.base import Kernel
from finn.kernels.fm_padding_pixel.op import FMPaddingPixel
from finn.kernels.node import Attributes, HardwareNode, Initializers

__all__ = ("FMPaddingPixelNode",)


class FMPaddingPixelNode(HardwareNode):
    """Puts constant pixels between those of images (N, H, W, C)."""

    op_type: ClassVar[str] = "FMPadding_Pixel"
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "ImgDim": ("ints", True, []),
        "Stride": ("ints", True, []),
        "NumChannels": ("i", True, 0),
        "SIMD": ("i", True, 1),
        "inputDataType": ("s", True, ""),
        "outputDataType": ("s", True, ""),
        "value": ("i", False, 0),
    }

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The larger image."""
        vertical, horizontal = self.attributes.integers("Stride")
        batch, height, width, channels = input_shape
        return (batch, (height - 1) * vertical + 1, (width - 1) * horizontal + 1, channels)

    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """``Stride`` is (vertical, horizontal)."""
        del initializers
        height, width = attributes.integers("ImgDim")
        vertical, horizontal = attributes.integers("Stride")
        return FMPaddingPixel(
            height=height,
            width=width,
            channels=attributes.integer("NumChannels"),
            stride=(vertical, horizontal),
            simd=attributes.integer("SIMD"),
            input_datatype=attributes.datatype("inputDataType"),
            output_datatype=attributes.datatype("outputDataType"),
            value=attributes.integer("value"),
        )
