"""DuplicateStreams: the same stream several times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from qonnx.core.datatype import BaseDataType

from finn.errors import FinnError
from finn.kernels.base import IntArray, Kernel, Resources, RtlModule, Stream, divisors, require_divides

__all__ = ("DuplicateStreams",)

HERE = Path(__file__).parent
SHARED = HERE.parent / "rtl"


@dataclass(frozen=True)
class DuplicateStreams(Kernel):
    """Gives every beat to each of its outputs.

    Attributes
    ----------
    channels, pe
        Elements of a vector, and of a beat.
    outputs
        Number of outputs, two or more.
    input_datatype
        Type of an element.
    vectors
        Vectors per frame.
    """

    channels: int
    pe: int
    outputs: int
    input_datatype: BaseDataType
    vectors: int = 1

    op_type: ClassVar[str] = "DuplicateStreams"
    folding_attributes: ClassVar[tuple[str, ...]] = ("PE",)

    def __post_init__(self) -> None:
        """Raise FinnError where values do not fit together."""
        require_divides("PE", self.pe, "NumChannels", self.channels)
        if self.outputs < 2:
            raise FinnError(f"NumOutputStreams={self.outputs} is not possible; give two or more")

    @property
    def input_streams(self) -> tuple[Stream, ...]:
        """(vectors, channels / PE, PE)."""
        return (Stream(self.input_datatype, (self.vectors, self.channels // self.pe, self.pe)),)

    @property
    def output_streams(self) -> tuple[Stream, ...]:
        """As many of the input's kind as there are outputs."""
        return self.input_streams * self.outputs

    @property
    def cycles(self) -> int:
        """One beat per cycle."""
        return self.input_streams[0].beats

    def golden(self, inputs: Sequence[IntArray]) -> list[IntArray]:
        """The values as they are, once for each output."""
        return [inputs[0].copy() for _ in range(self.outputs)]

    def folding_choices(self) -> dict[str, list[int]]:
        """PE divides the channels."""
        return {"PE": divisors(self.channels)}

    def resources(self) -> Resources:
        """A register slice, and a few LUTs for each output."""
        width = self.input_streams[0].width
        return Resources(lut=width + self.outputs + 4, ff=2 * width + self.outputs + 2)

    def rtl(self, name: str) -> RtlModule:
        """One ``duplicate_streams``."""
        return RtlModule("duplicate_streams", {"WIDTH": self.input_streams[0].width, "OUTPUTS": self.outputs})

    @property
    def sources(self) -> tuple[Path, ...]:
        """The register slice and the module."""
        return (SHARED / "finn_fork.sv", HERE / "duplicate_streams.sv")
