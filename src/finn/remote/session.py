"""A resident process on the board that runs one batch after the other."""

from __future__ import annotations

import asyncio
import posixpath
import shlex
import sys
import threading
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import asyncssh
import numpy as np
from numpy.typing import NDArray

from finn.errors import FinnError
from finn.remote.background import wait
from finn.remote.connection import Connection, lost
from finn.remote.shell import start_as_root
from finn.runtime.protocol import (
    MAGIC,
    PREFIX,
    ProtocolError,
    check_prefix,
    encode,
    parse_header,
    split_payload,
    total,
)

__all__ = ("Session", "open_session")

ByteArray = NDArray[np.uint8]
SERVER = "PYTHONDONTWRITEBYTECODE=1 exec python3 -W ignore -m runtime.server"
SLICE_BYTES = 1 << 23  # of a batch at a time, in either direction
START_SECONDS = 180  # importing pynq takes half a minute on a slow card
LARGEST_NOISE = 1 << 16  # what a login may print before the first message
READ_BYTES = 1 << 16
ResultT = TypeVar("ResultT")


class Session:
    """One deployment, loaded and ready; made by `open_session`.

    Attributes
    ----------
    information
        What the board said when it was ready: ``name``, ``build_id``, ``emulated``, ``fclk_mhz``, ...
    """

    def __init__(self, connection: Connection, folder: str) -> None:
        self._connection, self._folder = connection, folder
        self._lock = threading.Lock()
        self._requests = 0
        self._errors = b""
        self._process: asyncssh.SSHClientProcess[bytes] | None = None
        try:
            self.information = wait(self._guarded(self._start()))
        except BaseException:
            self._drop()
            raise

    @property
    def is_open(self) -> bool:
        """Whether the process is still there."""
        return self._process is not None and not self._process.is_closing()

    def execute(self, packed: Sequence[ByteArray]) -> list[ByteArray]:
        """Run a batch.

        Parameters
        ----------
        packed
            For each input (N, bytes per frame) uint8.

        Returns
        -------
        list of numpy.ndarray
            For each output (N, bytes per frame) uint8.

        Raises
        ------
        FinnError
            The board refuses, fails, answers nonsense or is gone.
        """
        frames = len(packed[0]) if packed else 0
        step = self._frames_at_once()
        with self._lock:
            parts = [
                self._execute([array[first : first + step] for array in packed])
                for first in range(0, max(frames, 1), step)
            ]
        return parts[0] if len(parts) == 1 else [np.concatenate(part) for part in zip(*parts, strict=True)]

    def throughput_test(self, batchsize: int) -> dict[str, Any]:
        """Metrics of a batch of random frames, measured on the board; FinnError as `execute`."""
        with self._lock:
            answer, _ = self._ask({"kind": "throughput", "batch": int(batchsize)}, [])
        metrics = answer.get("metrics")
        if answer["kind"] != "metrics" or not isinstance(metrics, dict):
            raise self._nonsense("there are no metrics in its answer")
        return metrics

    def close(self) -> None:
        """End the process on the board; the connection stays."""
        self._connection.sessions.pop(self._folder, None)
        process, self._process = self._process, None
        if process is not None:
            wait(_end(process))

    def _frames_at_once(self) -> int:
        frame = int(max(sum(self.information["inputs"]), sum(self.information["outputs"])))
        return max(1, SLICE_BYTES // max(frame, 1))

    def _execute(self, packed: Sequence[ByteArray]) -> list[ByteArray]:
        raw = [np.ascontiguousarray(array, np.uint8).reshape(-1).data for array in packed]
        header = {"kind": "execute", "inputs": [len(part) for part in raw]}
        answer, payload = self._ask(header, raw)
        sizes = [len(packed[0]) * size for size in self.information["outputs"]]
        if answer["kind"] != "result" or answer.get("outputs") != sizes:
            raise self._nonsense("the outputs do not have the size that they should have")
        parts = self._checked(split_payload, payload, sizes)
        shapes = [(len(packed[0]), size) for size in self.information["outputs"]]
        return [
            np.frombuffer(part, np.uint8).reshape(shape) for part, shape in zip(parts, shapes, strict=True)
        ]

    def _ask(self, header: dict[str, Any], parts: Sequence[Any]) -> tuple[dict[str, Any], bytes]:
        return wait(self._guarded(self._exchange(header, parts)))

    async def _exchange(self, header: dict[str, Any], parts: Sequence[Any]) -> tuple[dict[str, Any], bytes]:
        """One request and its answer."""
        if self._process is None:
            raise FinnError("the session with the board is closed; open it again")
        self._requests += 1
        stdin = self._process.stdin
        stdin.write(encode({**header, "id": self._requests}, total(parts)))
        for part in parts:
            stdin.write(bytes(part))
        await stdin.drain()
        answer, payload = await self._receive()
        if answer["kind"] == "error":
            raise FinnError(f"{self._connection.address.name}: {answer.get('text')}")
        if answer.get("id") != self._requests:
            raise self._nonsense("its answer is for another request")
        return answer, payload

    async def _start(self) -> dict[str, Any]:
        """Start the process and wait until it is ready."""
        connection = self._connection
        if not await connection.files.exists(posixpath.join(self._folder, "accelerator.json")):
            raise FinnError(
                f"{connection.address.name} has no deployment in {connection.shown(self._folder)}; "
                "run finn deploy first"
            )
        command = f"cd {shlex.quote(self._folder)} && {SERVER}"
        self._process = await start_as_root(connection.ssh, connection.address, command, connection.password)
        self._listening = asyncio.ensure_future(self._collect_errors(self._process))
        answer, _ = await asyncio.wait_for(self._receive(noise=True), START_SECONDS)
        if answer["kind"] == "error":
            raise FinnError(f"{connection.address.name}: {answer.get('text')}")
        if answer["kind"] != "hello" or not _is_information(answer):
            raise self._nonsense("it does not introduce itself")
        return answer

    async def _receive(self, noise: bool = False) -> tuple[dict[str, Any], bytes]:
        """The next message that is not a note; notes go to the user."""
        while True:
            header, payload = await self._read_message(noise)
            if header["kind"] != "note":
                return header, payload
            print(f"{self._connection.address.host}: {header.get('text')}", file=sys.stderr, flush=True)

    async def _read_message(self, noise: bool) -> tuple[dict[str, Any], bytes]:
        assert self._process is not None
        stdout = self._process.stdout
        start = await self._skip_noise() if noise else b""
        prefix = start + await stdout.readexactly(PREFIX.size - len(start))
        header_size, payload_size = check_prefix(prefix)
        header = parse_header(await stdout.readexactly(header_size))
        return header, await stdout.readexactly(payload_size)

    async def _skip_noise(self) -> bytes:
        assert self._process is not None
        heard = b""
        while not heard.endswith(MAGIC):
            heard += await self._process.stdout.readexactly(1)
            if len(heard) > LARGEST_NOISE:
                raise ProtocolError("it prints other things than messages")
        return MAGIC

    async def _collect_errors(self, process: asyncssh.SSHClientProcess[bytes]) -> None:
        """Keep the last of what the process says on standard error, for a message if it dies."""
        with suppress(asyncssh.Error, OSError):
            while part := await process.stderr.read(READ_BYTES):
                self._errors = (self._errors + part)[-READ_BYTES:]

    async def _guarded(self, job: Coroutine[Any, Any, ResultT]) -> ResultT:
        """The result of ``job``; whatever breaks ends the session and becomes one sentence."""
        try:
            return await job
        except FinnError:
            raise
        except asyncio.CancelledError:
            # The answer to a request that nobody waits for would be taken for the next one's.
            self._drop()
            raise
        except asyncio.IncompleteReadError:
            raise await self._died() from None
        except ProtocolError as error:
            raise self._nonsense(str(error)) from None
        except (asyncssh.Error, OSError, asyncio.TimeoutError) as error:
            raise lost(self._connection.address, error) from None

    def _checked(self, parse: Any, *arguments: Any) -> Any:
        try:
            return parse(*arguments)
        except ProtocolError as error:
            raise self._nonsense(str(error)) from None

    async def _died(self) -> FinnError:
        self._drop()
        if not self._connection.is_open:
            return lost(self._connection.address, ConnectionResetError("it does not answer any more"))
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._listening), 1)
        lines = self._errors.decode(errors="replace").strip().splitlines()
        told = lines[-1] if lines else "it said nothing"
        return FinnError(f"the driver on {self._connection.address.name} ended unexpectedly: {told}")

    def _nonsense(self, text: str) -> FinnError:
        self._drop()
        return FinnError(
            f"{self._connection.address.name} does not answer as it should: {text}; deploy the build again"
        )

    def _drop(self) -> None:
        """Forget the process: what it sends from now on is of no use."""
        self._connection.sessions.pop(self._folder, None)
        process, self._process = self._process, None
        if process is not None:
            process.close()


