"""What a deployment holds, here and on a board: checksums that the board itself computes."""

from __future__ import annotations

import hashlib
import posixpath
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from finn.errors import FinnError
from finn.remote.connection import Connection
from finn.remote.shell import Completed, printable, run_plainly

__all__ = ("DEPLOYMENT", "LEFT_OVER", "MANIFEST", "Found", "Manifest", "look_at", "require_intact")

MANIFEST = "MANIFEST.sha256"
DIGEST_CHARACTERS = 16
DEPLOYMENT = re.compile(rf"finn-([0-9a-f]{{{DIGEST_CHARACTERS}}})")
# What is on its way, or was replaced because it was damaged.
LEFT_OVER = re.compile(rf"{DEPLOYMENT.pattern}\.(upload|damaged)-[0-9a-f]{{8}}")
INTACT, OTHERWISE = ": OK", re.compile(r"(.+): FAILED( open or read)?")
ABSENT = "no manifest"
# sha256sum is on every Linux image, shasum on macOS, where an emulated board may run. The words
# that they print are translated unless the locale is C. What is not there is said in words, so
# that a command that died is never taken for it.
CHECK = (
    f"[ -e {{folder}}{MANIFEST} ] || {{{{ echo {ABSENT}; exit 0; }}}}; "
    'cd {folder} && if command -v sha256sum >/dev/null; then s=sha256sum; else s="shasum -a 256"; fi && '
    f"export LC_ALL=C && $s {MANIFEST} && $s -c {MANIFEST} 2>/dev/null"
)


@dataclass(frozen=True)
class Manifest:
    """The files of a deployment.

    Attributes
    ----------
    digests
        SHA-256 of every file by its relative path.
    """

    digests: dict[str, str]

    @classmethod
    def of(cls, directory: Path) -> Manifest:
        """Of a folder here; FinnError where there is no deployment."""
        if not (directory / "accelerator.json").is_file():
            raise FinnError(f"{directory} is not a deployment: it has no accelerator.json; build it again")
        paths = sorted(p for p in directory.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
        return cls(
            {p.relative_to(directory).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}
        )

    @property
    def text(self) -> str:
        """In the format that ``sha256sum -c`` reads."""
        return "".join(f"{digest}  {name}\n" for name, digest in self.digests.items())

    @property
    def digest(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def folder(self) -> str:
        """Name of the deployment's folder on a board: a function of the contents."""
        return f"finn-{self.digest[:DIGEST_CHARACTERS]}"


@dataclass(frozen=True)
class Found:
    """What a board says of one of its folders.

    Attributes
    ----------
    digest
        SHA-256 of the folder's manifest; empty if there is none.
    intact, damaged
        Files of the manifest that have their checksum, and those that do not or are not there.
    """

    digest: str
    intact: frozenset[str]
    damaged: tuple[str, ...]

    def is_whole(self, manifest: Manifest) -> bool:
        """Whether the folder is a complete copy."""
        return self.digest == manifest.digest and self.intact == frozenset(manifest.digests)


async def look_at(connection: Connection, folder: str) -> Found:
    """Let the board compute the checksums of a folder. Runs on the background thread."""
    done = await run_plainly(connection.ssh, CHECK.format(folder=shlex.quote(posixpath.join(folder, ""))))
    if done.stdout.strip() == ABSENT:
        return Found("", frozenset(), ())
    first, *others = done.stdout.splitlines() or [""]
    intact = frozenset(line.removesuffix(INTACT) for line in others if line.endswith(INTACT))
    failed = tuple(found[1] for line in others if (found := OTHERWISE.fullmatch(line)))
    if not first or done.exit_status not in (0, 1):  # 1 is a file that is not as it was
        raise _unchecked(connection, folder, done)
    return Found(first.partition(" ")[0], intact, failed)


def _unchecked(connection: Connection, folder: str, done: Completed) -> FinnError:
    told = printable(done.stderr.strip().rpartition("\n")[2]) or "no message"
    return FinnError(
        f"{connection.address.name} cannot compute the checksums of {connection.shown(folder)} "
        f"(exit code {done.exit_status}: {told}); is it short of memory or processes?"
    )


async def require_intact(connection: Connection, folder: str) -> None:
    """FinnError unless a deployment on the board is what it was when it was copied.

    Its name tells its contents. Runs on the background thread.
    """
    name = DEPLOYMENT.fullmatch(posixpath.basename(folder))
    if name is None:
        return
    found = await look_at(connection, folder)
    damaged = ", ".join(found.damaged) or (MANIFEST if not found.digest.startswith(name[1]) else "")
    if damaged:
        raise FinnError(
            f"the deployment {connection.shown(folder)} on {connection.address.name} is damaged ({damaged}); "
            "run finn deploy again"
        )
