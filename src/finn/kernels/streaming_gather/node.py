"""StreamingGather as an ONNX node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from finn.kernels.base import Kernel
from finn.kernels.node import Attributes, HardwareNode, Initializers
from finn.kernels.streaming_gather.op import StreamingGather

__all__ = ("StreamingGatherNode",)


class StreamingGatherNode(HardwareNode):
    """An image (N, height, width, C), vectors (N, V, C) or (N, C), to what stays of it."""

    op_type: ClassVar[str] = "StreamingGather"
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "ImgDim": ("ints", True, []),
        "NumChannels": ("i", True, 0),
        "SIMD": ("i", True, 1),
        "Rows": ("ints", True, []),
        "Columns": ("ints", True, []),
        "Channels": ("ints", True, []),
        "inputDataType": ("s", True, ""),
    }

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Numbers of rows, columns and channels, of as many axes as the input has."""
        read = self.attributes.integers
        rows, columns, channels = (len(read(name)) for name in ("Rows", "Columns", "Channels"))
        kept = {2: (channels,), 3: (rows, channels)}.get(len(input_shape), (rows, columns, channels))
        return (input_shape[0], *kept)

    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """No constants."""
        del initializers
        height, width = attributes.integers("ImgDim")
        return StreamingGather(
            image=(height, width),
            channels=attributes.integer("NumChannels"),
            simd=attributes.integer("SIMD"),
            rows=tuple(attributes.integers("Rows")),
            columns=tuple(attributes.integers("Columns")),
            picked=tuple(attributes.integers("Channels")),
            input_datatype=attributes.datatype("inputDataType"),
        )
