"""Starting and stopping an emulated board."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from finn.boards import get_board
from finn.emulator.environment import PYNQ, ensure_environment
from finn.errors import FinnError
from finn.toolchain.limits import Deadline

__all__ = ("PASSWORD_VARIABLE", "EmulatedBoard", "serve")

PASSWORD_VARIABLE = "FINN_BOARD_PASSWORD"
USERNAME = "xilinx"
PASSWORD_BYTES = 9
# For a hang: a board that is killed before it has ended leaves its processes and its folder behind.
STOP_SECONDS = 60.0


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class EmulatedBoard:
    """A board on this machine, from entering the context to leaving it.

    Parameters
    ----------
    board
        Name of the board that it stands in for.
    port
        TCP port on loopback; 0 takes a free one.
    password
        Of the user; default is ``$FINN_BOARD_PASSWORD``, else a random one.
    bandwidth
        Memory bandwidth in MB/s where it shall not be that of the board.
    seed
        For everything that is random on a board: memory contents, registers, cache evictions.
    disk_bytes
        Size of the board's disk where it shall not be that of this machine.
    pynq
        Version of ``pynq`` on it.
    note
        Called with a sentence when something happens on the board.

    Attributes
    ----------
    host, port, username, password
        Where and as whom to log in.
    key
        A throw-away private key (OpenSSH file) that is accepted besides the password.
    host_key, fingerprint
        The key by which the board is known, as a public key line and as a fingerprint.
    url
        ``ssh://user@host:port``.
    directory
        The user's home on this machine.
    messages
        What the board had to tell so far, e.g. why it froze.

    Raises
    ------
    FinnError
        The board's name is unknown, its Python cannot be made, or the port is taken.
    """

    def __init__(
        self,
        board: str = "Pynq-Z1",
        port: int = 0,
        password: str | None = None,
        bandwidth: float | None = None,
        *,
        seed: int | None = None,
        disk_bytes: int | None = None,
        pynq: str = PYNQ,
        note: Callable[[str], None] = _to_stderr,
    ) -> None:
        self.board = get_board(board)
        self.host, self.port, self.username = "127.0.0.1", port, USERNAME
        self.password = password or os.environ.get(PASSWORD_VARIABLE) or secrets.token_urlsafe(PASSWORD_BYTES)
        self.messages: list[str] = []
        self._note, self._disk_bytes, self._bandwidth, self._pynq = note, disk_bytes, bandwidth, pynq
        self._seed = secrets.randbits(31) if seed is None else seed
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Where to find the board, in the form that the command line takes."""
        return f"ssh://{self.username}@{self.host}:{self.port}"

    def __enter__(self) -> EmulatedBoard:
        python = ensure_environment(self._note, self._pynq)
        try:
            self._start(python)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _start(self, python: Path) -> None:
        # A session of its own: Ctrl-C reaches whoever started the board, and that ends it in order.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "finn.emulator"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(self._configuration(python)) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline() or '{"error": "its process ended"}')
        if "error" in answer:
            raise FinnError(f"the emulated board cannot listen on port {self.port}: {answer['error']}")
        self.port, self.directory = answer["port"], Path(answer["directory"])
        self.key = Path(answer["key"])
        self.host_key, self.fingerprint = answer["host_key"], answer["fingerprint"]
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()

    def _configuration(self, python: Path) -> dict[str, Any]:
        return {
            "python": str(python),
            "port": self.port,
            "username": self.username,
            "password": self.password,
            "disk_bytes": self._disk_bytes,
            "silicon": self._silicon(),
        }

    def _silicon(self) -> dict[str, Any]:
        """What the silicon's process has to know of the board."""
        return {
            "board": self.board.name,
            "arch": self.board.processor.arch,
            "family": self.board.family,
            "seed": self._seed,
            "register_base": self.board.register_base,
            "register_bytes": self.board.register_bytes,
            "dram_base": self.board.buffer_base,
            "dram_bytes": self.board.cma_bytes,
            "dram_mb_per_s": self._bandwidth or self.board.dram_mb_per_s,
            "reference_mhz": self.board.reference_mhz,
            "config": self.board.memory_config(self.board.clk_mhz),
        }

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        for line in process.stdout:
            message = json.loads(line)
            text = str(
                message.get("message") or f"the emulated board froze: {message.get('frozen')}; start it anew"
            )
            self.messages.append(text)
            self._note(text)

    def wait(self) -> None:
        """Return when the board ends; KeyboardInterrupt passes through."""
        if self._process is not None:
            self._process.wait()

    def _stop(self) -> None:
        """End the board's processes; it takes its own down when its standard input ends."""
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin and process.stdout
            with suppress(BrokenPipeError):
                process.stdin.close()
            try:
                Deadline(STOP_SECONDS).wait(process.wait)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def serve(board: str = "Pynq-Z1", port: int = 2222) -> None:
    """Run an emulated board until interrupted, after printing how to log in.

    Raises
    ------
    FinnError
        As :class:`EmulatedBoard`.
    """
    with EmulatedBoard(board, port) as running:
        print(f"{board} (emulated) at {running.url}")
        shown = "as in " + PASSWORD_VARIABLE if os.environ.get(PASSWORD_VARIABLE) else running.password
        print(f"password: {shown}")
        print(f"host key: {running.fingerprint}", flush=True)
        running.wait()
