"""Hardware layers where branches of a network part and meet."""

from __future__ import annotations

from dataclasses import dataclass

from qonnx.core.datatype import BaseDataType

from finn.frontend.layers.elements import SameElements, SameShape

__all__ = ("AddLayer", "ConcatLayer", "EltwiseLayer", "JoinLayer", "SplitLayer")

Shape = tuple[int, ...]


@dataclass(frozen=True)
class JoinLayer(SameShape):
    """Several streams become one; ``shape`` is the result's for one image, channels last."""

    origin: tuple[str, ...]
    shape: Shape
    input_datatypes: tuple[BaseDataType, ...]
    output_datatype: BaseDataType


@dataclass(frozen=True)
class AddLayer(JoinLayer):
    """``AddStreams``: the sum of ``factors[i]`` times input i, all of one shape."""

    factors: tuple[int, ...]


@dataclass(frozen=True)
class EltwiseLayer(JoinLayer):
    """``StreamingEltwise``: two inputs, the second one vector for all of the first where ``broadcast``."""

    function: str
    broadcast: bool


@dataclass(frozen=True)
class ConcatLayer(JoinLayer):
    """``StreamingConcat``: inputs of ``channels[i]`` joined along the last axis."""

    channels: tuple[int, ...]


@dataclass(frozen=True)
class SplitLayer(SameElements):
    """``StreamingSplit``: ``shape``, channels last, cut into ``channels[i]`` along the last axis."""

    origin: tuple[str, ...]
    shape: Shape
    channels: tuple[int, ...]
    input_datatype: BaseDataType

    @property
    def output_shapes(self) -> tuple[Shape, ...]:
        """One for each part."""
        return tuple((*self.shape[:-1], channels) for channels in self.channels)

    @property
    def output_shape(self) -> Shape:
        """The first part's."""
        return self.output_shapes[0]
