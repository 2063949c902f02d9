"""Hardware layers that repeat the pixels of an image, or put constant ones between them."""

from __future__ import annotations

from dataclasses import dataclass

from qonnx.core.datatype import BaseDataType

from finn.frontend.layers.elements import SameElements

__all__ = ("BlockLayer", "SpreadLayer", "UpsampleLayer")

Shape = tuple[int, ...]


@dataclass(frozen=True)
class UpsampleLayer(SameElements):
    """``UpsampleNearestNeighbour``: ``shape`` is the image's (height, width, channels)."""

    origin: tuple[str, ...]
    shape: Shape
    scale: tuple[int, int]
    input_datatype: BaseDataType

    @property
    def output_shape(self) -> Shape:
        """(height, width, channels) of the larger image."""
        height, width, channels = self.shape
        return (height * self.scale[0], width * self.scale[1], channels)


@dataclass(frozen=True)
class BlockLayer(SameElements):
    """``DepthToSpace``: ``shape`` is the image's (height, width, channels)."""

    origin: tuple[str, ...]
    shape: Shape
    block: int
    input_datatype: BaseDataType

    @property
    def output_shape(self) -> Shape:
        """(height, width, channels) of the larger image."""
        height, width, channels = self.shape
        return (height * self.block, width * self.block, channels // self.block**2)


@dataclass(frozen=True)
class SpreadLayer:
    """``FMPadding_Pixel``: ``shape`` is the image's (height, width, channels)."""

    origin: tuple[str, ...]
    shape: Shape
    stride: tuple[int, int]
    input_datatype: BaseDataType
    output_datatype: BaseDataType
    fill: int

    @property
    def output_shape(self) -> Shape:
        """(height, width, channels) of the larger image."""
        height, width, channels = self.shape
        return ((height - 1) * self.stride[0] + 1, (width - 1) * self.stride[1] + 1, channels)
