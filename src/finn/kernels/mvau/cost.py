"""Estimated cost of the module ``mvau`` in a 7-series part."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from finn.kernels.base import Resources
from finn.kernels.mvau.layout import buffer_in_block, weights_in_block
from finn.kernels.thresholding.memory import block_count, lut_count
from finn.kernels.thresholding.search import Search

if TYPE_CHECKING:
    from finn.kernels.mvau.op import MVAU

__all__ = ("estimate",)


def estimate(kernel: MVAU, search: Search | None) -> Resources:
    """Sum of weights, input buffer, products with their adders, accumulators and thresholds."""
    total = _weights(kernel) + _buffer(kernel) + _rows(kernel, search)
    return total + search.resources() if search is not None else total


def _weights(kernel: MVAU) -> Resources:
    depth = (kernel.mw // kernel.simd) * (kernel.mh // kernel.pe)
    width = kernel.pe * kernel.simd * kernel.encoding.weight_bits
    if depth == 1:
        return Resources()
    if weights_in_block(kernel):
        return Resources(ff=width, bram18=block_count(depth, width))
    return Resources(lut=lut_count(depth, width), ff=width)


def _buffer(kernel: MVAU) -> Resources:
    depth, width = kernel.mw // kernel.simd, kernel.simd * kernel.encoding.operand.bits
    positions = depth * kernel.mh // kernel.pe
    counters = Resources(lut=3 * positions.bit_length() + 8, ff=3 * positions.bit_length() + 6)
    if depth == 1 or kernel.pe == kernel.mh:
        return counters + Resources(ff=2 * width)
    if buffer_in_block(kernel):
        return counters + Resources(ff=width, bram18=-(-depth // 512) * -(-width // 36))
    lutram = math.ceil(width / 3) * 4 * math.ceil(depth / 64)
    return counters + Resources(lut=lutram, lutram=lutram, ff=width)


def _rows(kernel: MVAU, search: Search | None) -> Resources:
    encoding = kernel.encoding
    activation, weight = encoding.chunks
    product_bits = activation + weight if encoding.weight_bits > 1 else activation
    one = encoding.chunk_pairs * product_bits * kernel.simd
    tree = 0
    bits, terms = product_bits, kernel.simd
    while terms > 1:
        tree += (bits + 1) * (terms // 2) * encoding.chunk_pairs
        bits, terms = bits + 1, -(-terms // 2)
    total_bits = int(kernel.output_datatype.bitwidth()) if search is None else search.operand_bits
    adders = tree + (encoding.chunk_pairs - 1) * total_bits + total_bits
    output = 2 * int(kernel.output_datatype.bitwidth())
    return Resources(
        lut=kernel.pe * (one + adders + output // 2) + 10,
        ff=kernel.pe * (one + adders + output) + 20,
        carry4=kernel.pe * adders // 4,
    )
