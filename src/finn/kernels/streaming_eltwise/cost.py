"""Estimated cost of the module ``streaming_eltwise`` in a 7-series part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finn.kernels.base import Resources
from finn.kernels.requantise.cost import product_in_luts
from finn.kernels.room import room_resources

if TYPE_CHECKING:
    from finn.kernels.streaming_eltwise.op import StreamingEltwise

__all__ = ("estimate",)

# Of 64 words of a memory in LUTs, three bits take four LUTs; of 32, six.
_DEPTH, _BITS = 32, 6


def estimate(kernel: StreamingEltwise) -> Resources:
    """The pair of beats, the lanes, and the room."""
    bits = kernel.pe * int(kernel.output_datatype.bitwidth())
    ends = room_resources(bits, kernel.latency) + Resources(lut=2, ff=4)
    return ends + _pair(kernel) + kernel.pe * _lane(kernel)


def _pair(kernel: StreamingEltwise) -> Resources:
    first, second = (kernel.pe * int(datatype.bitwidth()) for datatype in kernel.input_datatypes)
    if not kernel.broadcast or kernel.vectors == 1:
        return Resources(ff=first + second)
    folds = kernel.channels // kernel.pe
    counters = (folds - 1).bit_length() + (kernel.vectors - 1).bit_length()
    total = Resources(lut=2 * counters + 4, ff=2 * first + 2 * second + 2 * counters + 4)
    if folds == 1:
        return total
    memory = -(-second // _BITS) * 4 * -(-folds // _DEPTH)
    return total + Resources(lut=memory, lutram=memory, ff=-second)


def _lane(kernel: StreamingEltwise) -> Resources:
    first, second = kernel.element_bits
    if kernel.in_dsps:
        return Resources(dsp=1)
    if kernel.function == "Mul":
        return product_in_luts(first, second, 0, first + second)
    width = max(first, second) + 1
    carry = Resources(lut=width, ff=width, carry4=-(-width // 4))
    bits = int(kernel.output_datatype.bitwidth())
    return carry if kernel.function == "Sub" else carry + Resources(lut=bits, ff=3 * bits)
