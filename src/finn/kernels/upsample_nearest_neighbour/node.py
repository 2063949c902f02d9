"""UpsampleNearestNeighbour as an ONNX node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from finn.kernels.base import Kernel
from finn.kernels.node import Attributes, HardwareNode, Initializers
from finn.kernels.upsample_nearest_neighbour.op import UpsampleNearestNeighbour

__all__ = ("UpsampleNearestNeighbourNode",)


class UpsampleNearestNeighbourNode(HardwareNode):
    """Images (N, H, W, C) to images (N, H * vertical, W * horizontal, C)."""

    op_type: ClassVar[str] = "UpsampleNearestNeighbour"
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "Dim": ("ints", True, []),
        "Scale": ("ints", True, []),
        "NumChannels": ("i", True, 0),
        "SIMD": ("i", True, 1),
        "inputDataType": ("s", True, ""),
        "outputDataType": ("s", False, ""),
        "ram_style": ("s", False, "auto"),
    }

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The larger image."""
        vertical, horizontal = self.attributes.integers("Scale")
        batch, height, width, channels = input_shape
        return (batch, height * vertical, width * horizontal, channels)

    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """``Scale`` is (vertical, horizontal)."""
        del initializers
        height, width = attributes.integers("Dim")
        vertical, horizontal = attributes.integers("Scale")
        return UpsampleNearestNeighbour(
            height=height,
            width=width,
            channels=attributes.integer("NumChannels"),
            scale=(vertical, horizontal),
            simd=attributes.integer("SIMD"),
            datatype=attributes.datatype("inputDataType"),
            ram_style=attributes.text("ram_style"),
        )
