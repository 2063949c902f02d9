"""The one thread on which all SSH connections of this process live."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from functools import cache
from typing import Any, TypeVar

__all__ = ("wait",)

ResultT = TypeVar("ResultT")


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="finn-remote", daemon=True).start()
    return loop


def wait(job: Coroutine[Any, Any, ResultT]) -> ResultT:
    """The result of ``job``, which runs on the background thread; an interrupt cancels it."""
    future = asyncio.run_coroutine_threadsafe(job, _loop())
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise
