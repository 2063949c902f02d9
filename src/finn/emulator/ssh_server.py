"""The emulated board's SSH server: login, shell, commands and file transfer, on loopback only."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import hmac
import os
import posixpath
import signal
import struct
import termios
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

from finn.emulator.home import Home

__all__ = ("Login", "Shells", "start_server")

LOOPBACK = "127.0.0.1"
LOGIN_TIMEOUT = 120  # as OpenSSH has it
BLOCK = 1 << 16
PIPE = asyncio.subprocess.PIPE
Process = asyncssh.SSHServerProcess[bytes]
Child = asyncio.subprocess.Process
Job = Coroutine[Any, Any, None]
# AES-GCM first: the fastest that both asyncssh and OpenSSH have.
CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr")


@dataclass(frozen=True)
class Login:
    """Who may log in: one user, by password or by one key."""

    username: str
    password: str
    key: asyncssh.SSHKey


class _Authentication(asyncssh.SSHServer):
    def __init__(self, login: Login) -> None:
        self._login = login

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        right = hmac.compare_digest(password.encode(), self._login.password.encode())
        return right and username == self._login.username

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == self._login.username and key.public_data == self._login.key.public_data


@dataclass
class Disk:
    """Free space of the board; None is that of this machine."""

    directory: Path
    limit: int | None = None

    def require(self, growth: int) -> None:
        """Raise the system's own error if ``growth`` bytes more do not fit."""
        if self.limit is not None and growth > self.free():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def free(self) -> int:
        """Bytes that still fit."""
        used = sum(path.lstat().st_size for path in self.directory.rglob("*"))
        return max((self.limit or 0) - used, 0)


class _Files(asyncssh.SFTPServer):
    """File transfer in the board's own tree, which holds ``/home/<user>`` and nothing else."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], home: Home, disk: Disk) -> None:
        super().__init__(channel, os.fsencode(home.files))
        self._start, self._disk = posixpath.join(b"/home", os.fsencode(home.directory.name)), disk

    def map_path(self, path: bytes) -> bytes:
        return super().map_path(posixpath.join(self._start, path))

    def write(self, file_obj: object, offset: int, data: bytes) -> asyncssh.misc.MaybeAwait[int]:
        if self._disk.limit is not None:
            end = os.fstat(file_obj.fileno()).st_size  # type: ignore[attr-defined]
            self._disk.require(max(0, offset + len(data) - end))
        return super().write(file_obj, offset, data)

    def exit(self) -> None:
        """Report success at the end, without which OpenSSH's ``scp`` calls every copy failed."""
        self.channel.exit(0)


@dataclass
class Shells:
    """The processes that were started over SSH."""

    home: Home
    running: set[int] = field(default_factory=set)

    async def serve(self, process: Process) -> None:
        """Run what a session asks for: a command, or a login shell."""
        command = ["/bin/bash", "-l"] if process.command is None else ["/bin/bash", "-c", process.command]
        try:
            with suppress(asyncssh.Error, OSError):
                await (self._terminal if process.term_type else self._pipes)(process, command)
        finally:
            process.close()
            await process.wait_closed()

    async def _pipes(self, process: Process, command: list[str]) -> None:
        child = await self._start(command, self.home.environment, stdin=PIPE, stdout=PIPE, stderr=PIPE)
        assert child.stdin and child.stdout and child.stderr
        outputs = [_pump_out(child.stdout, process.stdout), _pump_out(child.stderr, process.stderr)]
        await self._finish(process, child, _pump_in(process, child.stdin), outputs)

    async def _terminal(self, process: Process, command: list[str]) -> None:
        ours, theirs = os.openpty()
        environment = {**self.home.environment, "TERM": process.term_type or "dumb"}
        _resize(ours, process.term_size)
        child = await self._start(
            command, environment, stdin=theirs, stdout=theirs, stderr=theirs,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(theirs)
        reader, writer = await _streams(ours)
        await self._finish(
            process, child, _pump_in(process, writer, ours), [_pump_out(reader, process.stdout)]
        )

    async def _start(self, command: list[str], environment: dict[str, str], **streams: Any) -> Child:
        child = await asyncio.create_subprocess_exec(
            *command, start_new_session=True, cwd=self.home.directory, env=environment, **streams
        )
        self.running.add(child.pid)
        return child

    async def _finish(self, process: Process, child: Child, inputs: Job, outputs: list[Job]) -> None:
        """Pass data on until the process ends, then say how it ended."""
        feeding = asyncio.ensure_future(inputs)
        try:
            await asyncio.gather(*outputs)
            code = await child.wait()
            if code < 0:
                process.exit_with_signal(signal.Signals(-code).name.removeprefix("SIG"))
            else:
                process.exit(code)
        finally:
            feeding.cancel()
            self.running.discard(child.pid)

    def kill(self) -> None:
        """End everything that was started, with its children."""
        for pid in self.running:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)


async def _pump_in(process: Process, sink: asyncio.StreamWriter, terminal: int | None = None) -> None:
    """Pass on what the client sends, until it has no more or nobody takes it."""
    try:
        while data := await _next_input(process, terminal):
            sink.write(data)
            await sink.drain()
    except (asyncssh.Error, OSError):
        pass
    finally:
        sink.close()


async def _next_input(process: Process, terminal: int | None) -> bytes:
    while True:
        try:
            return await process.stdin.read(BLOCK)
        except asyncssh.TerminalSizeChanged:
            if terminal is not None:
                _resize(terminal, process.term_size)
        except (asyncssh.BreakReceived, asyncssh.SignalReceived):
            continue


async def _pump_out(source: asyncio.StreamReader, sink: asyncssh.SSHWriter[bytes]) -> None:
    """Pass on what a process prints; where nobody takes it, it may go on printing."""
    with suppress(OSError):  # what reading a terminal ends with
        while data := await source.read(BLOCK):
            with suppress(asyncssh.Error, OSError):
                sink.write(data)
                await sink.drain()


async def _streams(terminal: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Asynchronous ends of our side of a terminal."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(terminal, "rb", 0))
    transport, protocol = await loop.connect_write_pipe(
        asyncio.streams.FlowControlMixin, os.fdopen(os.dup(terminal), "wb", 0)
    )
    return reader, asyncio.StreamWriter(transport, protocol, None, loop)


def _resize(terminal: int, size: tuple[int, int, int, int]) -> None:
    columns, rows, width, height = size
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, width, height))


async def start_server(
    login: Login, host_key: asyncssh.SSHKey, shells: Shells, port: int, disk_bytes: int | None
) -> asyncssh.SSHAcceptor:
    """Listen on loopback; OSError if the port is taken."""
    disk = Disk(shells.home.directory, disk_bytes)
    return await asyncssh.listen(
        LOOPBACK,
        port,
        server_factory=lambda: _Authentication(login),
        server_host_keys=[host_key],
        process_factory=shells.serve,
        sftp_factory=lambda channel: _Files(channel, shells.home, disk),
        allow_scp=True,
        encoding=None,
        line_editor=False,
        compression_algs=None,
        encryption_algs=CIPHERS,
        login_timeout=LOGIN_TIMEOUT,
        agent_forwarding=False,
        reuse_address=True,
    )
