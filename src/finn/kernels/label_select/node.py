"""LabelSelect as an ONNX node: the indices of the K largest of Labels elements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from finn.kernels.base import Kernel
from finn.kernels.label_select.op import LabelSelect
from finn.kernels.node import Attributes, HardwareNode, Initializers

__all__ = ("LabelSelectNode",)


class LabelSelectNode(HardwareNode):
    """Top-k in hardware; the lowest index wins a tie."""

    op_type: ClassVar[str] = "LabelSelect"
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "Labels": ("i", True, 0),
        "PE": ("i", True, 1),
        "K": ("i", True, 1),
        "inputDataType": ("s", True, ""),
        "outputDataType": ("s", True, ""),
    }

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """K in place of the last axis."""
        return (*input_shape[:-1], self.attributes.integer("K"))

    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """No constants."""
        del initializers
        return LabelSelect(
            labels=attributes.integer("Labels"),
            pe=attributes.integer("PE"),
            k=attributes.integer("K"),
            input_datatype=attributes.datatype("inputDataType"),
            output_datatype=attributes.datatype("outputDataType"),
        )
