"""Time limits that grow with the load of the machine: they are there to end a hang, not a slow run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ("Deadline", "in_seconds", "load")

# Beyond this a machine is of no use, and a hang has to end some time.
MOST = 10.0
ResultT = TypeVar("ResultT")


def load() -> float:
    """How much longer things take than on an idle machine: 1 to 10.

    The average number of processes that want a processor, over a minute and for each processor.
    """
    try:
        wanting = os.getloadavg()[0]
    except OSError:
        return 1.0
    return min(MOST, max(1.0, wanting / _processors()))


def _processors() -> int:
    """Those that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_seconds(seconds: float) -> str:
    """A time for a message: ``0.25 s``, ``135 s``."""
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.2g} s"


class Deadline:
    """A time limit that begins now.

    Parameters
    ----------
    seconds
        On an idle machine.
    fixed
        Whether it is the same on a busy one.

    Attributes
    ----------
    seconds
        The limit as it stands, in seconds from the beginning.
    """

    def __init__(self, seconds: float, *, fixed: bool = False) -> None:
        self._idle, self._fixed, self._begin = seconds, fixed, time.monotonic()
        self.seconds = seconds if fixed else seconds * load()

    def wait(self, attempt: Callable[[float], ResultT]) -> ResultT:
        """What ``attempt`` returns, which gets the seconds that are left.

        Raises
        ------
        subprocess.TimeoutExpired
            It raised it, and the limit is passed.
        """
        while True:
            try:
                return attempt(max(0.0, self._left()))
            except subprocess.TimeoutExpired:
                self._grow()
                if self._left() <= 0:
                    raise

    def _left(self) -> float:
        return self._begin + self.seconds - time.monotonic()

    def _grow(self) -> None:
        """Read the load again: its average follows a load that has just begun a minute late."""
        if not self._fixed:
            self.seconds = max(self.seconds, self._idle * load())
