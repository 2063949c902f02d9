"""SSH connections to boards: one for each user@host:port of this process, used by all."""

from __future__ import annotations

import asyncio
import os
import posixpath
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

from finn.errors import FinnError
from finn.remote.address import BoardAddress, BrokenError, LoginError, UnreachableError
from finn.remote.background import wait
from finn.remote.dial import dial
from finn.remote.known_hosts import KnownHosts
from finn.remote.persistence import retried
from finn.remote.shell import Completed, run_as_root, run_as_user

__all__ = ("PASSWORD_VARIABLE", "Connection", "connect")

PASSWORD_VARIABLE = "FINN_BOARD_PASSWORD"
CONNECT_SECONDS = 10  # until the board says a word
LOGIN_SECONDS = 60
KEEPALIVE_SECONDS = 5
KEEPALIVES_LOST = 3
BREAKS = (asyncssh.ConnectionLost, asyncssh.SFTPConnectionLost, ConnectionError)

_connections: dict[str, Connection] = {}
_passwords: dict[str, str] = {}


@dataclass(frozen=True)
class Login:
    """How to log in to a board, once and again; without the password, which is kept apart."""

    address: BoardAddress
    key: Path | str | None
    accept_new_host_key: bool
    host_key: str | None


class Connection:
    """An SSH connection; made by `connect`, and made anew by `renew` where it broke.

    Attributes
    ----------
    address
        The board.
    home
        The login's home folder, as file transfer shows it.
    sessions
        Resident processes on the board by folder; they end with the connection.
    """

    ssh: asyncssh.SSHClientConnection
    files: asyncssh.SFTPClient
    home: str

    def __init__(self, login: Login) -> None:
        self.login, self.address = login, login.address
        self.sessions: dict[str, Any] = {}
        self._renewing = asyncio.Lock()

    @property
    def is_open(self) -> bool:
        """Whether the connection still stands."""
        return not self.ssh.is_closed()

    @property
    def password(self) -> str | None:
        """For ``sudo``; kept in this process only."""
        return _passwords.get(self.address.name) or os.environ.get(PASSWORD_VARIABLE)

    async def renew(self, password: str | None = None) -> None:
        """Log in again if the connection broke; errors as `connect`. Runs on the background thread."""
        async with self._renewing:
            if not hasattr(self, "ssh") or not self.is_open:
                self.ssh, self.files, self.home = await _log_in(self.login, password or self.password)

    def run(self, command: str) -> Completed:
        """Run a shell command as the user, with the environment of a login on a PYNQ image."""
        return wait(self._translated(run_as_user(self.ssh, command)))

    def sudo(self, command: str) -> Completed:
        """Run a shell command as root; LoginError if ``sudo`` refuses the password."""
        return wait(self._translated(run_as_root(self.ssh, self.address, command, self.password)))

    def path(self, directory: str) -> str:
        """A folder on the board as commands and file transfer both understand it.

        What lies under the home folder becomes relative to it, since the place that file transfer
        shows need not be the one that commands see.
        """
        plain = posixpath.normpath(directory.removeprefix("~/") or ".")
        if plain == self.home:
            return "."
        plain = plain.removeprefix(self.home.rstrip("/") + "/")
        return plain if plain.startswith("/") else posixpath.join(".", plain)

    def shown(self, path: str) -> str:
        """The absolute form of a path of this board."""
        return posixpath.normpath(posixpath.join(self.home, path))

    def close(self) -> None:
        """End the connection and every session on it."""
        for session in list(self.sessions.values()):
            session.close()
        if _connections.get(self.address.name) is self:
            del _connections[self.address.name]
        wait(_close(self.ssh))

    async def _translated(self, job: Coroutine[Any, Any, Completed]) -> Completed:
        try:
            return await job
        except (asyncssh.Error, OSError) as error:
            raise lost(self.address, error) from None


def lost(address: BoardAddress, error: Exception) -> UnreachableError:
    """What to tell when an open connection breaks."""
    return UnreachableError(
        f"the connection to {address.name} was lost ({_reason(error)}); check the board and run again"
    )


