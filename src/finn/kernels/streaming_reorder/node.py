"""StreamingReorder as an ONNX node."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any, ClassVar

from finn.kernels.base import Kernel
from finn.kernels.node import Attributes, HardwareNode, Initializers
from finn.kernels.streaming_reorder.op import StreamingReorder

__all__ = ("StreamingReorderNode",)


class StreamingReorderNode(HardwareNode):
    """Any tensor (N, ...) to one of shape (N, *outShape)."""

    op_type: ClassVar[str] = "StreamingReorder"
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "inShape": ("ints", True, []),
        "outShape": ("ints", True, []),
        "Outer": ("ints", True, []),
        "Middle": ("ints", True, []),
        "Inner": ("ints", True, []),
        "SIMD": ("i", True, 1),
        "inputDataType": ("s", True, ""),
        "ram_style": ("s", False, "auto"),
    }

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """As the attribute says."""
        return (input_shape[0], *self.attributes.integers("outShape"))

    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """No constants."""
        del initializers
        return StreamingReorder(
            elements=prod(attributes.integers("inShape")),
            outer=tuple(attributes.integers("Outer")),
            middle=tuple(attributes.integers("Middle")),
            inner=tuple(attributes.integers("Inner")),
            simd=attributes.integer("SIMD"),
            input_datatype=attributes.datatype("inputDataType"),
            ram_style=attributes.text("ram_style"),
        )
