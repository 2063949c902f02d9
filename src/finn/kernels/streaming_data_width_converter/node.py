"""StreamingDataWidthConverter as an ONNX node; widths in bits, as in FINN."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from finn.kernels.base import Kernel
from finn.kernels.node import Attributes, HardwareNode, Initializers
from finn.kernels.streaming_data_width_converter.op import StreamingDataWidthConverter

__all__ = ("StreamingDataWidthConverterNode",)


class StreamingDataWidthConverterNode(HardwareNode):
    """Regroups a stream's elements into beats of another width."""

    op_type: ClassVar[str] = "StreamingDataWidthConverter"
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "shape": ("ints", True, []),
        "inWidth": ("i", True, 0),
        "outWidth": ("i", True, 0),
        "dataType": ("s", True, ""),
    }

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The values do not change."""
        return input_shape

    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """``shape`` is that of one frame, batch first."""
        del initializers
        datatype = attributes.datatype("dataType")
        bits = int(datatype.bitwidth())
        return StreamingDataWidthConverter(
            datatype=datatype,
            elements=math.prod(attributes.integers("shape")[1:]),
            input_lanes=attributes.integer("inWidth") // bits,
            output_lanes=attributes.integer("outWidth") // bits,
        )
