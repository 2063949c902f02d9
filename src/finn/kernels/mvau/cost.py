"""Estimated cost of the module ``mvau`` in a 7-series part."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from finn.kernels.base import Resources
from finn.kernels.mvau.latency import mvau_latency
from finn.kernels.mvau.layout import buffer_in_block, weights_in_block
from finn.kernels.mvau.packing import Packing
from finn.kernels.room import room_resources
from finn.kernels.thresholding.memory import block_count, lut_count
from finn.kernels.thresholding.search import Search

if TYPE_CHECKING:
    from finn.kernels.mvau.op import MVAU

__all__ = ("estimate",)

# Memories of so few words are constants and their inverses to synthesis.
KNOWN_DEPTH = 2


def estimate(kernel: MVAU, search: Search | None) -> Resources:
    """Sum of weights, input buffer, products with their adders, accumulators and thresholds."""
    total = _weights(kernel) + _buffer(kernel) + _rows(kernel, search)
    return total + search.resources() if search is not None else total


def _depth(kernel: MVAU) -> int:
    return (kernel.mw // kernel.simd) * (kernel.mh // kernel.pe)


def _weights(kernel: MVAU) -> Resources:
    depth = _depth(kernel)
    width = kernel.pe * kernel.simd * kernel.encoding.weight_bits
    if depth == 1:
        return Resources()
    if weights_in_block(kernel):
        return Resources(ff=width, bram18=block_count(depth, width))
    return Resources(lut=lut_count(depth, width), ff=width)


def _buffer(kernel: MVAU) -> Resources:
    depth, width = kernel.mw // kernel.simd, kernel.simd * kernel.encoding.operand.bits
    positions = depth * kernel.mh // kernel.pe
    counters = Resources(lut=2 * positions.bit_length() + 6, ff=3 * positions.bit_length() + 6)
    if depth == 1 or kernel.pe == kernel.mh:
        return counters + Resources(ff=2 * width)
    if buffer_in_block(kernel):
        return counters + Resources(ff=width, bram18=-(-depth // 512) * -(-width // 36))
    # RAM32M and RAM64M: six or three bits in four LUTs.
    lutram = 4 * (math.ceil(width / 6) if depth <= 32 else math.ceil(width / 3) * math.ceil(depth / 64))
    return counters + Resources(lut=lutram, lutram=lutram, ff=width)


def _rows(kernel: MVAU, search: Search | None) -> Resources:
    encoding = kernel.encoding
    bits = int(kernel.output_datatype.bitwidth())
    total_bits = bits if search is None else search.operand_bits
    accumulator = Resources(lut=total_bits, ff=total_bits, carry4=-(-total_bits // 4))
    room = room_resources(kernel.pe * bits, mvau_latency(kernel, search) + 1, kernel.mw // kernel.simd)
    rows = kernel.pe * accumulator + room + Resources(lut=4, ff=16)
    packing = kernel.packing
    if packing is not None:
        return rows + _packed(kernel, packing, total_bits)
    binary = encoding.operand.bits == 1 and encoding.weight_bits == 1
    if not binary and encoding.chunk_pairs == 1 and _depth(kernel) <= KNOWN_DEPTH:
        return rows + _known_products(kernel)
    return rows + kernel.pe * (_popcount(kernel.simd) if binary else _products(kernel))


def _popcount(simd: int) -> Resources:
    """Two LUTs for three products, then half a LUT for each bit that a counter removes."""
    compressed = math.ceil(0.45 * simd) + 2
    first = math.ceil(simd / 3) * 2
    return Resources(lut=first + compressed, ff=first + compressed, carry4=math.ceil(simd / 6) + 2)


def _products(kernel: MVAU) -> Resources:
    """Tables and their adder tree for each pair of chunks, and the sum over the pairs."""
    total = Resources()
    for largest in kernel.encoding.largest_products():
        total += _tree(largest, kernel.simd)
    return total + _combined(kernel)


def _combined(kernel: MVAU) -> Resources:
    """The sum over the pairs of chunks, each at its place; as ``adder_tree`` has the widths of its nodes."""
    encoding, total = kernel.encoding, Resources()
    activation, weight = encoding.chunks
    most = kernel.simd << (activation + weight)
    places = [
        x + w
        for x in range(0, encoding.operand.bits, activation)
        for w in range(0, encoding.weight_bits, weight)
    ]
    nodes = [(place, most << place) for place in places]
    while len(nodes) > 1:
        pairs = list(zip(nodes[:-1:2], nodes[1::2], strict=True))
        alone = nodes[len(pairs) * 2 :]
        nodes = [(left[0], left[1] + right[1]) for left, right in pairs] + alone
        added = [right[1].bit_length() - right[0] for _, right in pairs]
        total += Resources(
            lut=sum(added),
            ff=sum(largest.bit_length() - place for place, largest in nodes),
            carry4=sum(-(-bits // 4) for bits in added),
        )
    return total


def _known_products(kernel: MVAU) -> Resources:
    """Products and their adders where synthesis sees the weights: zeros vanish, equal tables are shared."""
    codes = kernel.weights.reshape(kernel.mw // kernel.simd, kernel.simd, -1, kernel.pe)
    words = codes.transpose(1, 3, 0, 2).reshape(kernel.simd, kernel.pe, -1)
    nonzero = words.any(axis=2)
    varying = nonzero & (words != words[:, :, :1]).any(axis=2)
    # Each sequence of weights as a number, those that need a table apart from the rest.
    base = 1 << kernel.encoding.weight_bits
    numbers = np.where(varying, (words % base) @ base ** np.arange(words.shape[2]), -1)
    ordered = np.sort(numbers, axis=1)
    tables = int(
        ((ordered[:, 1:] != ordered[:, :-1]) & (ordered[:, 1:] >= 0)).sum() + (ordered[:, 0] >= 0).sum()
    )
    largest = max(1, int(np.abs(codes).max()) * kernel.encoding.operand.largest)
    total = Resources(lut=largest.bit_length() * tables, ff=largest.bit_length() * tables)
    return total + kernel.pe * _adders(largest, kernel.simd, float(nonzero.mean()))


def _tree(largest: int, terms: int) -> Resources:
    bits = largest.bit_length()
    return Resources(lut=bits * terms, ff=bits * terms) + _adders(largest, terms)


@lru_cache(maxsize=2**14)
def _adders(largest: int, terms: int, filled: float = 1.0) -> Resources:
    """A tree over terms of which a share is not zero; a sum of one term is that term, a cycle later."""
    total, reach = Resources(), 1
    while terms > 1:
        reach, pairs, terms = 2 * reach, terms // 2, (terms + 1) // 2
        bits = (reach * largest).bit_length()
        added = round(pairs * filled**2)
        filled = 1 - (1 - filled) ** 2
        # A carry chain gives its top bit without a LUT.
        total += Resources(
            lut=added * (bits - 1), ff=round(terms * filled) * bits, carry4=added * -(-bits // 4)
        )
    return total


def _packed(kernel: MVAU, packing: Packing, total_bits: int) -> Resources:
    """Multipliers, and what takes their outputs apart and adds them."""
    groups, left = divmod(kernel.pe, packing.rows)
    total = groups * _group(kernel, packing, packing.rows, total_bits)
    return total + (_group(kernel, packing, left, total_bits) if left else Resources())


def _group(kernel: MVAU, packing: Packing, rows: int, total_bits: int) -> Resources:
    """Rows that share multipliers; the second one of a cascade gets its operands a cycle later."""
    cascades = -(-kernel.simd // packing.chain)
    encoding = kernel.encoding
    late = encoding.operand.bits + rows * encoding.weight_bits
    total = Resources(ff=(packing.chain - 1) * cascades * late + 20, dsp=kernel.simd)
    beat_bits = min(total_bits, packing.largest_beat(kernel.simd).bit_length())
    for row in range(rows):
        below, above = packing.over_of(row, rows), packing.over_of(row + 1, rows)
        largest = packing.largest if above == 0 else (1 << packing.gap_above(row, rows)) - 1
        total += _adders(largest, cascades)
        if below:
            total += _over(below, packing.chain, cascades) + _adder(beat_bits)
        if above:
            total += _adder(beat_bits - packing.gap_above(row, rows))
    return total


def _over(bits: int, chain: int, cascades: int) -> Resources:
    """What ran over into a row: the sum's lowest bits as known, the difference, and its sum."""
    known = 1 if bits == 1 else 2 * chain
    each = Resources(lut=known + bits, ff=bits * (chain + 3))
    return cascades * each + _adders((1 << bits) - 1, cascades)


def _adder(bits: int) -> Resources:
    return Resources(lut=bits, ff=bits, carry4=-(-bits // 4))
