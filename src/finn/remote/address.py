"""Where a board is, and the errors of reaching it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from finn.errors import FinnError

__all__ = ("BoardAddress", "BrokenError", "LoginError", "UnreachableError")

SSH_PORT = 22
USERNAME = "xilinx"  # of every PYNQ image
DIRECTORY = "finn"
FORM = "ssh://user@host:port/directory"


class LoginError(FinnError):
    """The board refuses the user name, the password or the key."""


class UnreachableError(FinnError):
    """The board does not answer, or the connection to it broke: it may answer later."""


class BrokenError(UnreachableError):
    """The board took the connection, which broke before the login was through."""


@dataclass(frozen=True)
class BoardAddress:
    """A board's SSH server and the folder for deployments on it.

    Attributes
    ----------
    host, port, username
        As for ``ssh``.
    directory
        Where deployments go; relative to the user's home unless it starts with ``/``.
    """

    host: str
    port: int = SSH_PORT
    username: str = USERNAME
    directory: str = DIRECTORY

    @property
    def name(self) -> str:
        """``user@host:port``, by which passwords and connections are kept."""
        return f"{self.username}@{self.host}:{self.port}"

    @classmethod
    def parse(cls, url: str) -> BoardAddress:
        """Read ``ssh://user@host:port/directory``; all but the host may be left out.

        ``/directory`` is taken as relative to the home folder, ``//directory`` as absolute.

        Raises
        ------
        FinnError
            It has another form, or holds a password.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise FinnError(f"{url!r} is not an address of the form {FORM}") from None
        if parts.password is not None:
            raise FinnError("an address must not hold a password; use a key, an agent or FINN_BOARD_PASSWORD")
        if parts.scheme != "ssh" or not host or parts.query or parts.fragment:
            raise FinnError(f"{url!r} is not an address of the form {FORM}")
        directory = unquote(parts.path).removeprefix("/")
        return cls(host, port or SSH_PORT, unquote(parts.username or USERNAME), directory or DIRECTORY)
