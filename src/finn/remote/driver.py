"""The driver's process on the board: started over SSH, asked one request after the other."""

from __future__ import annotations

import asyncio
import getpass
import posixpath
import shlex
import socket
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import asyncssh

from finn.errors import FinnError
from finn.remote.connection import Connection, lost
from finn.remote.contents import require_intact
from finn.remote.shell import printable, start_as_root
from finn.runtime.protocol import (
    MAGIC,
    MAX_PAYLOAD,
    PREFIX,
    ProtocolError,
    check_prefix,
    encode,
    parse_header,
    total,
)

__all__ = ("DriverProcess", "Header", "RefusalError")

SERVER = "PYTHONDONTWRITEBYTECODE=1 exec python3 -W ignore -m runtime.server"
START_SECONDS = 180  # until it says something: a slow card takes half a minute to import NumPy
SILENT_SECONDS = 60  # between two messages while it works; it sends one every few seconds
END_SECONDS = 10
DEATH_SECONDS = 10  # from the end of what a process prints to its exit code
LARGEST_NOISE = 1 << 16  # what a login may print before the first message
READ_BYTES = 1 << 16
SENT_BYTES = 1 << 18
Header = dict[str, Any]
ResultT = TypeVar("ResultT")


class RefusalError(FinnError):
    """The driver answers that it cannot; it is ready for the next request."""


