"""The emulated board's file system: the user's home, the tools beside it, and what they find there."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from finn.emulator.guest import sudo

__all__ = ("Home", "make_home")

GUEST = Path(__file__).parent / "guest"
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
PROFILE = """\
# The board's own Python and tools come first; a login shell has reset PATH.
PATH={tools}:{python}:$PATH
export PATH
"""
SUDO = """\
#!/bin/sh
exec {python}/python -I -S {sudo} "$@"
"""
ID = """\
#!/bin/sh
if [ "$1" = -u ] && [ $# = 1 ]; then
    [ -n "$FINN_BOARD_ROOT" ] && echo 0 || echo 1000
    exit
fi
exec /usr/bin/id "$@"
"""


@dataclass(frozen=True)
class Home:
    """Where things of one board lie.

    Attributes
    ----------
    root
        The board's folder on this machine, removed with the board.
    files
        What file transfer shows as ``/``.
    directory
        The user's home.
    socket
        Where the silicon listens.
    work
        Folder for unpacked bitstreams.
    environment
        All variables of a process on the board.
    """

    root: Path
    files: Path
    directory: Path
    socket: Path
    work: Path
    environment: dict[str, str]

    def remove(self) -> None:
        """Delete the board's folder."""
        shutil.rmtree(self.root, ignore_errors=True)


def make_home(python: Path, username: str, password: str) -> Home:
    """A new board's file system; ``python`` is the environment's folder."""
    # Short, since the name of a socket may have 104 characters at most.
    root = Path(tempfile.mkdtemp(prefix="finn-board-")).resolve()
    directory, tools, work = root / "files" / "home" / username, root / "bin", root / "work"
    for folder in (directory, tools, work, root / "tmp", root / "guest"):
        folder.mkdir(parents=True)
    (root / "guest" / "finn_board_guest").symlink_to(GUEST)
    _write_tool(tools / "sudo", SUDO.format(python=python / "bin", sudo=GUEST / "sudo.py"))
    _write_tool(tools / "id", ID)
    (directory / ".profile").write_text(PROFILE.format(tools=tools, python=python / "bin"))
    shadow = root / "shadow"
    salt = secrets.token_hex(8)
    shadow.touch(mode=0o600)
    shadow.write_text(f"{salt}:{sudo.digest(password, salt)}")
    environment = {
        "HOME": str(directory),
        "USER": username,
        "LOGNAME": username,
        "SHELL": "/bin/bash",
        "PATH": f"{tools}:{SYSTEM_PATH}",
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "TMPDIR": str(root / "tmp"),
        "FINN_BOARD_SOCKET": str(root / "socket"),
        "FINN_BOARD_GUEST": str(root / "guest"),
        "FINN_BOARD_SHADOW": str(shadow),
    }
    return Home(root, root / "files", directory, root / "socket", work, environment)


def _write_tool(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)
