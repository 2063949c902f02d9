"""Host keys: which board is the one that it was before."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import asyncssh

from finn.errors import FinnError
from finn.remote.address import SSH_PORT, BoardAddress

__all__ = ("ACCEPT_VARIABLE", "KnownHosts")

ACCEPT_VARIABLE = "FINN_ACCEPT_NEW_HOST_KEY"


class KnownHosts:
    """The user's own ``known_hosts``, as OpenSSH has it.

    Parameters
    ----------
    address
        The board.
    accept_new
        Whether the key of a board that is not known is written down and trusted from now on.
    """

    def __init__(self, address: BoardAddress, accept_new: bool) -> None:
        self._path = Path.home() / ".ssh" / "known_hosts"
        self._address = address
        self._accept_new = accept_new or os.environ.get(ACCEPT_VARIABLE) == "1"
        self.offered: asyncssh.SSHKey | None = None

    @property
    def trusted(self) -> Any:
        """What ``asyncssh.connect`` takes."""
        return str(self._path) if self._path.is_file() else ([], [], [])

    def judge(self, key: asyncssh.SSHKey) -> bool:
        """Whether to go on with a host whose key is not among the known ones."""
        self.offered = key
        if self._known() or not self._accept_new:
            return False
        self._write_down(key)
        return True

    def explain(self) -> FinnError:
        """Why the host was not trusted."""
        host, port = self._address.host, self._address.port
        offered = self.offered.get_fingerprint() if self.offered else "unknown"
        if self._known():
            return FinnError(
                f"the host key of {host}:{port} has changed to {offered}; if the board was set up anew, "
                f"run `ssh-keygen -R '{self._pattern}'` and connect again"
            )
        return FinnError(
            f"the host key of {host}:{port} is not known yet ({offered}); compare it with the board's and "
            f"accept it once with --accept-new-host-key or {ACCEPT_VARIABLE}=1"
        )

    @property
    def _pattern(self) -> str:
        host, port = self._address.host, self._address.port
        return host if port == SSH_PORT else f"[{host}]:{port}"

    def _known(self) -> bool:
        if not self._path.is_file():
            return False
        found = asyncssh.match_known_hosts(
            str(self._path), self._address.host, self._address.host, self._address.port
        )
        return any(found)

    def _write_down(self, key: asyncssh.SSHKey) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        existing = self._path.read_text() if self._path.is_file() else ""
        separator = "" if not existing or existing.endswith("\n") else "\n"
        with self._path.open("a") as file:
            self._path.chmod(0o600)
            file.write(f"{separator}{self._pattern} {key.export_public_key().decode().strip()}\n")
