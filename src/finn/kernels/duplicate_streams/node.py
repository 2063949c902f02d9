"""DuplicateStreams as an ONNX node."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from finn.kernels.base import Kernel
from finn.kernels.duplicate_streams.op import DuplicateStreams
from finn.kernels.node import Attributes, HardwareNode, Initializers

__all__ = ("DuplicateStreamsNode",)


class DuplicateStreamsNode(HardwareNode):
    """A tensor (N, ..., C) to two or more that equal it."""

    op_type: ClassVar[str] = "DuplicateStreams"
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "NumChannels": ("i", True, 0),
        "PE": ("i", True, 1),
        "NumOutputStreams": ("i", True, 2),
        "inputDataType": ("s", True, ""),
        "numInputVectors": ("ints", False, [1]),
    }

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The values do not change."""
        return input_shape

    def output_shapes(self, input_shapes: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
        """The input's, for each output."""
        return [input_shapes[0]] * self.attributes.integer("NumOutputStreams")

    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """No constants."""
        del initializers
        return DuplicateStreams(
            channels=attributes.integer("NumChannels"),
            pe=attributes.integer("PE"),
            outputs=attributes.integer("NumOutputStreams"),
            input_datatype=attributes.datatype("inputDataType"),
            vectors=math.prod(attributes.integers("numInputVectors")[1:]),
        )
