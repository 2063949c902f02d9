"""Pool as an ONNX node, behind a ConvolutionInputGenerator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from finn.kernels.base import Kernel
from finn.kernels.node import Attributes, HardwareNode, Initializers
from finn.kernels.pool.op import Pool

__all__ = ("PoolNode",)


class PoolNode(HardwareNode):
    """Windows (N, H, W, taps * C) to pixels (N, H, W, C)."""

    op_type: ClassVar[str] = "Pool"
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "Channels": ("i", True, 0),
        "PE": ("i", True, 1),
        "KernelSize": ("ints", True, []),
        "Function": ("s", True, ""),
        "OutImgDims": ("ints", True, []),
        "inputDataType": ("s", True, ""),
        "outputDataType": ("s", True, ""),
    }

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Channels in place of the windows' elements."""
        return (*input_shape[:-1], self.attributes.integer("Channels"))

    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """No constants."""
        del initializers
        vertical, horizontal = attributes.integers("KernelSize")
        rows, windows = attributes.integers("OutImgDims")
        return Pool(
            windows=(rows, windows),
            taps=vertical * horizontal,
            channels=attributes.integer("Channels"),
            pe=attributes.integer("PE"),
            function=attributes.text("Function"),
            input_datatype=attributes.datatype("inputDataType"),
            output_datatype=attributes.datatype("outputDataType"),
        )
