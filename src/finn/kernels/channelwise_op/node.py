"""ChannelwiseOp as an ONNX node: inputs x and parameters (NumChannels,) or (1,)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from finn.kernels.base import Kernel
from finn.kernels.channelwise_op.op import ChannelwiseOp
from finn.kernels.node import Attributes, HardwareNode, Initializers, constant_of

__all__ = ("ChannelwiseOpNode",)


class ChannelwiseOpNode(HardwareNode):
    """Each channel of (N, ..., C) with a constant of its own: x + p, x * p, x <= p or x >= p."""

    op_type: ClassVar[str] = "ChannelwiseOp"
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "Func": ("s", True, ""),
        "NumChannels": ("i", True, 0),
        "PE": ("i", True, 1),
        "inputDataType": ("s", True, ""),
        "paramDataType": ("s", True, ""),
        "outputDataType": ("s", True, ""),
        "numInputVectors": ("ints", False, [1]),
    }

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Element-wise."""
        return input_shape

    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """The parameters come from the node's second input."""
        return ChannelwiseOp(
            function=attributes.text("Func"),
            channels=attributes.integer("NumChannels"),
            pe=attributes.integer("PE"),
            parameters=constant_of(initializers, self.onnx_node.input[1]).reshape(-1),
            input_datatype=attributes.datatype("inputDataType"),
            parameter_datatype=attributes.datatype("paramDataType"),
            output_datatype=attributes.datatype("outputDataType"),
            vectors=math.prod(attributes.integers("numInputVectors")[1:]),
        )
