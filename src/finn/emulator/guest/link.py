"""The wire between a process on the emulated board and the board's silicon.

A request is an operation, a 64-bit number and a payload; an answer is a status and a payload. The
memory itself is shared: its file descriptor comes with the first answer.
"""

from __future__ import annotations

import json
import mmap
import os
import signal
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

__all__ = ("ANSWER", "ERROR", "OK", "REQUEST", "Link", "LinkError", "receive_exactly")

REQUEST = struct.Struct("<4sQI")
ANSWER = struct.Struct("<II")
OK, ERROR = 0, 1
VARIABLE = "FINN_BOARD_SOCKET"


class LinkError(RuntimeError):
    """What the emulated board has to say about a request, in one sentence."""


def receive_exactly(connection: socket.socket, size: int) -> bytes:
    """Exactly ``size`` bytes; EOFError where the other side ends first."""
    data = bytearray()
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise EOFError
        data += part
    return bytes(data)


@contextmanager
def _whole_accesses() -> Iterator[None]:
    """Let Ctrl-C come before or after a bus access, as on silicon, where an access is one instruction."""
    usual = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(usual):
        yield
        return
    came: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda *arguments: came.append(arguments))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
    if came:
        usual(*came[0])


class Link:
    """A connection to the silicon; safe to use from several threads.

    Attributes
    ----------
    info
        What the board says of itself: its name, memory window, loaded bitstream and seed.
    memory
        The whole memory that DMA can reach, shared with the silicon.
    """

    def __init__(self, path: str | None = None) -> None:
        self._lock = threading.Lock()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path or os.environ[VARIABLE])
        self.info: dict[str, Any] = {}
        self.memory = self._open()

    def _open(self) -> mmap.mmap:
        self._socket.sendall(REQUEST.pack(b"open", 0, 0))
        header, descriptors, _, _ = socket.recv_fds(self._socket, ANSWER.size, 1)
        header += receive_exactly(self._socket, ANSWER.size - len(header))
        size = ANSWER.unpack(header)[1]
        self.info = json.loads(receive_exactly(self._socket, size))
        try:
            return mmap.mmap(descriptors[0], int(self.info["dram_bytes"]))
        finally:
            os.close(descriptors[0])

    def ask(self, operation: bytes, number: int = 0, payload: bytes = b"") -> bytes:
        """The answer's payload; LinkError with the board's sentence, EOFError if the board is gone."""
        with self._lock, _whole_accesses():
            self._socket.sendall(REQUEST.pack(operation, number, len(payload)) + payload)
            status, size = ANSWER.unpack(receive_exactly(self._socket, ANSWER.size))
            answer = receive_exactly(self._socket, size) if size else b""
        if status != OK:
            raise LinkError(answer.decode())
        return answer

    def read(self, address: int) -> int:
        """One 32-bit register; does not return if nothing answers, as on silicon."""
        return int.from_bytes(self.ask(b"read", address), "little")

    def write(self, address: int, value: int) -> None:
        """Write one 32-bit register."""
        self.ask(b"writ", address, (value & 0xFFFFFFFF).to_bytes(4, "little"))

    def allocate(self, size: int) -> int:
        """Physical address of ``size`` new bytes, aligned to a page, holding whatever was there."""
        return int.from_bytes(self.ask(b"allo", size), "little")

    def free(self, address: int) -> None:
        """Give a buffer back; LinkError if something wrote beyond it."""
        self.ask(b"free", address)

    def check(self, address: int) -> None:
        """LinkError if something wrote beyond the buffer at ``address``."""
        self.ask(b"chck", address)

    def download(self, path: str) -> None:
        """Configure the board with a bitstream file; LinkError says what is wrong with it."""
        self.ask(b"load", 0, os.fsencode(path))
