"""Removing old deployments from a board."""

from __future__ import annotations

import posixpath

from finn.remote.background import wait
from finn.remote.connection import Connection
from finn.remote.contents import DEPLOYMENT, LEFT_OVER
from finn.remote.deploy import guarded
from finn.remote.persistence import persistently
from finn.remote.shell import run_as_root

__all__ = ("prune_deployments",)

IN_USE = "readlink /proc/[0-9]*/cwd"  # the driver works in its deployment


def prune_deployments(connection: Connection, target_dir: str, keep: str) -> tuple[list[str], list[str]]:
    """Remove all deployments below ``target_dir``, and what is left of broken copies, but for some.

    Parameters
    ----------
    keep
        A folder that `deploy` returned.

    Returns
    -------
    tuple
        Names that were removed, and names that were left because a program works there.

    Raises
    ------
    FinnError
        The board does not let them be removed.
    """
    folder, kept = connection.path(target_dir), posixpath.basename(keep)

    async def job() -> tuple[list[str], list[str]]:
        used = await run_as_root(connection.ssh, connection.address, IN_USE, connection.password)
        busy = {posixpath.basename(line) for line in used.stdout.splitlines()}
        names = sorted(str(name) for name in await connection.files.listdir(folder))
        ours = [n for n in names if DEPLOYMENT.fullmatch(n) or LEFT_OVER.fullmatch(n)]
        others = [name for name in ours if name != kept]
        removed = [name for name in others if name not in busy]
        for name in removed:
            await connection.files.rmtree(posixpath.join(folder, name))
        return removed, [name for name in others if name in busy]

    return wait(persistently(connection, guarded(connection, job)))
