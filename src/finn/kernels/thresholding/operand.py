"""How the RTL sees an integer stream: as unsigned codes."""

from __future__ import annotations

from dataclasses import dataclass

from qonnx.core.datatype import BaseDataType

from finn.errors import FinnError
from finn.kernels.base import IntArray

__all__ = ("Operand",)


@dataclass(frozen=True)
class Operand:
    """value = scale * code + offset, where code is an unsigned number of ``bits`` bits.

    Two's complement becomes unsigned by inverting its sign bit; BIPOLAR -1/+1 has code 0/1.
    """

    bits: int
    signed: bool
    scale: int
    offset: int

    @classmethod
    def of(cls, datatype: BaseDataType, limit: int) -> Operand:
        """The codes of a stream's type; FinnError unless it is an integer of ``limit`` bits or less."""
        bits = int(datatype.bitwidth())
        if not datatype.is_integer() or bits > limit:
            raise FinnError(
                f"input type {datatype.name} is not an integer of at most {limit} bits; quantise it"
            )
        if datatype.name == "BIPOLAR":
            return cls(1, False, 2, -1)
        signed = bool(datatype.signed())
        return cls(bits, signed, 1, -(1 << (bits - 1)) if signed else 0)

    @property
    def largest(self) -> int:
        """The largest code."""
        return (1 << self.bits) - 1

    def first_code(self, thresholds: IntArray, shift: IntArray | int = 0) -> IntArray:
        """The smallest code c with scale * c + offset + shift >= threshold, element-wise, not clipped."""
        return -((self.offset + shift - thresholds) // self.scale)
