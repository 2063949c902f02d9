"""Copying a build to a board: all of it or nothing, and only what is not there yet."""

from __future__ import annotations

import hashlib
import os
import posixpath
import secrets
import shlex
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import asyncssh

from finn.errors import FinnError
from finn.remote.background import wait
from finn.remote.connection import Connection, lost

__all__ = ("deploy", "deployed_directory")

MANIFEST = "MANIFEST.sha256"
DIGEST_CHARACTERS = 16
# sha256sum is on every Linux image, shasum on macOS, where an emulated board may run.
VERIFY = "if command -v sha256sum; then sha256sum -c {name}; else shasum -a 256 -c {name}; fi >/dev/null 2>&1"
SPARE_BYTES = 1 << 20
ResultT = TypeVar("ResultT")
FULL = ("no space", "quota", "disk full")


def deploy(connection: Connection, deploy_dir: Path, target_dir: str) -> str:
    """Copy ``deploy_dir`` to a folder below ``target_dir`` that is named by its contents.

    The copy goes to a folder beside it, is verified by checksums on the board and then renamed, so
    that a half-finished copy is never used. What is there already is verified and not sent again.

    Returns
    -------
    str
        The folder on the board.

    Raises
    ------
    FinnError
        The board's disk is full, the folder cannot be written, or the copy is damaged.
    """
    files = _contents(deploy_dir)
    return wait(_guarded(connection, _deploy(connection, deploy_dir, files, target_dir)))


def deployed_directory(connection: Connection, deploy_dir: Path, target_dir: str) -> str:
    """Where `deploy` put ``deploy_dir``; FinnError if it is not there, complete and undamaged."""
    manifest = _manifest(_contents(deploy_dir))
    remote = _remote(connection, manifest, target_dir)
    if not wait(_guarded(connection, _is_complete(connection, remote, manifest))):
        raise FinnError(
            f"{connection.address.name} does not have this build in {connection.shown(target_dir)}; "
            "run finn deploy first"
        )
    return connection.shown(remote)


def _contents(directory: Path) -> dict[str, str]:
    """SHA-256 of every file by its relative path; FinnError where there is no deployment."""
    if not (directory / "accelerator.json").is_file():
        raise FinnError(f"{directory} is not a deployment: it has no accelerator.json; build it again")
    paths = sorted(p for p in directory.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return {p.relative_to(directory).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}


def _manifest(files: dict[str, str]) -> str:
    """In the format that ``sha256sum -c`` reads."""
    return "".join(f"{digest}  {name}\n" for name, digest in files.items())


def _remote(connection: Connection, manifest: str, target_dir: str) -> str:
    digest = hashlib.sha256(manifest.encode()).hexdigest()[:DIGEST_CHARACTERS]
    return posixpath.join(connection.path(target_dir), f"finn-{digest}")


async def _deploy(connection: Connection, source: Path, files: dict[str, str], target_dir: str) -> str:
    manifest = _manifest(files)
    remote = _remote(connection, manifest, target_dir)
    if await _is_complete(connection, remote, manifest):
        return connection.shown(remote)
    sftp = connection.files
    await sftp.makedirs(posixpath.dirname(remote), exist_ok=True)
    await _require_space(connection, sum((source / name).stat().st_size for name in files), remote)
    upload = f"{remote}.upload-{secrets.token_hex(4)}"
    try:
        await _send(connection, source, files, upload, manifest)
        if not await _is_complete(connection, upload, manifest):
            raise FinnError(f"the copy on {connection.address.name} is damaged; deploy again")
        if await sftp.exists(remote):
            await sftp.rmtree(remote)
        await sftp.posix_rename(upload, remote)
    finally:
        with suppress(asyncssh.Error, OSError):
            if await sftp.exists(upload):
                await sftp.rmtree(upload)
    return connection.shown(remote)


async def _send(
    connection: Connection, source: Path, files: dict[str, str], upload: str, manifest: str
) -> None:
    sftp = connection.files
    for folder in sorted({posixpath.dirname(name) for name in files}):
        await sftp.makedirs(posixpath.join(upload, folder), exist_ok=True)
    for name in files:
        await sftp.put(os.fspath(source / name), posixpath.join(upload, name))
    async with sftp.open(posixpath.join(upload, MANIFEST), "w") as file:
        await file.write(manifest)


async def _is_complete(connection: Connection, remote: str, manifest: str) -> bool:
    """Whether the folder holds what the manifest lists; the board computes the checksums."""
    path = posixpath.join(remote, MANIFEST)
    if not await connection.files.exists(path):
        return False
    async with connection.files.open(path) as file:
        if await file.read(len(manifest) + 1) != manifest:
            return False
    command = f"cd {shlex.quote(remote)} && {VERIFY.format(name=MANIFEST)}"
    done = await connection.ssh.run(f"bash -c {shlex.quote(command)}")
    return done.exit_status == 0


async def _require_space(connection: Connection, needed: int, remote: str) -> None:
    with suppress(asyncssh.SFTPOpUnsupported):
        disk = await connection.files.statvfs(posixpath.dirname(remote))
        if (disk.bavail or 0) * (disk.frsize or disk.bsize or 0) < needed + SPARE_BYTES:
            raise _full(connection)


def _full(connection: Connection) -> FinnError:
    return FinnError(f"the disk of {connection.address.name} is full; remove files there and deploy again")


async def _guarded(connection: Connection, job: Coroutine[Any, Any, ResultT]) -> ResultT:
    """The result of ``job``; what goes wrong on the board becomes one sentence."""
    try:
        return await job
    except asyncssh.SFTPNoSpaceOnFilesystem:
        raise _full(connection) from None
    except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection) as error:
        raise lost(connection.address, error) from None
    except asyncssh.SFTPError as error:
        if any(word in str(error).lower() for word in FULL):
            raise _full(connection) from None
        raise FinnError(f"{connection.address.name} refuses the copy: {error.reason}") from None
    except (asyncssh.Error, OSError) as error:
        raise lost(connection.address, error) from None