class DriverProcess:
    """One process on the board; its methods run on the background thread.

    Every method raises `UnreachableError` if the connection breaks, `RefusalError` if the driver
    says no, and FinnError if it dies or answers nonsense.
    """

    def __init__(self, connection: Connection, folder: str) -> None:
        self._connection, self._folder = connection, folder
        self._errors = b""
        self._watch: Callable[[Header], None] | None = None
        self._process: asyncssh.SSHClientProcess[bytes] | None = None

    @property
    def is_open(self) -> bool:
        """Whether the process is still there."""
        return self._process is not None and not self._process.is_closing()

    async def start(self) -> Header:
        """Start the process; returns how it introduces itself once it is ready."""
        return await self._guarded(self._start())

    async def ask(
        self, header: Header, parts: Sequence[Any], watch: Callable[[Header], None] | None = None
    ) -> tuple[Header, bytes]:
        """One request, which has an ``id``, and its answer; ``watch`` gets figures that come before."""
        self._watch = watch
        return await self._guarded(self._ask(header, parts))

    async def end(self) -> None:
        """Let the process end in order."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(asyncssh.Error, OSError, asyncio.TimeoutError):
            process.stdin.write(encode({"kind": "close"}, 0))
            process.stdin.write_eof()
            await asyncio.wait_for(process.wait_closed(), END_SECONDS)
        process.close()

    def drop(self) -> None:
        """Forget the process: what it sends from now on is of no use."""
        process, self._process = self._process, None
        if process is not None:
            process.close()

    def nonsense(self, text: str) -> FinnError:
        """What to tell if an answer cannot be right; ends the process."""
        self.drop()
        return FinnError(
            f"{self._connection.address.name} does not answer as it should: {text}; deploy the build again"
        )

    async def _start(self) -> Header:
        connection = self._connection
        if not await connection.files.exists(posixpath.join(self._folder, "accelerator.json")):
            raise FinnError(
                f"{connection.address.name} has no deployment in {connection.shown(self._folder)}; "
                "run finn deploy first"
            )
        await require_intact(connection, self._folder)
        command = f"cd {shlex.quote(self._folder)} && FINN_CLIENT={shlex.quote(_client())} {SERVER}"
        self._process = await start_as_root(connection.ssh, connection.address, command, connection.password)
        self._listening = asyncio.ensure_future(self._collect_errors(self._process))
        answer, _ = await self._receive(noise=True)
        if answer["kind"] == "error":
            raise RefusalError(f"{connection.address.name}: {printable(answer.get('text'))}")
        if answer["kind"] != "hello" or not _is_information(answer):
            raise self.nonsense("it does not introduce itself")
        return answer

    async def _ask(self, header: Header, parts: Sequence[Any]) -> tuple[Header, bytes]:
        assert self._process is not None
        self._process.stdin.write(encode(header, total(parts)))
        for part in parts:
            for first in range(0, len(part), SENT_BYTES):
                self._process.stdin.write(bytes(part[first : first + SENT_BYTES]))
                await asyncio.wait_for(self._process.stdin.drain(), SILENT_SECONDS)
        answer, payload = await self._receive()
        # A refusal may be of a message that could not be read, which has no number then.
        if answer.get("id") != header["id"] and not (answer["kind"] == "error" and "id" not in answer):
            raise self.nonsense("its answer is for another request")
        if answer["kind"] == "error":
            raise RefusalError(f"{self._connection.address.name}: {printable(answer.get('text'))}")
        return answer, payload

    async def _receive(self, noise: bool = False) -> tuple[Header, bytes]:
        """The next message that is an answer; notes go to the user."""
        while True:
            header, payload = await self._read_message(noise)
            noise = False
            if header["kind"] == "note":
                text = printable(header.get("text"))
                print(f"{self._connection.address.host}: {text}", file=sys.stderr, flush=True)
            elif header["kind"] == "figures":
                if self._watch is not None:
                    self._watch(header)
            elif header["kind"] != "alive":
                return header, payload

    async def _read_message(self, noise: bool) -> tuple[Header, bytes]:
        start = await asyncio.wait_for(self._skip_noise(), START_SECONDS) if noise else b""
        prefix = start + await self._exactly(PREFIX.size - len(start))
        header_size, payload_size = check_prefix(prefix)
        header = parse_header(await self._exactly(header_size))
        return header, await self._exactly(payload_size)

    async def _exactly(self, size: int) -> bytes:
        """So many bytes; each part of them may take a while, and only what has come takes memory."""
        assert self._process is not None
        data = bytearray()
        while len(data) < size:
            part = self._process.stdout.readexactly(min(size - len(data), READ_BYTES))
            data += await asyncio.wait_for(part, SILENT_SECONDS)
        return bytes(data)

    async def _skip_noise(self) -> bytes:
        heard = bytearray()
        while not heard.endswith(MAGIC):
            assert self._process is not None
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
        """The result of ``job``; whatever breaks ends the process and becomes one sentence."""
        try:
            return await job
        except FinnError:
            raise
        except asyncio.CancelledError:
            # The answer to a request that nobody waits for would be taken for the next one's.
            self.drop()
            raise
        except asyncio.IncompleteReadError:
            raise await self._died() from None
        except ProtocolError as error:
            raise self.nonsense(str(error)) from None
        except asyncio.TimeoutError:
            self.drop()
            raise FinnError(
                f"the driver on {self._connection.address.name} does not answer any more, although the "
                "connection stands; restart the board"
            ) from None
        except (asyncssh.Error, OSError) as error:
            if self._process is None or not self._connection.is_open:
                self.drop()
                raise lost(self._connection.address, error) from None
            raise await self._died() from None

    async def _died(self) -> FinnError:
        process = self._process
        assert process is not None
        with suppress(asyncio.TimeoutError, asyncssh.Error, OSError):
            await asyncio.wait_for(asyncio.shield(self._listening), DEATH_SECONDS)
            await asyncio.wait_for(process.wait_closed(), DEATH_SECONDS)
        self.drop()
        if not self._connection.is_open or process.exit_status is None:
            return lost(self._connection.address, ConnectionResetError("it does not answer any more"))
        lines = self._errors.decode(errors="replace").strip().splitlines()
        told = printable(lines[-1]) if lines else "it said nothing"
        return FinnError(f"the driver on {self._connection.address.name} ended unexpectedly: {told}")


def _client() -> str:
    """Who asks, for others who wait for the board."""
    with suppress(KeyError, ImportError, OSError):
        return f"{getpass.getuser()}@{socket.gethostname()}"
    return socket.gethostname()


def _is_information(answer: Header) -> bool:
    sizes = [*_counts(answer.get("inputs")), *_counts(answer.get("outputs"))]
    return len(sizes) >= 2 and all(0 < size <= MAX_PAYLOAD for size in sizes)


def _counts(value: Any) -> list[int]:
    return value if isinstance(value, list) and all(type(item) is int for item in value) else []
