"""Reaching an SSH server: a socket on which it has begun to speak."""

from __future__ import annotations

import asyncio
import socket

__all__ = ("dial",)


async def dial(host: str, port: int) -> socket.socket:
    """A connection whose other side has sent something, on the first of the host's addresses that takes it.

    Whoever is there says so at once, however slow the login may be that follows; a time limit for this
    alone tells a dead board from a busy one. OSError if nobody takes the connection.
    """
    loop = asyncio.get_running_loop()
    failure: OSError = OSError("it has no address")
    for family, kind, protocol, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        end = socket.socket(family, kind, protocol)
        end.setblocking(False)
        try:
            await loop.sock_connect(end, address)
            await _readable(end)
            return end
        except OSError as error:
            end.close()
            failure = error
        except BaseException:
            end.close()
            raise
    raise failure


async def _readable(end: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(end, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(end)
