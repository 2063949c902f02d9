"""Estimated cost of the module ``vvau`` in a 7-series part.

Synthesis knows which bits of products and sums are always zero, and which weights do not change; so does
this. Otherwise a bit of a product is a LUT, and one of a sum is a LUT where both terms have it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finn.kernels.base import IntArray, Resources
from finn.kernels.mvau.encoding import Encoding
from finn.kernels.room import room_resources
from finn.kernels.thresholding.memory import block_count, lut_count

if TYPE_CHECKING:
    from finn.kernels.vvau.op import VVAU

__all__ = ("estimate",)

BIPOLAR = 2
Bits = NDArray[np.bool_]


def estimate(kernel: VVAU) -> Resources:
    """Weights; for each channel products, their sums and what it has so far; thresholds; the output."""
    search = kernel.search
    total = _weights(kernel) + _products(kernel) + _accumulators(kernel) + _rest(kernel)
    return total + search.resources() if search is not None else total


def _weights(kernel: VVAU) -> Resources:
    depth, width = kernel.weight_shape
    if depth == 1:
        return Resources()
    if kernel.weights_in_block:
        codes = kernel.words[:, :, None] >> np.arange(kernel.encoding.weight_bits)
        width = int(((codes ^ codes[:1]) & 1).any(axis=0).sum())
        return Resources(ff=width, bram18=block_count(depth, width))
    return Resources(lut=lut_count(depth, width), ff=width)


def _products(kernel: VVAU) -> Resources:
    """Tables and their adder tree for each pair of chunks, and the sum over the pairs."""
    encoding, width = kernel.encoding, kernel.sum_bits
    words = kernel.words.reshape(-1, kernel.simd, kernel.pe) & ((1 << encoding.weight_bits) - 1)
    total, sums = Resources(), []
    for chunk in _chunks(encoding):
        chosen = chunk.functions[(words >> chunk.weight_place) & (len(chunk.functions) - 1)]
        used = chosen.any(axis=0)
        wired = (chosen == chosen[:1]).all(axis=0) & np.isin(chosen[0], chunk.plain)
        cost, tree = _tree(used, chunk.largest, width)
        total += cost + Resources(lut=int((used & ~wired).sum()), ff=int(used.sum()))
        sums.append(np.pad(tree, ((0, 0), (chunk.shift, width)))[:, :width])
    return total + _tree(np.stack(sums), 0, width)[0]


@dataclass(frozen=True)
class _Chunk:
    """Pair of chunks: where the weight's and the product start, and what is looked up.

    ``functions`` is the truth table over activations of each bit of the product, for each code of a weight;
    ``plain`` those that are a bit of the activation.
    """

    weight_place: int
    shift: int
    largest: int
    functions: IntArray
    plain: IntArray


def _chunks(encoding: Encoding) -> Iterator[_Chunk]:
    activation, weight = encoding.chunks
    bits, largest = encoding.operand.bits, iter(encoding.largest_products())
    for low in range(0, bits, activation):
        taken, turned = min(activation, bits - low), encoding.operand.signed and low + activation >= bits
        for start in range(0, encoding.weight_bits, weight):
            many = min(weight, encoding.weight_bits - start)
            kind = encoding.weight_kind if start + many == encoding.weight_bits else 0
            if encoding.weight_bits == 1:
                # A bit of a product depends on that bit of the activation alone.
                each = [_functions(1, turned and bit == taken - 1, 1, kind) for bit in range(taken)]
                found = np.concatenate([functions for functions, _ in each], axis=1), each[0][1]
            else:
                found = _functions(taken, turned, many, kind)
            yield _Chunk(start, low + start, next(largest), *found)


@lru_cache
def _functions(bits: int, turned: bool, weight_bits: int, kind: int) -> tuple[IntArray, IntArray]:
    """Of each weight's code each bit of the product, as a truth table over activations; each bit of those."""
    inputs = np.arange(1 << bits)
    codes = np.arange(1 << weight_bits)
    weights = 2 * codes - 1 if kind == BIPOLAR else codes - (codes >> (weight_bits - 1) << weight_bits) * kind
    values = (inputs ^ (1 << (bits - 1))) if turned else inputs
    products = np.where(
        weights[:, None] < 0, -weights[:, None] * (inputs[-1] - values), weights[:, None] * values
    )
    return _tables(products), _tables(inputs[None])[0]


def _tables(results: IntArray) -> IntArray:
    """(codes, inputs) as truth tables of each bit; (codes, bits)."""
    bits = np.arange(int(results.max()).bit_length())
    each = (results[:, None, :] >> bits[:, None]) & 1
    return np.asarray((each << np.arange(results.shape[1])).sum(axis=2))


def _tree(terms: Bits, largest: int, width: int) -> tuple[Resources, Bits]:
    """Adders over axis 0 of terms (terms, channels, bits), and the bits of the sum, at most ``width``.

    Terms are up to ``largest``, constant bits known late; or, with 0, have their bits by shifts.
    """
    count, reach, total = len(terms), 1, Resources()
    while len(terms) > 1:
        reach = min(2 * reach, count)
        wide = min((reach * largest).bit_length() or width, width)
        terms = np.pad(terms, ((0, 0), (0, 0), (0, wide)))[:, :, :wide]
        left, right, alone = terms[:-1:2], terms[1::2], terms[len(terms) // 2 * 2 :]
        added = _added(left | right, known=largest == 0)
        terms = np.concatenate((added, alone))
        chains = int((-(-added.sum(axis=2) // 4)).sum())
        total += Resources(lut=int((left & right).sum()), ff=int(terms.sum()), carry4=chains)
    return total, terms[0]


def _added(either: Bits, *, known: bool) -> Bits:
    """Bits of a sum, of those that one of its terms has: synthesis does not look into carry chains."""
    if not known:
        return np.broadcast_to(either.any(axis=2, keepdims=True), either.shape)
    carried = either | np.pad(either, ((0, 0), (0, 0), (1, 0)))[:, :, :-1]
    downwards = np.logical_or.accumulate(carried[:, :, ::-1], axis=2)[:, :, ::-1]
    return np.asarray(np.logical_or.accumulate(either, axis=2) & downwards)


def _accumulators(kernel: VVAU) -> Resources:
    total = kernel.total_bits
    if kernel.folds == 1 and kernel.sets == 1:
        # Start values alone are added, and known.
        lut = 0 if kernel.thresholds is not None else total // 2
        return kernel.pe * Resources(lut=lut, ff=2 * lut, carry4=-(-lut // 2))
    adder = Resources(lut=total, ff=total, carry4=math.ceil(total / 4))
    if kernel.folds == 1:
        return kernel.pe * adder
    kept = 4 * math.ceil(kernel.pe * total / 6) * math.ceil(kernel.folds / 32)
    return kernel.pe * (adder + Resources(ff=total)) + Resources(lut=kept, lutram=kept)


def _rest(kernel: VVAU) -> Resources:
    """The beat, the counters, the room."""
    bits = kernel.pe * int(kernel.output_datatype.bitwidth())
    counters = 2 * sum((n - 1).bit_length() for n in (kernel.weight_shape[0], kernel.folds, kernel.sets))
    beat = kernel.simd * kernel.pe * kernel.encoding.operand.bits
    room = room_resources(bits, kernel.latency, kernel.sets if kernel.folds == 1 else 1)
    return room + Resources(lut=counters + 6, ff=beat + counters + 16)
