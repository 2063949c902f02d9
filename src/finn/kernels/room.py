"""Cost of ``finn_room``, the room behind a pipeline that never waits."""

from __future__ import annotations

import math

from finn.kernels.base import Resources

__all__ = ("room_resources",)

# Words of a SRLC32E, and those of a RAM64M with its bits in four LUTs (Xilinx UG474).
_SHIFTED, _RING, _RING_BITS = 32, 64, 3
_COMPARED_FOR_NOTHING = 8


def room_resources(width: int, cycles: int, interval: int = 1) -> Resources:
    """Of results of ``width`` bits that take ``cycles`` and come once in ``interval`` cycles at most."""
    left = -(-(cycles + 2) // interval) + int(interval > 1)
    full = 1 << math.ceil(math.log2(left)) if left <= _COMPARED_FOR_NOTHING else left
    places = full + 2 + cycles // interval
    bits = math.ceil(math.log2(places))
    control = Resources(lut=bits + 5, ff=width + bits + 3)
    if places <= _SHIFTED:
        return control + Resources(lut=width)
    luts = 4 * math.ceil(width / _RING_BITS) * math.ceil(places / _RING)
    return control + Resources(lut=luts + 2 * bits, lutram=luts, ff=2 * bits)
