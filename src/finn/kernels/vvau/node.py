"""VVAU as an ONNX node: inputs x, W (channels, 1, kernel) and, with an activation, thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from finn.kernels.base import Kernel
from finn.kernels.node import Attributes, HardwareNode, Initializers, constant_of
from finn.kernels.vvau.op import VVAU

__all__ = ("VVAUNode",)


class VVAUNode(HardwareNode):
    """Windows (N, H, W, taps * C) to pixels (N, H, W, C)."""

    op_type: ClassVar[str] = "VVAU"
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "PE": ("i", True, 1),
        "SIMD": ("i", False, 1),
        "Dim": ("ints", True, []),
        "Channels": ("i", True, 0),
        "Kernel": ("ints", True, []),
        "inputDataType": ("s", True, ""),
        "weightDataType": ("s", True, ""),
        "accDataType": ("s", True, ""),
        "outputDataType": ("s", True, ""),
        "ActVal": ("i", False, 0),
        "noActivation": ("i", False, 0),
        "ram_style": ("s", False, "auto"),
        "flip": ("ints", False, []),
    }

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Channels in place of the windows' elements."""
        return (*input_shape[:-1], self.attributes.integer("Channels"))

    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """Weights and thresholds come from the node's constant inputs; ``Dim`` is the output's."""
        bare = attributes.integer("noActivation")
        channels = attributes.integer("Channels")
        rows, windows = attributes.integers("Dim")
        weights = constant_of(initializers, self.onnx_node.input[1])
        return VVAU(
            windows=(rows, windows),
            channels=channels,
            pe=attributes.integer("PE"),
            simd=attributes.integer("SIMD"),
            weights=weights.reshape(channels, -1).T,
            weight_datatype=attributes.datatype("weightDataType"),
            input_datatype=attributes.datatype("inputDataType"),
            output_datatype=attributes.datatype("outputDataType"),
            accumulator_datatype=attributes.datatype("accDataType"),
            thresholds=None if bare else constant_of(initializers, self.onnx_node.input[2]),
            activation_offset=attributes.integer("ActVal"),
            flip=attributes.integers("flip"),
            ram_style=attributes.text("ram_style"),
        )
