"""AddStreams as an ONNX node."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from finn.kernels.add_streams.op import AddStreams
from finn.kernels.base import Kernel
from finn.kernels.node import Attributes, HardwareNode, Initializers

__all__ = ("AddStreamsNode",)


class AddStreamsNode(HardwareNode):
    """Two or more tensors (N, ..., C), each times a constant, to their sum."""

    op_type: ClassVar[str] = "AddStreams"
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "NumChannels": ("i", True, 0),
        "PE": ("i", True, 1),
        "inputDataTypes": ("strings", True, []),
        "outputDataType": ("s", True, ""),
        "scales": ("ints", False, []),
        "numInputVectors": ("ints", False, [1]),
    }

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Element-wise."""
        return input_shape

    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """No constants."""
        del initializers
        return AddStreams(
            channels=attributes.integer("NumChannels"),
            pe=attributes.integer("PE"),
            input_datatypes=attributes.datatypes("inputDataTypes"),
            output_datatype=attributes.datatype("outputDataType"),
            scales=attributes.integers("scales"),
            vectors=math.prod(attributes.integers("numInputVectors")[1:]),
        )
