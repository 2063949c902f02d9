"""StreamingMaxPool as an ONNX node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from finn.kernels.base import Kernel
from finn.kernels.node import Attributes, HardwareNode, Initializers
from finn.kernels.streaming_max_pool.op import StreamingMaxPool

__all__ = ("StreamingMaxPoolNode",)


class StreamingMaxPoolNode(HardwareNode):
    """Images (N, H, W, C) to smaller ones: the largest element of each window."""

    op_type: ClassVar[str] = "StreamingMaxPool"
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "ImgDim": ("ints", True, []),
        "PoolDim": ("ints", True, []),
        "NumChannels": ("i", True, 0),
        "PE": ("i", True, 1),
        "inputDataType": ("s", True, ""),
        "outputDataType": ("s", True, ""),
        "ram_style": ("s", False, "auto"),
    }

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """A pixel for each whole window."""
        batch, height, width, channels = input_shape
        vertical, horizontal = self.attributes.integers("PoolDim")
        return (batch, height // vertical, width // horizontal, channels)

    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """No constants; pairs are (vertical, horizontal)."""
        del initializers
        height, width = attributes.integers("ImgDim")
        vertical, horizontal = attributes.integers("PoolDim")
        return StreamingMaxPool(
            height=height,
            width=width,
            channels=attributes.integer("NumChannels"),
            pool=(vertical, horizontal),
            pe=attributes.integer("PE"),
            datatype=attributes.datatype("inputDataType"),
            ram_style=attributes.text("ram_style"),
        )
