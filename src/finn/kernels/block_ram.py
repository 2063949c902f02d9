"""What block RAM costs, and when it is the better place for a small memory."""

from __future__ import annotations

import math

__all__ = ("LUTS_WORTH_A_BRAM18", "halves_of_block_ram")

LUTS_WORTH_A_BRAM18 = 150
# Width of a RAMB18E1 with a port to write and one to read, by depth (AMD UG473).
BRAM18_SHAPES = ((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1))


def halves_of_block_ram(depth: int, width: int) -> int:
    """RAMB18E1 for ``depth`` words of ``width`` bits."""
    return min(math.ceil(depth / deep) * math.ceil(width / wide) for deep, wide in BRAM18_SHAPES)