def connect(
    address: BoardAddress,
    password: str | None = None,
    key: Path | str | None = None,
    accept_new_host_key: bool = False,
    host_key: str | None = None,
) -> Connection:
    """The connection to a board, opened if there is none yet.

    One that breaks before the login is through is made again, like one that breaks later.

    Parameters
    ----------
    address
        The board.
    password
        Else the one given earlier in this process, else ``$FINN_BOARD_PASSWORD``, besides the
        user's SSH agent and keys.
    key
        File of a private key to use instead of the user's own.
    accept_new_host_key
        Trust a board that is not in ``known_hosts`` and write its key down; so does
        ``FINN_ACCEPT_NEW_HOST_KEY=1``.
    host_key
        Public key by which the board is known for certain; ``known_hosts`` is left alone then.

    Raises
    ------
    LoginError
        The board refuses the login.
    FinnError
        The board does not answer within 10 s, or its host key is unknown or has changed.
    """
    existing = _connections.get(address.name)
    if existing and existing.is_open and password in (None, _passwords.get(address.name)):
        return existing
    login = Login(address, key, accept_new_host_key, host_key)
    connection = Connection(login) if existing is None or existing.is_open else existing
    connection.login = login
    wait(retried(address.name, lambda: connection.renew(password), BrokenError))
    if password:
        _passwords[address.name] = password
    _connections[address.name] = connection
    return connection


async def _log_in(
    login: Login, password: str | None
) -> tuple[asyncssh.SSHClientConnection, asyncssh.SFTPClient, str]:
    """An open connection, its file transfer and the home folder there."""
    address = login.address
    known = KnownHosts(address, login.accept_new_host_key)
    try:
        trusted = ([asyncssh.import_public_key(login.host_key)], [], []) if login.host_key else known.trusted
        end = await _dialled(address)
        return await asyncio.wait_for(_open(login, end, password, known, trusted), LOGIN_SECONDS)
    except asyncssh.HostKeyNotVerifiable:
        raise known.explain() from None
    except asyncssh.PermissionDenied:
        raise _refused(address, password) from None
    except (TimeoutError, asyncio.TimeoutError):
        raise UnreachableError(
            f"{address.name} answers, but the login took longer than {LOGIN_SECONDS} s; restart the board"
        ) from None
    except socket.gaierror:
        raise FinnError(f"there is no host called {address.host}; check the board's address") from None
    except BREAKS as error:
        raise BrokenError(_no_connection(address, error)) from None
    except (asyncssh.Error, OSError, ValueError) as error:
        raise UnreachableError(_no_connection(address, error)) from None


def _no_connection(address: BoardAddress, error: Exception) -> str:
    return (
        f"no connection to {address.host}:{address.port} ({_reason(error)}); check that the board is on, "
        "and its address"
    )


async def _dialled(address: BoardAddress) -> socket.socket:
    try:
        return await asyncio.wait_for(dial(address.host, address.port), CONNECT_SECONDS)
    except ConnectionError as error:
        raise UnreachableError(_no_connection(address, error)) from None
    except (TimeoutError, asyncio.TimeoutError):
        raise UnreachableError(
            f"{address.host}:{address.port} did not answer within {CONNECT_SECONDS} s; "
            "check that the board is on, and its address"
        ) from None


async def _open(
    login: Login, end: socket.socket, password: str | None, known: KnownHosts, trusted: Any
) -> tuple[asyncssh.SSHClientConnection, asyncssh.SFTPClient, str]:
    address = login.address
    options: dict[str, Any] = {"client_keys": [str(login.key)]} if login.key else {}
    ssh = await asyncssh.connect(
        address.host, address.port, sock=end, username=address.username, password=password,
        known_hosts=trusted, client_factory=lambda: _Client(known.judge),
        keepalive_interval=KEEPALIVE_SECONDS, keepalive_count_max=KEEPALIVES_LOST,
        compression_algs=None, **options,
    )  # fmt: skip
    try:
        files = await ssh.start_sftp_client()
        return ssh, files, str(await files.realpath("."))
    except BaseException as error:
        broken = isinstance(error, asyncssh.Error) and ssh.is_closed()
        ssh.abort()
        if broken:  # whatever asyncssh calls it
            raise asyncssh.ConnectionLost(str(error)) from None
        raise


class _Client(asyncssh.SSHClient):
    """Asks ``judge`` about a host key that is not known."""

    def __init__(self, judge: Callable[[asyncssh.SSHKey], bool]) -> None:
        self._judge = judge

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        return self._judge(key)


def _refused(address: BoardAddress, password: str | None) -> LoginError:
    tried = "the password or key is wrong" if password else "no key fits and no password was given"
    return LoginError(
        f"{address.name} refuses the login: {tried}; set {PASSWORD_VARIABLE} or use ssh-copy-id"
    )


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return str(error).rstrip(".") or type(error).__name__


async def _close(ssh: asyncssh.SSHClientConnection) -> None:
    ssh.close()
    with suppress(asyncssh.Error, OSError, asyncio.TimeoutError):
        await asyncio.wait_for(ssh.wait_closed(), 1)
