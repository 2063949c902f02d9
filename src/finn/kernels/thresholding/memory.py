"""Contents of read-only memories as $readmemh text, and where they are best kept."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from finn.kernels.base import IntArray

__all__ = ("LUTS_PER_BLOCK", "block_count", "lut_count", "memory_text", "prefers_block")

_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
# Depth and width of a RAMB18E1 as a read-only memory (Xilinx UG473).
_SHAPES = ((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1))
_LUT_BITS = 64
# A 7z020 has 190 LUTs per RAMB18; a block RAM must save most of them to be worth it.
LUTS_PER_BLOCK = 160


def memory_text(values: IntArray, bits: int) -> str:
    """Words of ``values`` (words, lanes) as hexadecimal lines.

    Lane 0 is in the least significant bits; each element is two's complement of ``bits`` bits.
    """
    words, lanes = values.shape
    width = lanes * bits
    masked = values & ((1 << bits) - 1)
    narrow = masked.astype(np.uint8 if bits <= 8 else np.uint16 if bits <= 16 else np.uint64)
    spread = (narrow[..., None] >> np.arange(bits, dtype=narrow.dtype)) & narrow.dtype.type(1)
    packed = np.packbits(spread.astype(np.uint8).reshape(words, width), axis=1, bitorder="little")[:, ::-1]
    digits = np.stack((packed >> 4, packed & 15), axis=-1).reshape(words, -1)
    needed = digits[:, digits.shape[1] - -(-width // 4) :]
    lines = np.concatenate((_HEX[needed], np.full((words, 1), ord("\n"), dtype=np.uint8)), axis=1)
    return lines.tobytes().decode("ascii")


@lru_cache(maxsize=2**14)
def block_count(depth: int, width: int) -> int:
    """RAMB18E1 that hold ``depth`` words of ``width`` bits."""
    return min(math.ceil(depth / d) * math.ceil(width / w) for d, w in _SHAPES)


@lru_cache(maxsize=2**14)
def lut_count(depth: int, width: int) -> int:
    """LUTs that hold ``depth`` words of ``width`` bits; a single word is a constant.

    Columns of a shallow memory are often equal, and equal ones are made once: what is expected of
    random contents.
    """
    possible = 2.0 ** min(depth, _LUT_BITS)
    columns = min(width, math.ceil(-possible * math.expm1(width * math.log1p(-1 / possible))))
    return 0 if depth == 1 else columns * math.ceil(depth / _LUT_BITS)


def prefers_block(depth: int, width: int) -> bool:
    """Whether block RAM is the cheaper place for a read-only memory."""
    return lut_count(depth, width) >= LUTS_PER_BLOCK * block_count(depth, width)
