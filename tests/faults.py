"""What goes wrong with a board: a TCP proxy that cuts connections, a driver that needs no FPGA."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from finn import runtime
from finn.emulator import EmulatedBoard
from finn.remote import BoardAddress, Connection, connect

SLOW = 255  # a frame that starts with it takes minutes
FRAME_BYTES = 4
ECHO = """
import os, sys, time
from types import SimpleNamespace
sys.path.insert(0, os.getcwd())
from runtime import server
from runtime.turns import Turns
PORT = SimpleNamespace(name="x", bytes_per_frame=FRAME_BYTES)
class Echo:
    emulated, fclk_mhz, frames_per_run = True, 100.0, 10
    description = SimpleNamespace(
        name="echo", build_id=1, board="Pynq-Z1", clk_mhz=100.0, inputs=[PORT], outputs=[PORT])
    dmas = {}
    def __init__(self, note): self.turns = Turns(note)
    def __enter__(self): return self
    def __exit__(self, *error): pass
    def run(self, packed):
        with self.turns:
            if packed[0].size and packed[0][0, 0] == 255:
                time.sleep(600)
            return packed
sink = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)
server.BEAT_SECONDS = 0.3
serving = server.Server(sys.stdin.buffer, sink)
server.watch(serving, 0)
serving.serve(Echo)
"""


class Proxy:
    """Passes connections on to a port of this machine.

    Attributes
    ----------
    target, port
        Where it passes connections on to, and where it listens.
    passed
        Bytes that went through so far, in either direction.
    cuts
        How often all connections were cut.
    refuse
        Whether new connections are closed at once.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.passed = self.cuts = 0
        self.refuse = False
        self._cut_at: int | None = None
        self._next_cuts: list[int] = []
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        self.cut()

    def cut_after(self, count: int, *following: int) -> None:
        """Cut all connections when ``count`` bytes more have passed; new ones are let through.

        ``following`` are bytes from each cut to the next.
        """
        with self._lock:
            self._cut_at = self.passed + count
            self._next_cuts = list(following)

    def cut(self) -> None:
        """Cut all connections now."""
        with self._lock:
            self._cut()

    def _cut(self) -> None:
        for end in self._open:
            _close(end)
        self._open.clear()
        self._cut_at = self.passed + self._next_cuts.pop(0) if self._next_cuts else None
        self.cuts += 1

    def _accept(self) -> None:
        while True:
            try:
                near = self._listener.accept()[0]
            except OSError:
                return
            if self.refuse:
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                near.close()
                continue
            for end in (near, far):  # small messages shall not wait for acknowledgements
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open |= {near, far}
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                with self._lock:  # until it is made, so that two directions at once make one cut
                    if source not in self._open:
                        return
                    left = len(data) if self._cut_at is None else self._cut_at - self.passed
                    self.passed += len(data)
                    if left < len(data):
                        sink.sendall(data[: max(left, 0)])
                        self._cut()
                        return
                sink.sendall(data)
        with self._lock:
            for end in {source, sink} & self._open:
                _close(end)
            self._open -= {source, sink}


def _close(end: socket.socket) -> None:
    # A thread that waits for data wakes up by the shutdown only.
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


def echo_deployment(folder: Path, frame_bytes: int = FRAME_BYTES) -> Path:
    """A deployment whose driver is the real one but for its accelerator, which needs no FPGA.

    Outputs are inputs, after minutes where the first byte is `SLOW`. It takes
    turns with others.
    """
    source = Path(runtime.__file__).parent
    shutil.copytree(source, folder / "runtime", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "runtime" / "server.py").rename(folder / "runtime" / "real_server.py")
    text = ECHO.replace("import server", "import real_server as server")
    text = text.replace("FRAME_BYTES", str(frame_bytes))
    (folder / "runtime" / "server.py").write_text(text)
    (folder / "accelerator.json").write_text("{}")
    return folder


def connect_to(board: EmulatedBoard, port: int | None = None) -> Connection:
    """A login on ``board``, perhaps by way of a proxy's port."""
    address = BoardAddress(board.host, port or board.port, board.username)
    return connect(address, password=board.password, host_key=board.host_key)


def frames(count: int, seed: int = 0) -> NDArray[np.uint8]:
    """Random frames for the driver of `echo_deployment`, none of them slow."""
    return np.random.default_rng(seed).integers(0, SLOW, (count, FRAME_BYTES), np.uint8)


def drivers(board: EmulatedBoard) -> list[int]:
    """The processes on the board that run batches."""
    listed = subprocess.run(["ps", "axeww", "-o", "pid,args"], capture_output=True, text=True, check=True)
    rows = [line.split() for line in listed.stdout.splitlines()]
    mark = f"HOME={board.directory}"
    return [int(row[0]) for row in rows if row[1] == "python3" and "runtime.server" in row and mark in row]


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it never became true"
        time.sleep(0.02)