def _is_information(answer: dict[str, Any]) -> bool:
    sizes = [*_counts(answer.get("inputs")), *_counts(answer.get("outputs"))]
    return len(sizes) >= 2 and all(size > 0 for size in sizes)


def _counts(value: Any) -> list[int]:
    return value if isinstance(value, list) and all(type(item) is int for item in value) else []


async def _end(process: asyncssh.SSHClientProcess[bytes]) -> None:
    with suppress(asyncssh.Error, OSError, asyncio.TimeoutError):
        process.stdin.write(encode({"kind": "close"}, 0))
        process.stdin.write_eof()
        await asyncio.wait_for(process.wait_closed(), 2)
    process.close()


def open_session(connection: Connection, remote_dir: str) -> Session:
    """The session for a deployment, started if there is none on this connection yet.

    Parameters
    ----------
    connection
        The board.
    remote_dir
        What `deploy` returned.

    Raises
    ------
    LoginError
        ``sudo`` refuses the password.
    FinnError
        There is no deployment, or its bitstream cannot be loaded or is of another build.
    """
    folder = connection.path(remote_dir)
    session = connection.sessions.get(folder)
    if isinstance(session, Session) and session.is_open:
        return session
    connection.sessions[folder] = Session(connection, folder)
    opened: Session = connection.sessions[folder]
    return opened
