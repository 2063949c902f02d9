"""Project X-Ray's bitread: whether a bitstream holds the frames that it was made from.

Formats, after prjxray's ``utils/fasm2frames.py`` and ``tools/bitread.cc``: a line of frames is an
address and 101 words, ``0x00400000 0x00000000,...``; a line of bits is ``bit_<address>_<word>_<bit>``,
the address in eight hexadecimal digits, word and bit in three and two decimal ones, for each bit that
is 1. Bits 0 to 12 of word 50 are a checksum that neither file means.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from finn.errors import FinnError
from finn.toolchain.process import Tool, run_tool

__all__ = ("check_readback",)

TIMEOUT = 600.0
CHECKSUM_WORD, CHECKSUM_BITS = 50, 13
LINE = len("bit_00400000_000_00\n")
ADDRESS, WORD, BIT = slice(4, 12), slice(13, 16), slice(17, 19)
DIGITS = np.zeros(256, np.int64)
DIGITS[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)

Bits = NDArray[np.int64]


def check_readback(bitread: Path, part_file: Path, bit: Path, frames: Path) -> None:
    """Disassemble ``bit`` and compare it with ``frames``; the disassembly is ``top.bits`` beside it.

    Raises
    ------
    FinnError
        bitread fails, or a bit differs: the text counts them and names the first.
    """
    folder = bit.parent
    found = folder / "top.bits"
    command = [str(bitread), "--part_file", str(part_file), "-o", found.name, "-z", "-y", bit.name]
    run_tool(Tool("bitread", command, folder / "bitread.log", folder, [found]), TIMEOUT)
    different = np.setxor1d(_frame_bits(frames), _listed_bits(found))
    if different.size:
        address, word, place = int(different[0]) >> 12, int(different[0]) >> 5 & 127, int(different[0]) & 31
        raise FinnError(
            f"{bit} does not hold what {frames.name} asks for: {different.size} bits differ, the first is "
            f"bit {place} of word {word} of frame 0x{address:08X}; install openXC7 in one version"
        )


def _frame_bits(path: Path) -> Bits:
    """Sorted numbers address * 4096 + word * 32 + bit of the bits that are 1."""
    try:
        lines = [line.replace(",", " ").split() for line in path.read_text().splitlines()]
        table = np.array([[int(text, 16) for text in line] for line in lines], np.int64)
        addresses, words = table[:, 0], table[:, 1:]
    except (ValueError, IndexError):
        raise FinnError(f"{path} holds no frames; use a fasm2frames of Project X-Ray") from None
    ones = (words[:, :, None] >> np.arange(32) & 1).astype(bool)
    ones[:, CHECKSUM_WORD : CHECKSUM_WORD + 1, :CHECKSUM_BITS] = False
    frame, word, place = np.nonzero(ones)
    return np.sort(addresses[frame] << 12 | word << 5 | place)


def _listed_bits(path: Path) -> Bits:
    data = path.read_bytes()
    if len(data) % LINE or not data.startswith(b"bit_"):
        raise FinnError(f"{path} is no list of bits; use a bitread of Project X-Ray")
    digits = DIGITS[np.frombuffer(data, np.uint8).reshape(-1, LINE)]
    address = digits[:, ADDRESS] @ (16 ** np.arange(8)[::-1])
    word = digits[:, WORD] @ (10 ** np.arange(3)[::-1])
    place = digits[:, BIT] @ (10 ** np.arange(2)[::-1])
    return np.sort(address << 12 | word << 5 | place)
