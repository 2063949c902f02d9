"""What goes wrong on the way to a board: a TCP proxy that cuts connections where it is told to."""

from __future__ import annotations

import shutil
import socket
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from finn import runtime

ECHO = """
import os, sys
from types import SimpleNamespace
sys.path.insert(0, os.getcwd())
from runtime.server import Server
PORT = SimpleNamespace(name="x", bytes_per_frame=4)
class Echo:
    emulated, fclk_mhz, frames_per_run = True, 100.0, 10
    description = SimpleNamespace(
        name="echo", build_id=1, board="Pynq-Z1", clk_mhz=100.0, inputs=[PORT], outputs=[PORT])
    def __enter__(self): return self
    def __exit__(self, *error): pass
    def run(self, packed): return packed
sink = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)
Server(sys.stdin.buffer, sink).serve(lambda note: Echo())
"""


class Proxy:
    """Passes connections on to a port of this machine.

    Attributes
    ----------
    port
        Where it listens.
    passed
        Bytes that went through so far, in either direction.
    cuts
        How often all connections were cut.
    refuse
        Whether new connections are closed at once.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.passed = self.cuts = 0
        self.refuse = False
        self._cut_at: int | None = None
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

    def cut_after(self, count: int) -> None:
        """Cut all connections when ``count`` bytes more have passed; new ones are let through."""
        with self._lock:
            self._cut_at = self.passed + count

    def cut(self) -> None:
        """Cut all connections now."""
        with self._lock:
            self._cut()

    def _cut(self) -> None:
        for end in self._open:
            _close(end)
        self._open.clear()
        self._cut_at = None
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
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                near.close()
                continue
            with self._lock:
                self._open |= {near, far}
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                with self._lock:
                    left = len(data) if self._cut_at is None else self._cut_at - self.passed
                    self.passed += len(data)
                sink.sendall(data[: max(left, 0)])
                if left < len(data):
                    self.cut()
        with self._lock:
            for end in {source, sink} & self._open:
                _close(end)
            self._open -= {source, sink}


def _close(end: socket.socket) -> None:
    # A thread that waits for data wakes up by the shutdown only.
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


def echo_deployment(folder: Path) -> Path:
    """A deployment whose driver is the real one but for its accelerator, which needs no FPGA.

    Frames have 4 bytes; outputs are inputs.
    """
    source = Path(runtime.__file__).parent
    shutil.copytree(source, folder / "runtime", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "runtime" / "server.py").rename(folder / "runtime" / "real_server.py")
    text = ECHO.replace("runtime.server", "runtime.real_server")
    (folder / "runtime" / "server.py").write_text(text)
    (folder / "accelerator.json").write_text("{}")
    return folder
