"""StreamingFIFO as an ONNX node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from finn.kernels.base import Kernel
from finn.kernels.node import Attributes, HardwareNode, Initializers
from finn.kernels.streaming_fifo.op import StreamingFIFO

__all__ = ("StreamingFIFONode",)


class StreamingFIFONode(HardwareNode):
    """A first-in first-out buffer of ``depth`` beats."""

    op_type: ClassVar[str] = "StreamingFIFO"
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "depth": ("i", True, 2),
        "folded_shape": ("ints", True, []),
        "dataType": ("s", True, ""),
        "ram_style": ("s", False, "auto"),
        "count_occupancy": ("i", False, 0),
    }

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The values do not change."""
        return input_shape

    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """``folded_shape`` is that of one frame, batch first."""
        del initializers
        return StreamingFIFO(
            datatype=attributes.datatype("dataType"),
            folded_shape=attributes.integers("folded_shape")[1:],
            depth=attributes.integer("depth"),
            ram_style=attributes.text("ram_style"),
            count_occupancy=bool(attributes.integer("count_occupancy")),
        )
