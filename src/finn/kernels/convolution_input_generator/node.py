"""ConvolutionInputGenerator as an ONNX node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from finn.kernels.base import Kernel
from finn.kernels.convolution_input_generator.op import ConvolutionInputGenerator
from finn.kernels.node import Attributes, HardwareNode, Initializers

__all__ = ("ConvolutionInputGeneratorNode",)


class ConvolutionInputGeneratorNode(HardwareNode):
    """Images (N, H, W, C) to windows (N, H', W', kernel height * kernel width * C)."""

    op_type: ClassVar[str] = "ConvolutionInputGenerator"
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "ConvKernelDim": ("ints", True, []),
        "IFMChannels": ("i", True, 0),
        "IFMDim": ("ints", True, []),
        "OFMDim": ("ints", False, []),
        "SIMD": ("i", True, 1),
        "Stride": ("ints", False, [1, 1]),
        "Dilation": ("ints", False, [1, 1]),
        "inputDataType": ("s", True, ""),
        "outputDataType": ("s", True, ""),
        "ram_style": ("s", False, "auto"),
        "parallel_window": ("i", False, 0),
    }

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """A vector of kernel elements for each window."""
        kernel = self._kernel()
        return (input_shape[0], *kernel.windows, kernel.geometry.window_beats * kernel.simd)

    def _kernel(self) -> ConvolutionInputGenerator:
        return _generator(self.attributes)

    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """No constants; pairs are (vertical, horizontal), as in FINN."""
        del initializers
        return _generator(attributes)


def _generator(attributes: Attributes) -> ConvolutionInputGenerator:
    height, width = attributes.integers("IFMDim")
    return ConvolutionInputGenerator(
        height=height,
        width=width,
        channels=attributes.integer("IFMChannels"),
        kernel=_pair(attributes, "ConvKernelDim"),
        stride=_pair(attributes, "Stride"),
        dilation=_pair(attributes, "Dilation"),
        simd=attributes.integer("SIMD"),
        datatype=attributes.datatype("inputDataType"),
        ram_style=attributes.text("ram_style"),
        parallel_window=attributes.integer("parallel_window"),
    )


def _pair(attributes: Attributes, name: str) -> tuple[int, int]:
    vertical, horizontal = attributes.integers(name)
    return vertical, horizontal
