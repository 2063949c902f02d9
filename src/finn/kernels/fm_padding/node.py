"""FMPadding as an ONNX node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from finn.kernels.base import Kernel
from finn.kernels.fm_padding.op import FMPadding
from finn.kernels.node import Attributes, HardwareNode, Initializers

__all__ = ("FMPaddingNode",)


class FMPaddingNode(HardwareNode):
    """Surrounds images (N, H, W, C) with constant pixels."""

    op_type: ClassVar[str] = "FMPadding"
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "ImgDim": ("ints", True, []),
        "Padding": ("ints", True, []),
        "NumChannels": ("i", True, 0),
        "SIMD": ("i", True, 1),
        "inputDataType": ("s", True, ""),
        "outputDataType": ("s", True, ""),
        "value": ("i", False, 0),
    }

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The larger image."""
        top, left, bottom, right = self.attributes.integers("Padding")
        batch, height, width, channels = input_shape
        return (batch, top + height + bottom, left + width + right, channels)

    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """``Padding`` is top, left, bottom, right, as in FINN."""
        del initializers
        height, width = attributes.integers("ImgDim")
        top, left, bottom, right = attributes.integers("Padding")
        return FMPadding(
            height=height,
            width=width,
            channels=attributes.integer("NumChannels"),
            padding=(top, left, bottom, right),
            simd=attributes.integer("SIMD"),
            input_datatype=attributes.datatype("inputDataType"),
            output_datatype=attributes.datatype("outputDataType"),
            value=attributes.integer("value"),
        )
