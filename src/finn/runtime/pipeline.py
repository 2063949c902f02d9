"""A batch of any size through two slots: one slice runs, the next is packed, the last unpacked."""

from concurrent.futures import Future
from typing import Any, List, Optional, Tuple

import numpy as np

from .engine import Engine

__all__ = ("Batch", "Pipeline")


class Batch(object):
    """A batch on its way; what its slices are is up to the class that is derived.

    Parameters
    ----------
    frames
        Its size.

    Attributes
    ----------
    future
        Gets the result, or the error that ended it.
    """

    def __init__(self, frames: int) -> None:
        self.frames = frames
        self.future: "Future[Any]" = Future()

    def fill(self, part: slice, views: List[np.ndarray]) -> None:
        """Write the frames ``part`` to memory, (frames, bytes per frame) uint8 for each input."""
        raise NotImplementedError

    def drain(self, part: slice, views: List[np.ndarray]) -> None:
        """Take the results of the frames ``part`` from memory, laid out likewise."""
        raise NotImplementedError

    def finish(self) -> Any:
        """The result, when all slices are drained."""
        raise NotImplementedError

    def fail(self, error: BaseException) -> None:
        """End with ``error`` unless it has ended already."""
        if not self.future.done():
            self.future.set_exception(error)


class Pipeline(object):
    """Keeps the accelerator busy while the processor works on the slices before and after.

    An error belongs to the batch that it happened to; others go on.

    Parameters
    ----------
    engine
        The loaded design.
    most
        Frames of the largest slice.
    """

    def __init__(self, engine: Engine, most: int) -> None:
        self._engine, self._most = engine, most
        self._slot = 0
        self._running: Optional[Tuple[Batch, slice, int]] = None

    def feed(self, batch: Batch) -> None:
        """Bring all slices of a batch on their way; the last may still run on return."""
        if not batch.future.set_running_or_notify_cancel():
            return
        for first in range(0, max(batch.frames, 1), self._most):
            self._push(batch, slice(first, min(first + self._most, batch.frames)))
            if batch.future.done():
                return

    def flush(self) -> None:
        """Wait for the slice that runs and hand its results over."""
        self._hand_over(self._finish())

    def abandon(self, error: BaseException) -> None:
        """End the batch that runs with ``error``; whoever gave the engine stops it."""
        if self._running is not None:
            self._running[0].fail(error)
            self._running = None

    def _push(self, batch: Batch, part: slice) -> None:
        try:
            self._load(batch, part)
        except Exception as error:
            self.flush()  # results come in the order of the batches, errors too
            batch.fail(error)
            return
        before = self._finish()
        self._start(batch, part)
        self._hand_over(before)

    def _load(self, batch: Batch, part: slice) -> None:
        """Fill the present slot, which is free by now."""
        frames = part.stop - part.start
        if not self._engine.slots.fit(frames):
            self.flush()
            self._engine.slots.grow(max(frames, 1))
        batch.fill(part, self._engine.inputs(self._slot, frames))
        self._engine.publish(self._slot, frames)

    def _start(self, batch: Batch, part: slice) -> None:
        """Start what the present slot holds, unless a slice of the same batch has failed meanwhile."""
        if batch.future.done():
            return
        if part.stop > part.start:
            try:
                self._engine.start(self._slot, part.stop - part.start)
            except Exception as error:
                batch.fail(error)
                return
        self._running = (batch, part, self._slot)
        self._slot = 1 - self._slot

    def _finish(self) -> Optional[Tuple[Batch, slice, int]]:
        """What ran, now that it has ended; None if nothing did or if it failed."""
        ran, self._running = self._running, None
        if ran is None:
            return None
        batch, part, _ = ran
        if part.stop > part.start:
            try:
                self._engine.wait()
            except Exception as error:
                batch.fail(error)
        return None if batch.future.done() else ran

    def _hand_over(self, ran: Optional[Tuple[Batch, slice, int]]) -> None:
        if ran is None:
            return
        batch, part, slot = ran
        try:
            batch.drain(part, self._engine.outputs(slot, part.stop - part.start))
            if part.stop == batch.frames:
                batch.future.set_result(batch.finish())
        except Exception as error:
            batch.fail(error)
