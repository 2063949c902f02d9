"""Batches that are submitted go through the pipeline in a thread of their own, in their order."""

import queue
import threading
from concurrent.futures import Future
from typing import Any, Callable, Optional

from . import BoardError
from .pipeline import Batch

__all__ = ("Worker",)


class Worker(object):
    """The thread; it is started by the first batch.

    Parameters
    ----------
    session
        Makes a context in which the board is ours; it gives what takes batches (``feed``) and waits
        for the last of them (``flush``).
    """

    def __init__(self, session: Callable[[], Any]) -> None:
        self._session = session
        self._queue: Any = queue.Queue()
        self._thread: Optional[threading.Thread] = None
        self._closed = False

    def put(self, batch: Batch) -> "Future[Any]":
        """Run ``batch`` after all that were put before; BoardError after :meth:`close`."""
        if self._closed:
            raise BoardError("the accelerator is closed; open it again")
        self._queue.put(batch)
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="accelerator", daemon=True)
            self._thread.start()
        return batch.future

    def close(self, cancel: bool = False) -> None:
        """Wait for all batches, or cancel those that have not begun and wait for the one that has."""
        self._closed = True
        if self._thread is None:
            return
        while cancel:
            try:
                self._queue.get_nowait().future.cancel()
            except queue.Empty:
                break
        self._queue.put(None)
        self._thread.join()
        self._thread = None

    def _serve(self) -> None:
        for batch in iter(self._queue.get, None):
            try:
                self._stream(batch)
            except Exception as error:
                batch.fail(error)

    def _stream(self, batch: Batch) -> None:
        """This batch, and those that wait by the time that it is on its way."""
        with self._session() as pipeline:
            pipeline.feed(batch)
            while not self._queue.empty():
                following = self._queue.get()
                if following is None:
                    self._queue.put(None)
                    break
                pipeline.feed(following)
            pipeline.flush()
