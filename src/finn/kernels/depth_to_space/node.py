"""DepthToSpace as an ONNX node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from finn.kernels.base import Kernel
from finn.kernels.depth_to_space.op import DepthToSpace
from finn.kernels.node import Attributes, HardwareNode, Initializers

__all__ = ("DepthToSpaceNode",)


class DepthToSpaceNode(HardwareNode):
    """Images (N, H, W, block * block * C) to images (N, H * block, W * block, C)."""

    op_type: ClassVar[str] = "DepthToSpace"
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "ImgDim": ("ints", True, []),
        "BlockSize": ("i", True, 2),
        "NumChannels": ("i", True, 0),
        "SIMD": ("i", True, 1),
        "inputDataType": ("s", True, ""),
        "outputDataType": ("s", False, ""),
        "ram_style": ("s", False, "auto"),
    }

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The larger image."""
        block = self.attributes.integer("BlockSize")
        batch, height, width, channels = input_shape
        return (batch, height * block, width * block, channels // block**2)

    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """``NumChannels`` are those of the larger image."""
        del initializers
        height, width = attributes.integers("ImgDim")
        return DepthToSpace(
            height=height,
            width=width,
            channels=attributes.integer("NumChannels"),
            block=attributes.integer("BlockSize"),
            simd=attributes.integer("SIMD"),
            datatype=attributes.datatype("inputDataType"),
            ram_style=attributes.text("ram_style"),
        )
