"""A deployment on a board that runs one batch after the other, whatever happens to the connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finn.errors import FinnError
from finn.remote.address import UnreachableError
from finn.remote.background import wait
from finn.remote.connection import Connection
from finn.remote.driver import DriverProcess, Header, RefusalError
from finn.remote.persistence import persistently
from finn.runtime.protocol import ProtocolError, split_payload

__all__ = ("ByteArray", "Session", "open_session")

ByteArray = NDArray[np.uint8]
SLICE_BYTES = 1 << 23  # of a batch at a time, in either direction
SUMMED = ("throughput[images/s]", "batch_size")
SAME_DESIGN = ("build_id", "inputs", "outputs")
Watch = Callable[[dict[str, Any]], None]


class Session:
    """One deployment, loaded and ready; made by `open_session`.

    Where the connection breaks, it is made again and what had not been answered is asked again: a
    run depends on nothing but its inputs. Answers of the old connection cannot arrive any more.
    Coroutines run on the background thread.

    Attributes
    ----------
    information
        What the board said when it was ready: ``name``, ``build_id``, ``emulated``, ``fclk_mhz``, ...
    """

    def __init__(self, connection: Connection, folder: str) -> None:
        self._connection, self._folder = connection, folder
        self._lock = asyncio.Lock()
        self._requests = 0
        self._ended = False
        self.information: Header = {}
        self._driver = DriverProcess(connection, folder)

    @property
    def name(self) -> str:
        """The board, as ``user@host:port``."""
        return self._connection.address.name

    @property
    def is_open(self) -> bool:
        """Whether it takes requests; it does so while a broken connection may come back."""
        return not self._ended

    async def start(self) -> None:
        """Start the process on the board; raises as `open_session`."""
        try:
            await persistently(self._connection, self._ensure_driver)
        except BaseException:
            self._end()
            raise

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
        return wait(self.run(packed))

    async def run(self, packed: Sequence[ByteArray]) -> list[ByteArray]:
        """As `execute`; in slices, so that neither side holds more of a large batch than one."""
        frames = len(packed[0]) if packed else 0
        step = self.frames_at_once
        async with self._lock:
            parts = [
                await self._execute([array[first : first + step] for array in packed])
                for first in range(0, max(frames, 1), step)
            ]
        return parts[0] if len(parts) == 1 else [np.concatenate(part) for part in zip(*parts, strict=True)]

    def throughput_test(self, batchsize: int, watch: Watch | None = None) -> dict[str, Any]:
        """Metrics of a batch of random frames, measured on the board; raises as `execute`.

        ``watch`` is called with the figures so far and the ``board``, several times a second.
        """
        return wait(self.measure(batchsize, watch))

    async def measure(self, batchsize: int, watch: Watch | None = None) -> dict[str, Any]:
        """As `throughput_test`."""
        header = {"kind": "throughput", "batch": int(batchsize), "watch": watch is not None}
        told = None if watch is None else lambda figures: watch({**figures, "board": self.name})
        async with self._lock:
            answer, _ = await self._ask(header, [], told)
        metrics: Any = answer.get("metrics")
        if answer["kind"] != "metrics" or not _are_metrics(metrics):
            raise self._nonsense("there are no metrics in its answer")
        return dict(metrics)

    def close(self) -> None:
        """End the process on the board; the connection stays."""
        self._end()
        wait(self._driver.end())

    @property
    def frames_at_once(self) -> int:
        """Frames of one request."""
        frame = int(max(sum(self.information["inputs"]), sum(self.information["outputs"])))
        return max(1, SLICE_BYTES // frame)

    async def _execute(self, packed: Sequence[ByteArray]) -> list[ByteArray]:
        raw = [np.ascontiguousarray(array, np.uint8).reshape(-1).data for array in packed]
        header = {"kind": "execute", "inputs": [len(part) for part in raw]}
        answer, payload = await self._ask(header, raw)
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

    async def _ask(
        self, header: Header, parts: Sequence[Any], watch: Watch | None = None
    ) -> tuple[Header, bytes]:
        """One request and its answer, on as many connections as it takes."""
        if self._ended:
            raise FinnError("the session with the board is closed; open it again")
        self._requests += 1
        numbered = {**header, "id": self._requests}

        async def asked() -> tuple[Header, bytes]:
            await self._ensure_driver()
            return await self._driver.ask(numbered, parts, watch)

        try:
            return await persistently(self._connection, asked)
        except (RefusalError, UnreachableError):
            raise
        except BaseException:
            self._end()
            raise

    async def _ensure_driver(self) -> None:
        """Make sure that the process is there, and is the one that it was."""
        if self._driver.is_open:
            return
        self._driver = DriverProcess(self._connection, self._folder)
        information = await self._driver.start()
        if self.information and any(self.information[k] != information.get(k) for k in SAME_DESIGN):
            raise self._nonsense("it has another design than before the connection was lost")
        self.information = information

    def _nonsense(self, text: str) -> FinnError:
        self._end()
        return self._driver.nonsense(text)

    def _end(self) -> None:
        self._ended = True
        if self._connection.sessions.get(self._folder) is self:
            del self._connection.sessions[self._folder]


def _are_metrics(value: Any) -> bool:
    """Whether these are texts and numbers by name, those of which sums are made among them."""
    return (
        isinstance(value, dict)
        and all(type(each) in (int, float, str) for each in value.values())
        and all(type(value.get(key)) in (int, float) for key in SUMMED)
    )


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
        There is no deployment, it is damaged, or its bitstream cannot be loaded or is of another build.
    """
    folder = connection.path(remote_dir)
    session = connection.sessions.get(folder)
    if isinstance(session, Session) and session.is_open:
        return session
    opened = Session(connection, folder)
    wait(opened.start())
    connection.sessions[folder] = opened
    return opened
