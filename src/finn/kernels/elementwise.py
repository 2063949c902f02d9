"""What kernels have in common that make one element of each element."""

from __future__ import annotations

from typing import ClassVar

from qonnx.core.datatype import BaseDataType

from finn.errors import FinnError
from finn.kernels.base import IntArray, Kernel, Stream, divisors

__all__ = ("Elementwise", "require_per_channel")


class Elementwise(Kernel):
    """One stream of vectors in, one of the same shape out, a beat per cycle.

    Attributes
    ----------
    channels, pe
        Elements of a vector, and of a beat.
    input_datatype, output_datatype
        Type of an element before and behind it. A kernel of several streams has other attributes for
        their types and gives `input_streams` itself.
    vectors
        Vectors per frame.
    """

    folding_attributes: ClassVar[tuple[str, ...]] = ("PE",)

    channels: int
    pe: int
    vectors: int
    input_datatype: BaseDataType
    output_datatype: BaseDataType

    @property
    def folded_shape(self) -> tuple[int, ...]:
        """(vectors, channels / PE, PE)."""
        return (self.vectors, self.channels // self.pe, self.pe)

    @property
    def input_streams(self) -> tuple[Stream, ...]:
        """One port, (vectors, channels / PE, PE)."""
        return (Stream(self.input_datatype, self.folded_shape),)

    @property
    def output_streams(self) -> tuple[Stream, ...]:
        """One port of the input's shape."""
        return (Stream(self.output_datatype, self.folded_shape),)

    @property
    def cycles(self) -> int:
        """One beat per cycle."""
        return self.vectors * self.channels // self.pe

    def folding_choices(self) -> dict[str, list[int]]:
        """PE divides the channels."""
        return {"PE": divisors(self.channels)}


def require_per_channel(name: str, values: IntArray, channels: int) -> None:
    """Raise FinnError unless ``values`` are one for each channel, or one for all."""
    if values.shape not in ((1,), (channels,)):
        raise FinnError(f"{name} of shape {values.shape} do not fit; give ({channels},) or (1,)")
