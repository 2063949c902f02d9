"""The Xilinx ``.bit`` file: a header of tagged fields, then the configuration data.

Format: 13 bytes of preamble, then fields a (design), b (part), c (date), d (time), each a letter,
a 16-bit big-endian length and a zero-terminated text; last e, with a 32-bit length. It is what
``pynq.pl_server.embedded_device.parse_bit_header`` reads.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from finn.errors import FinnError

__all__ = ("Bitstream", "read_bit", "write_bit")

PREAMBLE = bytes.fromhex("00090ff00ff00ff00ff0000001")
# Fixed, so that the same build gives the same file.
DATE = "2000/01/01"
TIME = "00:00:00"
# The processor's loader takes whole 32-bit words.
WORD_BYTES = 4


@dataclass(frozen=True)
class Bitstream:
    """A ``.bit`` file: its header's fields, and the data behind it, padded to whole words."""

    design: str
    part: str
    date: str
    time: str
    payload: bytes


def write_bit(path: Path, payload: bytes, design_name: str, part: str) -> None:
    """Write ``payload`` behind a valid header.

    The part is written as Xilinx's tools do, without ``xc``. Zero bytes fill the last word; a
    reader of the payload must not mind them.
    """
    texts = (design_name, part.removeprefix("xc"), DATE, TIME)
    header = b"".join(_field(key, text) for key, text in zip(b"abcd", texts, strict=True))
    data = payload + bytes(-len(payload) % WORD_BYTES)
    path.write_bytes(PREAMBLE + header + b"e" + struct.pack(">I", len(data)) + data)


def read_bit(path: Path) -> Bitstream:
    """Read a ``.bit`` file.

    Raises
    ------
    FinnError
        It has no valid header or is cut off.
    """
    data = path.read_bytes()
    if not data.startswith(PREAMBLE):
        raise FinnError(f"{path.name} is not a Xilinx bitstream: its header is missing; build it again")
    try:
        texts, at = _texts(data)
        (length,) = struct.unpack_from(">I", data, at)
    except (struct.error, IndexError, UnicodeDecodeError):
        raise FinnError(f"{path.name} is cut off within its header; build or copy it again") from None
    payload = data[at + 4 :]
    if len(payload) != length:
        raise FinnError(
            f"{path.name} holds {len(payload)} bytes of {length} that its header announces; "
            "build or copy it again"
        )
    if not all(text.isprintable() for text in texts):
        raise FinnError(f"{path.name} has control characters in its header; build or copy it again")
    design, part, date, time = texts
    return Bitstream(design, part, date, time, payload)


def _field(key: int, text: str) -> bytes:
    data = text.encode("ascii") + b"\0"
    return bytes([key]) + struct.pack(">H", len(data)) + data


def _texts(data: bytes) -> tuple[list[str], int]:
    """The four texts, and where the length of the configuration data stands."""
    texts = []
    at = len(PREAMBLE)
    for key in b"abcd":
        if data[at] != key:
            raise IndexError
        (length,) = struct.unpack_from(">H", data, at + 1)
        text = data[at + 3 : at + 3 + length]
        if len(text) != length:
            raise IndexError
        texts.append(text.rstrip(b"\0").decode("ascii"))
        at += 3 + length
    if data[at : at + 1] != b"e":
        raise IndexError
    return texts, at + 1
