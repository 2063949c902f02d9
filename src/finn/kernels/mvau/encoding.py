"""What the unsigned arithmetic of ``mvau`` makes of integer weights and activations.

The RTL sums, instead of w * x, products p >= 0 of the activation's code: w * code where the weight
is not negative and |w| * (largest code - code) where it is. So y = scale * sum(p) + constant, with
a constant per row that depends on the weights alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from qonnx.core.datatype import BaseDataType

from finn.errors import FinnError
from finn.kernels.base import IntArray
from finn.kernels.remembered import remembered
from finn.kernels.thresholding.operand import Operand

__all__ = ("INPUT_BITS", "WEIGHT_BITS", "Encoding", "largest_signed_sum", "row_sums")

INPUT_BITS = 16
WEIGHT_BITS = 24
_UNSIGNED, _SIGNED, _BIPOLAR = 0, 1, 2
_LUT_INPUTS = 6


@dataclass(frozen=True)
class Encoding:
    """Types of one layer as the RTL sees them."""

    operand: Operand
    weight_bits: int
    weight_kind: int

    @classmethod
    def of(cls, inputs: BaseDataType, weights: BaseDataType) -> Encoding:
        """FinnError unless both are integers of supported width."""
        operand = Operand.of(inputs, INPUT_BITS)
        bits = int(weights.bitwidth())
        if not weights.is_integer() or bits > WEIGHT_BITS:
            raise FinnError(
                f"weight type {weights.name} is not an integer of at most {WEIGHT_BITS} bits; quantise it"
            )
        if weights.name == "BIPOLAR":
            return cls(operand, 1, _BIPOLAR)
        return cls(operand, bits, _SIGNED if weights.signed() else _UNSIGNED)

    @property
    def chunks(self) -> tuple[int, int]:
        """Bits of an activation and of a weight that are multiplied in one LUT level."""
        if self.weight_bits == 1:
            return self.operand.bits, 1
        activation = min(self.operand.bits, _LUT_INPUTS - 2)
        return activation, min(self.weight_bits, _LUT_INPUTS - activation)

    @property
    def chunk_pairs(self) -> int:
        """Products of chunks that make up one product."""
        activation, weight = self.chunks
        return math.ceil(self.operand.bits / activation) * math.ceil(self.weight_bits / weight)

    def largest_products(self) -> list[int]:
        """The largest product of each pair of chunks."""
        activation, weight = self.chunks
        found = []
        for low in range(0, self.operand.bits, activation):
            largest = (1 << min(activation, self.operand.bits - low)) - 1
            for start in range(0, self.weight_bits, weight):
                bits = min(weight, self.weight_bits - start)
                kind = self.weight_kind if start + bits == self.weight_bits else _UNSIGNED
                found.append(largest * _largest_weight(bits, kind))
        return found

    @property
    def centre(self) -> int:
        """An activation less this is two's complement of as many bits."""
        return 0 if self.operand.signed else 1 << (self.operand.bits - 1)

    def codes(self, weights: IntArray) -> IntArray:
        """Weights as they are stored: BIPOLAR as 0/1, others as they are."""
        return (weights + 1) // 2 if self.weight_kind == _BIPOLAR else weights

    def shortfall(self, weights: IntArray) -> IntArray:
        """w * code - p for each weight; not positive."""
        largest = self.operand.largest
        if self.weight_kind == _BIPOLAR:
            return np.asarray(np.minimum(weights, 0) * largest)
        # Only the weight's top chunk is signed, and taken by its absolute value.
        top = (math.ceil(self.weight_bits / self.chunks[1]) - 1) * self.chunks[1]
        return np.asarray(np.minimum(weights >> top, 0) * (largest << top))

    def constants(self, weights: IntArray) -> IntArray:
        """y - scale * sum(p) for each row, for weights (MW, MH); (MH,)."""
        return _constants(weights, self)

    def largest_sum(self, weights: IntArray) -> int:
        """The largest sum(p) of any row."""
        return _largest_sum(weights, self)

    def largest_beat(self, simd: int) -> int:
        """The largest sum of ``simd`` products, whatever the weights."""
        return simd * self.operand.largest * _largest_weight(self.weight_bits, self.weight_kind)


@remembered
def _constants(weights: IntArray, encoding: Encoding) -> IntArray:
    lost = encoding.shortfall(weights).sum(axis=0)
    return np.asarray(encoding.operand.scale * lost + encoding.operand.offset * weights.sum(axis=0))


@remembered
def _largest_sum(weights: IntArray, encoding: Encoding) -> int:
    each = np.maximum(weights, 0) * encoding.operand.largest - encoding.shortfall(weights)
    return int(each.sum(axis=0).max())


@remembered
def largest_signed_sum(weights: IntArray, bits: int) -> int:
    """The largest sum of any row of weights (MW, MH) with activations in two's complement of ``bits``."""
    half = 1 << (bits - 1)
    return int(np.maximum(-half * weights, (half - 1) * weights).sum(axis=0).max())


@remembered
def row_sums(weights: IntArray, _: None) -> IntArray:
    """The sum of each row's weights; (MH,)."""
    return np.asarray(weights.sum(axis=0))


def _largest_weight(bits: int, kind: int) -> int:
    return {_UNSIGNED: (1 << bits) - 1, _SIGNED: 1 << (bits - 1), _BIPOLAR: 1}[kind]
