"""The one thread on which all SSH connections of this process live."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from functools import cache
from typing import Any, TypeVar

__all__ = ("wait",)

ResultT = TypeVar("ResultT")
TIDY_SECONDS = 2.0


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="finn-remote", daemon=True).start()
    return loop


def wait(job: Coroutine[Any, Any, ResultT]) -> ResultT:
    """The result of ``job``, which runs on the background thread; an interrupt cancels it.

    What the job has to tidy up then, it gets a moment for.
    """
    finished = threading.Event()
    future = asyncio.run_coroutine_threadsafe(_told(job, finished), _loop())
    try:
        return future.result()
    except BaseException:
        future.cancel()
        finished.wait(TIDY_SECONDS)
        raise


async def _told(job: Coroutine[Any, Any, ResultT], finished: threading.Event) -> ResultT:
    try:
        return await job
    finally:
        finished.set()
