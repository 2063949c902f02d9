"""The emulated board's SSH server: login, shell, commands and file transfer, on loopback only."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import hmac
import os
import posixpath
import signal
import termios
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from finn.emulator.home import Home

__all__ = ("Login", "Shells", "start_server")

LOOPBACK = "127.0.0.1"
LOGIN_TIMEOUT = 30
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

    async def serve(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        """Run what a session asks for: a command, or a login shell."""
        command = ["/bin/bash", "-l"] if process.command is None else ["/bin/bash", "-c", process.command]
        try:
            with suppress(asyncssh.Error, OSError):
                await (self._terminal if process.term_type else self._pipes)(process, command)
        finally:
            process.close()
            await process.wait_closed()

    async def _pipes(self, process: asyncssh.SSHServerProcess[bytes], command: list[str]) -> None:
        pipe = asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True,
            cwd=self.home.directory, env=self.home.environment,
        )  # fmt: skip
        await process.redirect(stdin=child.stdin, stdout=child.stdout, stderr=child.stderr)
        await self._finish(process, child)

    async def _terminal(self, process: asyncssh.SSHServerProcess[bytes], command: list[str]) -> None:
        ours, theirs = os.openpty()
        environment = {**self.home.environment, "TERM": process.term_type or "dumb"}
        child = await asyncio.create_subprocess_exec(
            *command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            cwd=self.home.directory, env=environment,
        )  # fmt: skip
        os.close(theirs)
        await process.redirect(stdin=os.dup(ours), stdout=ours)
        await self._finish(process, child, drain=False)

    async def _finish(
        self, process: asyncssh.SSHServerProcess[bytes], child: asyncio.subprocess.Process, drain: bool = True
    ) -> None:
        self.running.add(child.pid)
        try:
            code = await child.wait()
            if drain:
                await process.stdout.drain()
                await process.stderr.drain()
            if code < 0:
                process.exit_with_signal(signal.Signals(-code).name.removeprefix("SIG"))
            else:
                process.exit(code)
        finally:
            self.running.discard(child.pid)

    def kill(self) -> None:
        """End everything that was started, with its children."""
        for pid in self.running:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)


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
