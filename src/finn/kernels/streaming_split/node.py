"""StreamingSplit as an ONNX node."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from finn.kernels.base import Kernel
from finn.kernels.node import Attributes, HardwareNode, Initializers
from finn.kernels.streaming_split.op import StreamingSplit

__all__ = ("StreamingSplitNode",)


class StreamingSplitNode(HardwareNode):
    """A tensor (N, ..., C) to several that share its channels."""

    op_type: ClassVar[str] = "StreamingSplit"
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "ChannelsPerStream": ("ints", True, []),
        "SIMD": ("i", True, 1),
        "inputDataType": ("s", True, ""),
        "numInputVectors": ("ints", False, [1]),
    }

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The first output's channels in place of the last axis."""
        return self.output_shapes([input_shape])[0]

    def output_shapes(self, input_shapes: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
        """Each output's channels in place of the last axis."""
        outer = input_shapes[0][:-1]
        return [(*outer, channels) for channels in self.attributes.integers("ChannelsPerStream")]

    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """No constants."""
        del initializers
        return StreamingSplit(
            channels=attributes.integers("ChannelsPerStream"),
            simd=attributes.integer("SIMD"),
            input_datatype=attributes.datatype("inputDataType"),
            vectors=math.prod(attributes.integers("numInputVectors")[1:]),
        )
