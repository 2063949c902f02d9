"""Estimated cost of the module ``requantise`` in a 7-series part."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from finn.kernels.add_streams.terms import Node, adder_levels
from finn.kernels.base import Resources
from finn.kernels.channelwise_op.product import choosing, product_terms
from finn.kernels.room import room_resources
from finn.kernels.thresholding.memory import block_count, lut_count

if TYPE_CHECKING:
    from finn.kernels.requantise.op import Requantise

__all__ = ("estimate", "product_in_luts")

_DSP_BITS = 18
# As in ``requantise_sum``.
_PART = 16


def estimate(kernel: Requantise) -> Resources:
    """Constants, products, clipping, and the room."""
    bits = kernel.pe * int(kernel.output_datatype.bitwidth())
    ends = room_resources(bits, kernel.latency) + Resources(ff=bits + 14)
    lane = _dsps(kernel) if kernel.in_dsps else _luts(kernel)
    return ends + _constants(kernel) + kernel.pe * (lane + _clipped(kernel))


def _constants(kernel: Requantise) -> Resources:
    """Memories of multipliers and offsets, their address, and the elements that wait for them."""
    if kernel.folds == 1:
        return Resources()
    widths = [kernel.pe * bits for bits in (kernel.multiplier_bits, kernel.offset_bits)]
    address = kernel.folds.bit_length()
    waiting = kernel.pe * kernel.element_bits * (2 if kernel.in_block else 1)
    total = Resources(lut=address + 2, ff=3 * address + waiting + sum(widths))
    if kernel.in_block:
        return total + Resources(ff=sum(widths), bram18=sum(block_count(kernel.folds, w) for w in widths))
    return total + Resources(lut=sum(lut_count(kernel.folds, width) for width in widths))


def _dsps(kernel: Requantise) -> Resources:
    return Resources(dsp=1 if max(kernel.element_bits, kernel.multiplier_bits) <= _DSP_BITS else 2)


def _luts(kernel: Requantise) -> Resources:
    return product_in_luts(kernel.element_bits, kernel.multiplier_bits, kernel.offset_bits, kernel.sum_bits)


def product_in_luts(bits: int, multiplier_bits: int, offset_bits: int, sum_bits: int) -> Resources:
    """Three times each part of the element, choices for each two bits of the multiplier, their adders."""
    parts = [(bits, 0)] if bits <= _PART + 2 else [(_PART, 0), (bits - _PART, _PART)]
    choices = [
        product_terms(width, multiplier_bits, signed=True, negative=True, place=place)
        for width, place in parts
    ]
    offset = [Node(offset_bits, 0, signed=True)] if offset_bits else []
    levels = adder_levels([*chain.from_iterable(choices), *offset], sum_bits)
    nodes = [node for level in levels for node in level]
    for (width, _), terms in zip(parts, choices, strict=True):
        nodes += choosing(width, terms)
    return Resources(
        lut=sum(node.added for node in nodes),
        ff=sum(node.width - node.zeros for node in nodes),
        carry4=sum(-(-node.added // 4) for node in nodes),
    )


def _clipped(kernel: Requantise) -> Resources:
    """Comparison with the largest result, and the choice of a result."""
    left = kernel.sum_bits - kernel.shift - 1
    bits = kernel.steps.bit_length()
    return Resources(lut=-(-left // 4) + bits + 2, ff=bits + 2)
