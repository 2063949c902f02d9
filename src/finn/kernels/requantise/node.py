"""Requantise as an ONNX node: inputs x, multipliers and offsets, (NumChannels,) or (1,)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from finn.kernels.base import Kernel
from finn.kernels.node import Attributes, HardwareNode, Initializers, constant_of
from finn.kernels.requantise.op import Requantise

__all__ = ("RequantiseNode",)


class RequantiseNode(HardwareNode):
    """Each element of (N, ..., C) times a constant of its channel, plus another, shifted and clipped."""

    op_type: ClassVar[str] = "Requantise"
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "NumChannels": ("i", True, 0),
        "PE": ("i", True, 1),
        "Shift": ("i", True, 0),
        "Steps": ("i", True, 1),
        "inputDataType": ("s", True, ""),
        "outputDataType": ("s", True, ""),
        "ActVal": ("i", False, 0),
        "RoundEven": ("i", False, 0),
        "resType": ("s", False, "auto"),
        "numInputVectors": ("ints", False, [1]),
    }

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Element-wise."""
        return input_shape

    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """The constants come from the node's second and third input."""
        multipliers, offsets = (constant_of(initializers, n).reshape(-1) for n in self.onnx_node.input[1:3])
        return Requantise(
            channels=attributes.integer("NumChannels"),
            pe=attributes.integer("PE"),
            multipliers=multipliers,
            offsets=offsets,
            shift=attributes.integer("Shift"),
            steps=attributes.integer("Steps"),
            input_datatype=attributes.datatype("inputDataType"),
            output_datatype=attributes.datatype("outputDataType"),
            activation_offset=attributes.integer("ActVal"),
            res_type=attributes.text("resType"),
            vectors=math.prod(attributes.integers("numInputVectors")[1:]),
            round_even=bool(attributes.integer("RoundEven")),
        )
