"""Several boards that share each batch."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import numpy as np

from finn.errors import FinnError
from finn.remote.address import BoardAddress, LoginError
from finn.remote.background import wait
from finn.remote.connection import connect
from finn.remote.session import ByteArray, Session, Watch, open_session

__all__ = ("Farm",)

PARTS_PER_BOARD = 4  # so that a fast board takes over from a slow one


class Farm:
    """Sessions with the same deployment on different boards, used like one.

    A board that fails is dropped with a warning and what it had not answered goes to the others.

    Parameters
    ----------
    sessions
        All of one build.
    """

    def __init__(self, sessions: Sequence[Session]) -> None:
        self._sessions = list(sessions)
        self._reasons: list[str] = []

    @classmethod
    def open(cls, boards: Sequence[tuple[BoardAddress, str]]) -> Farm:
        """Sessions on boards that were deployed to, by address and folder there.

        A board that cannot be reached or does not start is left out with a warning.

        Raises
        ------
        LoginError
            A board refuses the password.
        FinnError
            No board is left.
        """
        farm = cls([])
        for address, remote in boards:
            try:
                farm._sessions.append(open_session(connect(address), remote))
            except LoginError:
                raise
            except FinnError as error:
                farm._leave_out(address.name, error)
        farm._require_one()
        return farm

    @property
    def is_open(self) -> bool:
        """Whether a board is left."""
        return any(session.is_open for session in self._sessions)

    @property
    def names(self) -> list[str]:
        """The boards that are left."""
        return [session.name for session in self._sessions]

    def execute(self, packed: Sequence[ByteArray]) -> list[ByteArray]:
        """Run a batch, as `Session.execute`; results are in the order of the inputs.

        Raises
        ------
        FinnError
            No board is left.
        """
        return wait(self._run(packed))

    def throughput_test(self, batchsize: int, watch: Watch | None = None) -> dict[str, Any]:
        """Metrics of each board under ``boards``, and the sums of their rates and batches.

        Every board runs ``batchsize`` frames, all at the same time. FinnError if no board is left.
        """
        boards = wait(self._measure(batchsize, watch))
        return {
            "throughput[images/s]": sum(metrics["throughput[images/s]"] for metrics in boards.values()),
            "batch_size": sum(metrics["batch_size"] for metrics in boards.values()),
            "boards": boards,
        }

    async def _run(self, packed: Sequence[ByteArray]) -> list[ByteArray]:
        waiting = deque(self._parts(len(packed[0]) if packed else 0))
        expected = len(waiting)
        results: dict[int, list[ByteArray]] = {}

        async def work(session: Session) -> None:
            while waiting:
                part = waiting.popleft()
                try:
                    results[part.start] = await session.run([array[part] for array in packed])
                except FinnError as error:
                    waiting.appendleft(part)
                    self._drop(session, error)
                    return

        # A board that fails late leaves its part to others that have ended already.
        while len(results) < expected:
            await self._on_all(work)
        ordered = [results[first] for first in sorted(results)]
        return [np.concatenate(parts) for parts in zip(*ordered, strict=True)]

    async def _measure(self, batchsize: int, watch: Watch | None) -> dict[str, dict[str, Any]]:
        measured: dict[str, dict[str, Any]] = {}

        async def work(session: Session) -> None:
            try:
                measured[session.name] = await session.measure(batchsize, watch)
            except FinnError as error:
                self._drop(session, error)

        await self._on_all(work)
        self._require_one()
        return {session.name: measured[session.name] for session in self._sessions}

    async def _on_all(self, work: Callable[[Session], Coroutine[Any, Any, None]]) -> None:
        self._require_one()
        await asyncio.gather(*(work(session) for session in list(self._sessions)))

    def _parts(self, frames: int) -> list[slice]:
        self._require_one()
        most = min(session.frames_at_once for session in self._sessions)
        step = max(1, min(most, -(-frames // (PARTS_PER_BOARD * len(self._sessions)))))
        return [slice(first, min(first + step, frames)) for first in range(0, max(frames, 1), step)]

    def _drop(self, session: Session, error: FinnError) -> None:
        self._sessions.remove(session)
        self._leave_out(session.name, error)

    def _leave_out(self, name: str, error: FinnError) -> None:
        self._reasons.append(f"{name}: {error}")
        print(f"warning: {name} is left out from now on: {error}", file=sys.stderr, flush=True)

    def _require_one(self) -> None:
        if not self._sessions:
            raise FinnError(f"no board is left ({'; '.join(self._reasons)}); check the boards and run again")
