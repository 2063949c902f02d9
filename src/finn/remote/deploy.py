"""Copying a build to a board: all of it or nothing, and only what is not there yet."""

from __future__ import annotations

import os
import posixpath
import secrets
import shlex
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import asyncssh

from finn.errors import FinnError
from finn.remote.background import wait
from finn.remote.connection import Connection, lost
from finn.remote.contents import DEPLOYMENT, LEFT_OVER, MANIFEST, Manifest, look_at
from finn.remote.persistence import persistently
from finn.remote.shell import run_plainly

__all__ = ("deploy", "deployed_directory", "guarded")

SPARE_BYTES = 1 << 20
STALE_SECONDS = 3600
LARGEST_MANIFEST = 1 << 20
SEARCHED = 8  # deployments in which unchanged files are looked for
ResultT = TypeVar("ResultT")
FULL = ("no space", "quota", "disk full")


def deploy(connection: Connection, deploy_dir: Path, target_dir: str) -> str:
    """Copy ``deploy_dir`` to a folder below ``target_dir`` that is named by its contents.

    The copy goes to a folder beside it, is verified by checksums on the board and then renamed, so
    that a half-finished copy is never used. Files that another deployment there holds are copied on
    the board instead of being sent. Where the connection breaks, it is made again and the copy goes on.

    Returns
    -------
    str
        The folder on the board.

    Raises
    ------
    FinnError
        The board's disk is full, the folder cannot be written, or the copy is damaged.
    """
    manifest = Manifest.of(deploy_dir)
    folder = posixpath.join(connection.path(target_dir), manifest.folder)
    copy = _Copy(connection, deploy_dir, manifest, folder, f"{folder}.upload-{secrets.token_hex(4)}")
    return wait(persistently(connection, guarded(connection, copy.run)))


def deployed_directory(connection: Connection, deploy_dir: Path, target_dir: str) -> str:
    """Where `deploy` put ``deploy_dir``; FinnError if it is not there, complete and undamaged."""
    manifest = Manifest.of(deploy_dir)
    folder = posixpath.join(connection.path(target_dir), manifest.folder)
    found = wait(persistently(connection, guarded(connection, lambda: look_at(connection, folder))))
    name = connection.address.name
    if found.digest and not found.is_whole(manifest):
        raise FinnError(
            f"the deployment {connection.shown(folder)} on {name} is damaged "
            f"({', '.join(found.damaged) or MANIFEST}); run finn deploy again"
        )
    if not found.digest:
        raise FinnError(
            f"{name} does not have this build in {connection.shown(target_dir)}; run finn deploy first"
        )
    return connection.shown(folder)


@dataclass(frozen=True)
class _Copy:
    """One copy on its way to ``folder``, by way of ``upload``, which is this copy's alone."""

    connection: Connection
    source: Path
    manifest: Manifest
    folder: str
    upload: str

    async def run(self) -> str:
        """Do it, or go on with it after a broken connection."""
        if not (await look_at(self.connection, self.folder)).is_whole(self.manifest):
            try:
                await self._upload()
                await self._put_in_place()
            finally:
                # Without a connection the next attempt goes on with it.
                with suppress(asyncssh.Error, OSError):
                    await self._remove(self.upload)
        return self.connection.shown(self.folder)

    async def _upload(self) -> None:
        await self.connection.files.makedirs(posixpath.dirname(self.folder), exist_ok=True)
        await self._require_space(await self._missing())
        for folder in sorted({posixpath.dirname(name) for name in self.manifest.digests}):
            await self.connection.files.makedirs(posixpath.join(self.upload, folder), exist_ok=True)
        await self._remove_stale()
        async with self.connection.files.open(posixpath.join(self.upload, MANIFEST), "w") as file:
            await file.write(self.manifest.text)
        await self._reuse(await self._missing())
        for name in sorted(await self._missing()):
            await self.connection.files.put(os.fspath(self.source / name), posixpath.join(self.upload, name))
        if await self._missing():
            raise FinnError(f"the copy on {self.connection.address.name} is damaged; deploy again")

    async def _missing(self) -> set[str]:
        return set(self.manifest.digests) - (await look_at(self.connection, self.upload)).intact

    async def _put_in_place(self) -> None:
        """Rename; what is there in spite of its name is damaged, or a complete copy of somebody else's."""
        files = self.connection.files
        if not await files.exists(self.folder):
            with suppress(asyncssh.SFTPFailure):
                await files.posix_rename(self.upload, self.folder)
                return
        if (await look_at(self.connection, self.folder)).is_whole(self.manifest):
            return
        damaged = self.upload.replace(".upload-", ".damaged-")
        await files.posix_rename(self.folder, damaged)
        await files.posix_rename(self.upload, self.folder)
        await self._remove(damaged)

    async def _remove(self, folder: str) -> None:
        if await self.connection.files.exists(folder):
            await self.connection.files.rmtree(folder)

    async def _remove_stale(self) -> None:
        """Remove what clients that were killed left, hours ago by the board's clock."""
        files, parent = self.connection.files, posixpath.dirname(self.folder)
        now = (await files.stat(self.upload)).mtime or 0
        for entry in await files.readdir(parent):
            name = str(entry.filename)
            if LEFT_OVER.fullmatch(name) and now - (entry.attrs.mtime or 0) > STALE_SECONDS:
                await self._remove(posixpath.join(parent, name))

    async def _reuse(self, wanted: Iterable[str]) -> None:
        """Copy on the board what other deployments there hold; the copies are checked afterwards."""
        held = await self._held()
        pairs = [(held[self.manifest.digests[n]], n) for n in wanted if self.manifest.digests[n] in held]
        if pairs:
            commands = (
                shlex.join(["cp", "--", path, posixpath.join(self.upload, name)]) for path, name in pairs
            )
            await run_plainly(self.connection.ssh, "; ".join(commands))

    async def _held(self) -> dict[str, str]:
        """Paths by SHA-256 of what the latest deployments beside this one say they hold."""
        files, parent = self.connection.files, posixpath.dirname(self.folder)
        entries = [e for e in await files.readdir(parent) if DEPLOYMENT.fullmatch(str(e.filename))]
        entries.sort(key=lambda entry: entry.attrs.mtime or 0)
        held: dict[str, str] = {}
        for entry in entries[-SEARCHED:]:
            folder = posixpath.join(parent, str(entry.filename))
            with suppress(asyncssh.SFTPError, UnicodeDecodeError):
                async with files.open(posixpath.join(folder, MANIFEST)) as file:
                    text = str(await file.read(LARGEST_MANIFEST))
                for digest, _, name in (line.partition("  ") for line in text.splitlines()):
                    held[digest] = posixpath.join(folder, name)
        return held

    async def _require_space(self, wanted: Iterable[str]) -> None:
        needed = sum((self.source / name).stat().st_size for name in wanted)
        with suppress(asyncssh.SFTPOpUnsupported):
            disk = await self.connection.files.statvfs(posixpath.dirname(self.folder))
            if (disk.bavail or 0) * (disk.frsize or disk.bsize or 0) < needed + SPARE_BYTES:
                raise _full(self.connection)


def _full(connection: Connection) -> FinnError:
    return FinnError(f"the disk of {connection.address.name} is full; remove files there and deploy again")


def guarded(
    connection: Connection, job: Callable[[], Awaitable[ResultT]]
) -> Callable[[], Awaitable[ResultT]]:
    """``job`` with one sentence for what goes wrong on the board; UnreachableError if it is gone."""

    async def translated() -> ResultT:
        try:
            return await job()
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

    return translated
