"""GlobalAccPool as an ONNX node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from finn.kernels.base import Kernel
from finn.kernels.global_acc_pool.op import GlobalAccPool
from finn.kernels.node import Attributes, HardwareNode, Initializers

__all__ = ("GlobalAccPoolNode",)


class GlobalAccPoolNode(HardwareNode):
    """Images (N, H, W, C) to their sums (N, 1, 1, C)."""

    op_type: ClassVar[str] = "GlobalAccPool"
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "ImgDim": ("ints", True, []),
        "NumChannels": ("i", True, 0),
        "PE": ("i", True, 1),
        "inputDataType": ("s", True, ""),
        "outputDataType": ("s", True, ""),
    }

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """One pixel."""
        return (input_shape[0], 1, 1, input_shape[-1])

    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """No constants."""
        del initializers
        height, width = attributes.integers("ImgDim")
        return GlobalAccPool(
            height=height,
            width=width,
            channels=attributes.integer("NumChannels"),
            pe=attributes.integer("PE"),
            input_datatype=attributes.datatype("inputDataType"),
            output_datatype=attributes.datatype("outputDataType"),
        )
