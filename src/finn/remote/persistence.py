"""Going on where a connection broke."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from finn.remote.address import UnreachableError
from finn.remote.connection import Connection

__all__ = ("persistently",)

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

    name = connection.address.name
    for pause in PAUSES:
        with suppress(UnreachableError):
            return await connected()
        print(f"the connection to {name} was lost; connecting again", file=sys.stderr, flush=True)
        await asyncio.sleep(pause)
    try:
        return await connected()
    except UnreachableError as error:
        raise UnreachableError(
            f"the connection to {name} was lost and {len(PAUSES)} attempts to go on failed, the last "
            f"because {error}"
        ) from None
