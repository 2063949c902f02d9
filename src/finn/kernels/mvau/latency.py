"""Cycles from a beat's coming to what its sums bring, as the RTL of MVAU and VVAU is pipelined."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from finn.kernels.mvau.encoding import Encoding
from finn.kernels.mvau.layout import buffer_in_block, start_words, weights_in_block
from finn.kernels.thresholding.search import Search, offset_of

if TYPE_CHECKING:
    from finn.kernels.mvau.op import MVAU

__all__ = ("dot_latency", "mvau_latency", "sum_latency")

_DSP_CYCLES = 4
# Bits of a total that ``mvau_accumulate`` adds in a cycle, with and without start values of their own.
_SEGMENT, _SEGMENT_STARTED = 14, 10
# Sums so wide take two cycles at the last two levels of their tree.
_WIDE_SUM = 29


def mvau_latency(kernel: MVAU, search: Search | None) -> int:
    """From the cycle that takes a pass's last beat to the one that brings the pass's results."""
    positions = (kernel.mw // kernel.simd) * (kernel.mh // kernel.pe)
    weights = 0 if positions == 1 else 2 if weights_in_block(kernel) else 1
    fetch = max(2 if buffer_in_block(kernel) else 1, weights)
    starts = len(start_words(kernel)) if search is None else 0
    bits = int(kernel.output_datatype.bitwidth()) if search is None else search.operand_bits
    once = kernel.mw == kernel.simd and starts == 0
    total = 0 if once else sum_latency(bits, starts)
    offset = offset_of(kernel.output_datatype, kernel.activation_offset)
    return 1 + fetch + _products(kernel, bits) + total + _search(search, offset)


def sum_latency(bits: int, starts: int) -> int:
    """Cycles of ``mvau_accumulate`` for totals of so many bits and words of start values."""
    segment = _SEGMENT_STARTED if starts > 1 else _SEGMENT
    return int(starts > 1) + -(-bits // segment)


def dot_latency(encoding: Encoding, simd: int, sum_bits: int) -> int:
    """Cycles of ``mvau_dot``."""
    pairs = encoding.chunk_pairs
    return 1 + _levels(simd) + _levels(pairs) + (2 if sum_bits > _WIDE_SUM and pairs > 2 else 0)


def _products(kernel: MVAU, total_bits: int) -> int:
    encoding, packing = kernel.encoding, kernel.packing
    if packing is not None:
        cascades = -(-kernel.simd // packing.chain)
        mixed = 2 if packing.over or packing.overtop else 0
        return packing.chain - 1 + _DSP_CYCLES + _levels(cascades) + mixed
    if encoding.operand.bits == 1 and encoding.weight_bits == 1:
        return _popcount(kernel.simd)
    return dot_latency(
        encoding, kernel.simd, min(total_bits, encoding.largest_beat(kernel.simd).bit_length())
    )


def _popcount(products: int) -> int:
    """Of ``mvau_popcount``: triples, levels of counters until no column has more than four bits, rows."""
    columns = products.bit_length()
    heights = [-(-products // 3), (products + 1) // 3, *[0] * columns][:columns]
    levels = 0
    while max(heights) > 4:
        counters = [height // 7 + (height % 7 > 4) for height in heights]
        carried = [a + b for a, b in pairwise([0, 0, *counters])][: len(heights)]
        left = [0 if height % 7 > 4 else height % 7 for height in heights]
        heights = [left[c] + counters[c] + carried[c] for c in range(columns)]
        levels += 1
    return 1 + levels + _levels(max(heights))


def _search(search: Search | None, offset: int) -> int:
    return 0 if search is None else search.latency(offset)


def _levels(terms: int) -> int:
    return math.ceil(math.log2(terms))
