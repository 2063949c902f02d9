"""Thresholding as an ONNX node: inputs x and thresholds (NumChannels or 1, numSteps)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from finn.errors import FinnError
from finn.kernels.base import Kernel
from finn.kernels.node import Attributes, HardwareNode, Initializers
from finn.kernels.thresholding.op import Thresholding

__all__ = ("ThresholdingNode",)


class ThresholdingNode(HardwareNode):
    """Counts, per channel, the thresholds that an element reaches."""

    op_type: ClassVar[str] = "Thresholding"
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "NumChannels": ("i", True, 0),
        "PE": ("i", True, 1),
        "numSteps": ("i", True, 1),
        "inputDataType": ("s", True, ""),
        "weightDataType": ("s", True, ""),
        "outputDataType": ("s", True, ""),
        "ActVal": ("i", False, 0),
        "numInputVectors": ("ints", False, [1]),
        "flip": ("ints", False, []),
    }

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Element-wise."""
        return input_shape

    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """Thresholds come from the node's second input."""
        thresholds = initializers(self.onnx_node.input[1])
        if thresholds is None:
            raise FinnError(f"its input {self.onnx_node.input[1]} is not a constant")
        return Thresholding(
            channels=attributes.integer("NumChannels"),
            pe=attributes.integer("PE"),
            thresholds=np.asarray(thresholds).astype(np.int64),
            input_datatype=attributes.datatype("inputDataType"),
            output_datatype=attributes.datatype("outputDataType"),
            activation_offset=attributes.integer("ActVal"),
            flip=attributes.integers("flip"),
            vectors=math.prod(attributes.integers("numInputVectors")[1:]),
        )
