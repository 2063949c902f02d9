"""Messages between host and board: a bounded frame of a JSON header and raw bytes.

Both sides check what they get: nothing is evaluated, and no length is believed beyond its limit.
"""

import json
import struct
from typing import Any, Dict, List, Sequence, Tuple

__all__ = (
    "MAGIC",
    "MAX_PAYLOAD",
    "PREFIX",
    "ProtocolError",
    "check_prefix",
    "encode",
    "parse_header",
    "split_payload",
)

MAGIC = b"FNP1"
PREFIX = struct.Struct("<4sIQ")  # magic, bytes of the header, bytes of the payload
MAX_HEADER = 1 << 16
MAX_PAYLOAD = 1 << 26

Header = Dict[str, Any]


class ProtocolError(Exception):
    """The other side sent something that is no message."""


def encode(header: Header, payload_size: int) -> bytes:
    """The bytes that come before a payload of ``payload_size`` bytes; ProtocolError if out of bounds."""
    text = json.dumps(header).encode()
    if len(text) > MAX_HEADER or payload_size > MAX_PAYLOAD:
        raise ProtocolError("a message of %d + %d bytes is too long" % (len(text), payload_size))
    return PREFIX.pack(MAGIC, len(text), payload_size) + text


def check_prefix(prefix: bytes) -> Tuple[int, int]:
    """Bytes of header and payload that follow; ProtocolError for what is no message or too long."""
    magic, header, payload = PREFIX.unpack(prefix)
    if magic != MAGIC:
        raise ProtocolError("a message does not start with %r" % MAGIC)
    if header > MAX_HEADER or payload > MAX_PAYLOAD:
        raise ProtocolError("a message claims %d + %d bytes, which is too long" % (header, payload))
    return header, payload


def parse_header(text: bytes) -> Header:
    """The header; ProtocolError unless it is a JSON object whose ``kind`` is a string."""
    try:
        header = json.loads(text.decode())
    except (ValueError, RecursionError):
        raise ProtocolError("a message's header is not JSON") from None
    if not isinstance(header, dict) or not isinstance(header.get("kind"), str):
        raise ProtocolError("a message's header has no kind")
    return header


def split_payload(payload: bytes, sizes: Any) -> List[memoryview]:
    """The payload's parts; ProtocolError unless ``sizes`` are counts that add up to it."""
    if not isinstance(sizes, list) or not all(type(size) is int and size >= 0 for size in sizes):
        raise ProtocolError("a message's sizes are not counts")
    if sum(sizes) != len(payload):
        raise ProtocolError("a message's sizes do not add up to its payload")
    view, start = memoryview(payload), 0
    parts: List[memoryview] = []
    for size in sizes:
        parts.append(view[start : start + size])
        start += size
    return parts


def total(parts: Sequence[Any]) -> int:
    """Bytes of all parts."""
    return sum(len(part) for part in parts)
