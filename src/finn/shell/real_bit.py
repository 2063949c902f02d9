"""Checks that a ``.bit`` file is one for the chip on a board."""

from __future__ import annotations

from pathlib import Path

from finn.errors import FinnError
from finn.shell.bitfile import Bitstream, read_bit

__all__ = ("check_real_bit",)

# Bytes of configuration data of each device: UG470 and UG585, bitstream length.
DATA_BYTES = {"xc7z020": 4_045_564, "xc7z010": 2_083_740, "xc7z007s": 2_083_740}
# Tools differ in the padding around the frames.
TOLERANCE_BYTES = 4096
SYNC_WORD = bytes.fromhex("aa995566")
# It stands behind dummy words and the bus width pattern, near the beginning.
SYNC_WITHIN = 1024


def check_real_bit(path: Path, part: str) -> Bitstream:
    """Read a bitstream for ``part``, for example ``xc7z020clg400-1``.

    Raises
    ------
    FinnError
        It has no valid header, is for another part or for an emulated board, or has a wrong size.
    """
    try:
        bitstream = read_bit(path)
    except OSError as error:
        raise FinnError(f"{path} cannot be read: {error.strerror}") from None
    # Vivado writes 7z020clg400, Project X-Ray xc7z020clg400-1.
    chip = part.removeprefix("xc").split("-")[0]
    found = bitstream.part.removeprefix("xc").split("-")[0]
    if found != chip:
        raise FinnError(
            f"{path.name} is for the part {found}, the board has a {chip}; build it for this board"
        )
    if SYNC_WORD not in bitstream.payload[:SYNC_WITHIN]:
        raise FinnError(
            f"{path.name} holds no configuration data for a chip; it may be for an emulated board"
        )
    device = next((name for name in DATA_BYTES if part.startswith(name)), None)
    expected = DATA_BYTES[device] if device else len(bitstream.payload)
    if abs(len(bitstream.payload) - expected) > TOLERANCE_BYTES:
        raise FinnError(
            f"{path.name} holds {len(bitstream.payload)} bytes of configuration data where a {chip} takes "
            f"{expected}; build it again, uncompressed"
        )
    return bitstream
