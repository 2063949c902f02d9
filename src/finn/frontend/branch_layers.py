"""Hardware layers where branches of a network part and meet."""

from __future__ import annotations

from dataclasses import dataclass

from qonnx.core.datatype import BaseDataType

__all__ = ("AddLayer", "ConcatLayer", "SplitLayer")

Shape = tuple[int, ...]


@dataclass(frozen=True)
class AddLayer:
    """``AddStreams``: the sum of ``factors[i]`` times input i; ``shape`` is each input's, channels last."""

    origin: tuple[str, ...]
    shape: Shape
    factors: tuple[int, ...]
    input_datatypes: tuple[BaseDataType, ...]
    output_datatype: BaseDataType

    @property
    def output_shape(self) -> Shape:
        """That of each input."""
        return self.shape


@dataclass(frozen=True)
class ConcatLayer:
    """``StreamingConcat``: inputs of ``channels[i]`` joined along the last axis.

    ``shape`` is the result's, channels last.
    """

    origin: tuple[str, ...]
    shape: Shape
    channels: tuple[int, ...]
    input_datatypes: tuple[BaseDataType, ...]
    output_datatype: BaseDataType

    @property
    def output_shape(self) -> Shape:
        """All channels."""
        return self.shape


@dataclass(frozen=True)
class SplitLayer:
    """``StreamingSplit``: ``shape``, channels last, cut into ``channels[i]`` along the last axis."""

    origin: tuple[str, ...]
    shape: Shape
    channels: tuple[int, ...]
    input_datatype: BaseDataType

    @property
    def output_datatype(self) -> BaseDataType:
        """The elements stay as they are."""
        return self.input_datatype

    @property
    def output_shapes(self) -> tuple[Shape, ...]:
        """One for each part."""
        return tuple((*self.shape[:-1], channels) for channels in self.channels)

    @property
    def output_shape(self) -> Shape:
        """The first part's."""
        return self.output_shapes[0]
