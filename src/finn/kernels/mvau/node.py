"""MVAU as an ONNX node: inputs x, W (MW, MH) and, with an activation, thresholds (MH or 1, L)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from finn.kernels.base import Kernel
from finn.kernels.mvau.op import MVAU
from finn.kernels.node import Attributes, HardwareNode, Initializers, constant_of

__all__ = ("MVAUNode",)


class MVAUNode(HardwareNode):
    """Matrix-vector product and, unless ``noActivation``, its thresholds."""

    op_type: ClassVar[str] = "MVAU"
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "MW": ("i", True, 0),
        "MH": ("i", True, 0),
        "PE": ("i", True, 1),
        "SIMD": ("i", True, 1),
        "inputDataType": ("s", True, ""),
        "weightDataType": ("s", True, ""),
        "accDataType": ("s", True, ""),
        "outputDataType": ("s", True, ""),
        "ActVal": ("i", False, 0),
        "noActivation": ("i", False, 0),
        "ram_style": ("s", False, "auto"),
        "resType": ("s", False, "auto"),
        "mem_mode": ("s", False, "const"),
        "numInputVectors": ("ints", False, [1]),
        "flip": ("ints", False, []),
    }

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The batch, numInputVectors and MH."""
        outer = self.attributes.integers("numInputVectors")[1:]
        return (input_shape[0], *outer, self.attributes.integer("MH"))

    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """Weights and thresholds come from the node's constant inputs."""
        bare = attributes.integer("noActivation")
        return MVAU(
            mw=attributes.integer("MW"),
            mh=attributes.integer("MH"),
            pe=attributes.integer("PE"),
            simd=attributes.integer("SIMD"),
            weights=constant_of(initializers, self.onnx_node.input[1]),
            weight_datatype=attributes.datatype("weightDataType"),
            input_datatype=attributes.datatype("inputDataType"),
            output_datatype=attributes.datatype("outputDataType"),
            accumulator_datatype=attributes.datatype("accDataType"),
            thresholds=None if bare else constant_of(initializers, self.onnx_node.input[2]),
            activation_offset=attributes.integer("ActVal"),
            flip=attributes.integers("flip"),
            ram_style=attributes.text("ram_style"),
            res_type=attributes.text("resType"),
            vectors=math.prod(attributes.integers("numInputVectors")[1:]),
        )
