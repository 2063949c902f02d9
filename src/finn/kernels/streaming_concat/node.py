"""StreamingConcat as an ONNX node."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from finn.kernels.base import Kernel
from finn.kernels.node import Attributes, HardwareNode, Initializers
from finn.kernels.streaming_concat.op import StreamingConcat

__all__ = ("StreamingConcatNode",)


class StreamingConcatNode(HardwareNode):
    """Tensors (N, ..., C[i]) to one of all channels."""

    op_type: ClassVar[str] = "StreamingConcat"
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "ChannelsPerStream": ("ints", True, []),
        "SIMD": ("i", True, 1),
        "inputDataTypes": ("strings", True, []),
        "outputDataType": ("s", True, ""),
        "numInputVectors": ("ints", False, [1]),
    }

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """All channels in place of the last axis."""
        return (*input_shape[:-1], sum(self.attributes.integers("ChannelsPerStream")))

    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """No constants."""
        del initializers
        return StreamingConcat(
            channels=attributes.integers("ChannelsPerStream"),
            simd=attributes.integer("SIMD"),
            input_datatypes=attributes.datatypes("inputDataTypes"),
            output_datatype=attributes.datatype("outputDataType"),
            vectors=math.prod(attributes.integers("numInputVectors")[1:]),
        )
