"""A deployment on a board that runs one batch after the other, whatever happens to the connection."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from finn.errors import FinnError
from finn.remote.address import UnreachableError
from finn.remote.background import wait
from finn.remote.connection import Connection
from finn.remote.driver import DriverProcess, Header, RefusalError
from finn.runtime.protocol import ProtocolError, split_payload

__all__ = ("Session", "open_session")

ByteArray = NDArray[np.uint8]
SLICE_BYTES = 1 << 23  # of a batch at a time, in either direction
PAUSES = (0.0, 0.5, 1.0, 2.0)  # seconds before each attempt to connect again
ResultT = TypeVar("ResultT")
SAME_DESIGN = ("build_id", "inputs", "outputs")


class Session:
    """One deployment, loaded and ready; made by `open_session`.

    Where the connection breaks, it is made again and what had not been answered is asked again: a
    run depends on nothing but its inputs. Answers of the old connection cannot arrive any more.

    Attributes
    ----------
    information
        What the board said when it was ready: ``name``, ``build_id``, ``emulated``, ``fclk_mhz``, ...
    """

    def __init__(self, connection: Connection, folder: str) -> None:
        self._connection, self._folder = connection, folder
        self._lock = threading.Lock()
        self._requests = 0
        self._ended = False
        self.information: Header = {}
        self._driver = DriverProcess(connection, folder)
        try:
            wait(self._persistently(self._start))
        except BaseException:
            self._end()
            raise

    @property
    def is_open(self) -> bool:
        """Whether it takes requests; it does so while a broken connection may come back."""
        return not self._ended

    def execute(self, packed: Sequence[ByteArray]) -> list[ByteArray]:
        """Run a batch.

        Parameters
        ----------
        packed
            For each input (N, bytes per frame) uint8.

        Returns
        -------
        list of numpy.ndarray
            For each output (N, bytes per frame) uint8.

        Raises
        ------
        UnreachableError
            The connection broke and could not be made again.
        FinnError
            The board refuses, fails, or answers nonsense.
        """
        frames = len(packed[0]) if packed else 0
        step = self._frames_at_once()
        with self._lock:
            parts = [
                self._execute([array[first : first + step] for array in packed])
                for first in range(0, max(frames, 1), step)
            ]
        return parts[0] if len(parts) == 1 else [np.concatenate(part) for part in zip(*parts, strict=True)]

    def throughput_test(self, batchsize: int) -> dict[str, Any]:
        """Metrics of a batch of random frames, measured on the board; raises as `execute`."""
        with self._lock:
            answer, _ = self._ask({"kind": "throughput", "batch": int(batchsize)}, [])
        metrics = answer.get("metrics")
        if answer["kind"] != "metrics" or not isinstance(metrics, dict):
            raise self._nonsense("there are no metrics in its answer")
        return metrics

    def close(self) -> None:
        """End the process on the board; the connection stays."""
        self._end()
        wait(self._driver.end())

    def _frames_at_once(self) -> int:
        frame = int(max(sum(self.information["inputs"]), sum(self.information["outputs"])))
        return max(1, SLICE_BYTES // max(frame, 1))

    def _execute(self, packed: Sequence[ByteArray]) -> list[ByteArray]:
        raw = [np.ascontiguousarray(array, np.uint8).reshape(-1).data for array in packed]
        header = {"kind": "execute", "inputs": [len(part) for part in raw]}
        answer, payload = self._ask(header, raw)
        shapes = [(len(packed[0]), size) for size in self.information["outputs"]]
        sizes = [frames * size for frames, size in shapes]
        if answer["kind"] != "result" or answer.get("outputs") != sizes:
            raise self._nonsense("the outputs do not have the size that they should have")
        try:
            parts = split_payload(payload, sizes)
        except ProtocolError as error:
            raise self._nonsense(str(error)) from None
        return [
            np.frombuffer(part, np.uint8).reshape(shape) for part, shape in zip(parts, shapes, strict=True)
        ]

    def _ask(self, header: Header, parts: Sequence[Any]) -> tuple[Header, bytes]:
        """One request and its answer, on as many connections as it takes."""
        if self._ended:
            raise FinnError("the session with the board is closed; open it again")
        self._requests += 1
        numbered = {**header, "id": self._requests}

        async def asked() -> tuple[Header, bytes]:
            await self._start()
            return await self._driver.ask(numbered, parts)

        try:
            return wait(self._persistently(asked))
        except (RefusalError, UnreachableError):
            raise
        except BaseException:
            self._end()
            raise

    async def _start(self) -> None:
        """Make sure that connection and process are there, and are the ones that they were."""
        await self._connection.renew()
        if self._driver.is_open:
            return
        self._driver = DriverProcess(self._connection, self._folder)
        information = await self._driver.start()
        if self.information and any(self.information[k] != information.get(k) for k in SAME_DESIGN):
            raise self._nonsense("it has another design than before the connection was lost")
        self.information = information

    async def _persistently(self, job: Callable[[], Awaitable[ResultT]]) -> ResultT:
        """The result of ``job``, tried again for a while where the board cannot be reached."""
        name = self._connection.address.name
        for pause in PAUSES:
            with suppress(UnreachableError):
                return await job()
            print(f"the connection to {name} was lost; connecting again", file=sys.stderr, flush=True)
            await asyncio.sleep(pause)
        try:
            return await job()
        except UnreachableError as error:
            raise UnreachableError(
                f"the connection to {name} was lost and {len(PAUSES)} attempts to go on failed, the last "
                f"because {error}"
            ) from None

    def _nonsense(self, text: str) -> FinnError:
        self._end()
        return self._driver.nonsense(text)

    def _end(self) -> None:
        self._ended = True
        if self._connection.sessions.get(self._folder) is self:
            del self._connection.sessions[self._folder]


def open_session(connection: Connection, remote_dir: str) -> Session:
    """The session for a deployment, started if there is none on this connection yet.

    Parameters
    ----------
    connection
        The board.
    remote_dir
        What `deploy` returned.

    Raises
    ------
    LoginError
        ``sudo`` refuses the password.
    FinnError
        There is no deployment, or its bitstream cannot be loaded or is of another build.
    """
    folder = connection.path(remote_dir)
    session = connection.sessions.get(folder)
    if isinstance(session, Session) and session.is_open:
        return session
    connection.sessions[folder] = opened = Session(connection, folder)
    return opened
