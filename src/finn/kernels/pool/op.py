"""Pool: the largest element, or the sum, of each channel over a window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from qonnx.core.datatype import BaseDataType

from finn.errors import FinnError
from finn.kernels.base import IntArray, Kernel, Resources, RtlModule, Stream, divisors, require_divides

__all__ = ("Pool",)

HERE = Path(__file__).parent
SHARED = HERE.parent / "rtl"
FUNCTIONS = ("MaxPool", "SumPool")


@dataclass(frozen=True)
class Pool(Kernel):
    """Reduces windows of ``taps`` pixels, as a ConvolutionInputGenerator gives them, to one pixel each.

    Attributes
    ----------
    windows
        (rows, windows in a row).
    taps
        Pixels of a window.
    channels
        Channels of a pixel.
    pe
        Channels worked on at a time.
    function
        ``MaxPool`` or ``SumPool``; an average is a sum whose division is left to thresholds.
    input_datatype, output_datatype
        Type of an element; for MaxPool the same, for SumPool one that holds every sum.
    """

    windows: tuple[int, int]
    taps: int
    channels: int
    pe: int
    function: str
    input_datatype: BaseDataType
    output_datatype: BaseDataType

    op_type: ClassVar[str] = "Pool"
    folding_attributes: ClassVar[tuple[str, ...]] = ("PE",)

    def __post_init__(self) -> None:
        """Raise FinnError where values do not fit together."""
        require_divides("PE", self.pe, "Channels", self.channels)
        if self.function not in FUNCTIONS:
            raise FinnError(f"Function={self.function} is unknown; possible are {', '.join(FUNCTIONS)}")
        low, high = self._range()
        if not (self.output_datatype.allowed(low) and self.output_datatype.allowed(high)):
            raise FinnError(
                f"{self.output_datatype.name} does not hold {low} to {high}; choose a wider output type"
            )
        if self.function == "MaxPool" and self.input_datatype != self.output_datatype:
            raise FinnError("MaxPool does not change the type of its elements; give the same twice")
        if self.function == "SumPool" and "BIPOLAR" in (self.input_datatype.name, self.output_datatype.name):
            raise FinnError("SumPool takes no BIPOLAR elements; use an INT type")

    def _range(self) -> tuple[int, int]:
        times = self.taps if self.function == "SumPool" else 1
        return times * int(self.input_datatype.min()), times * int(self.input_datatype.max())

    @property
    def _folds(self) -> int:
        return self.channels // self.pe

    @property
    def input_streams(self) -> tuple[Stream, ...]:
        """(rows, windows, taps * channels / PE, PE)."""
        return (Stream(self.input_datatype, (*self.windows, self.taps * self._folds, self.pe)),)

    @property
    def output_streams(self) -> tuple[Stream, ...]:
        """(rows, windows, channels / PE, PE)."""
        return (Stream(self.output_datatype, (*self.windows, self._folds, self.pe)),)

    @property
    def cycles(self) -> int:
        """One per beat that comes."""
        return self.input_streams[0].beats

    def golden(self, inputs: Sequence[IntArray]) -> list[IntArray]:
        """(batch, rows, windows, taps * channels) to (batch, rows, windows, channels), int64."""
        x = np.asarray(inputs[0], dtype=np.int64)
        x = x.reshape(len(x), *self.windows, self.taps, self.channels)
        return [x.max(axis=3) if self.function == "MaxPool" else x.sum(axis=3)]

    def folding_choices(self) -> dict[str, list[int]]:
        """PE divides the channels."""
        return {"PE": divisors(self.channels)}

    def resources(self) -> Resources:
        """For each bit of an element a choice and half a comparison, or an adder; the skid register."""
        bits = self.pe * int(self.output_datatype.bitwidth())
        came = self.pe * int(self.input_datatype.bitwidth())
        kept = 0 if self._folds == 1 else 4 * -(-bits // 6) * -(-self._folds // 32)
        control = 2 * (self.taps.bit_length() + self._folds.bit_length()) + 8
        return Resources(
            lut=2 * bits + bits // 2 + kept + control,
            lutram=kept,
            ff=3 * bits + came + (bits if kept else 0) + control,
            carry4=self.pe * -(-int(self.output_datatype.bitwidth()) // 4),
        )

    def rtl(self, name: str) -> RtlModule:
        """One ``pool``."""
        signed = self.input_datatype.min() < 0 and self.input_datatype.name != "BIPOLAR"
        parameters: dict[str, int | str] = {
            "PE": self.pe,
            "IBITS": int(self.input_datatype.bitwidth()),
            "OBITS": int(self.output_datatype.bitwidth()),
            "SIGNED": int(signed),
            "SUM": int(self.function == "SumPool"),
            "FOLDS": self._folds,
            "TAPS": self.taps,
        }
        return RtlModule("pool", parameters)

    @property
    def sources(self) -> tuple[Path, ...]:
        """The skid register, the loop counter and the module."""
        return (SHARED / "finn_skid.sv", SHARED / "finn_steps.sv", HERE / "pool.sv")
