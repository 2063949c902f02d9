"""Going on where a connection broke."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from finn.remote.address import UnreachableError

if TYPE_CHECKING:
    from finn.remote.connection import Connection

__all__ = ("persistently", "retried")

PAUSES = (0.0, 0.5, 1.0, 2.0)  # seconds before each attempt to connect again
ResultT = TypeVar("ResultT")


async def persistently(connection: Connection, job: Callable[[], Awaitable[ResultT]]) -> ResultT:
    """The result of ``job``, which is started anew for a while where the board cannot be reached.

    The connection stands again when ``job`` starts. UnreachableError when all attempts have failed;
    any other error of ``job`` passes through at once.
    """

    async def connected() -> ResultT:
        await connection.renew()
        return await job()

    return await retried(connection.address.name, connected)


async def retried(
    name: str,
    job: Callable[[], Awaitable[ResultT]],
    cause: type[UnreachableError] = UnreachableError,
) -> ResultT:
    """As `persistently`, where ``job`` connects to the board ``name`` by itself.

    It is started anew only if it ends in ``cause`` the first time.
    """
    try:
        return await job()
    except cause as error:
        last: UnreachableError = error
    for pause in PAUSES:
        print(f"the connection to {name} was lost; connecting again", file=sys.stderr, flush=True)
        await asyncio.sleep(pause)
        try:
            return await job()
        except UnreachableError as error:
            last = error
    raise UnreachableError(
        f"the connection to {name} was lost and {len(PAUSES)} attempts to go on failed, the last "
        f"because {last}"
    )
