"""StreamingEltwise as an ONNX node."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from finn.kernels.base import Kernel
from finn.kernels.node import Attributes, HardwareNode, Initializers
from finn.kernels.streaming_eltwise.op import StreamingEltwise

__all__ = ("StreamingEltwiseNode",)


class StreamingEltwiseNode(HardwareNode):
    """Tensors (N, ..., C) and (N, ..., C), or (N, 1, ..., C) with ``broadcast``, to one like the first."""

    op_type: ClassVar[str] = "StreamingEltwise"
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "NumChannels": ("i", True, 0),
        "PE": ("i", True, 1),
        "eltwiseOp": ("s", True, "Mul"),
        "inputDataTypes": ("strings", True, []),
        "outputDataType": ("s", True, ""),
        "broadcast": ("i", False, 0),
        "resType": ("s", False, "auto"),
        "numInputVectors": ("ints", False, [1]),
    }

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The first input's."""
        return input_shape

    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """No constants."""
        del initializers
        return StreamingEltwise(
            channels=attributes.integer("NumChannels"),
            pe=attributes.integer("PE"),
            function=attributes.text("eltwiseOp"),
            input_datatypes=attributes.datatypes("inputDataTypes"),
            output_datatype=attributes.datatype("outputDataType"),
            vectors=math.prod(attributes.integers("numInputVectors")[1:]),
            broadcast=bool(attributes.integer("broadcast")),
            res_type=attributes.text("resType"),
        )
