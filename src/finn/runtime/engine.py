"""A loaded design: its DMAs, their memory, and a run of one slot."""

from typing import Any, Callable, Dict, List, Optional, Sequence

import numpy as np

from . import BoardError
from .buffers import Slots
from .description import Description, Port
from .dma import Dma, stop_all
from .waiting import wait_for

__all__ = ("Engine",)


class Engine(object):
    """Runs frames from the input slots to the output slots.

    Parameters
    ----------
    description
        What the design is.
    dmas
        Its DMAs by name.
    allocate
        ``pynq.allocate``.

    Attributes
    ----------
    slots
        The memory.
    sound
        Whether all runs so far ended as they should; the design has to be loaded again otherwise.
    """

    def __init__(self, description: Description, dmas: Dict[str, Dma], allocate: Callable[..., Any]) -> None:
        self._inputs, self._outputs = description.inputs, description.outputs
        self._frame_cycles = description.expected_cycles_per_frame
        self._frame_words = max(port.words_per_frame for port in description.ports)
        # Outputs first: no word may arrive before somebody takes it.
        self._ports: List[Port] = self._outputs + self._inputs
        self._dmas = [dmas[port.dma] for port in self._ports]
        self.slots = Slots(self._ports, allocate)
        self.sound = True
        self._stuck: Optional[BoardError] = None

    def inputs(self, slot: int, frames: int) -> List[np.ndarray]:
        """Where the input frames go: (frames, bytes per frame) uint8 each."""
        return [self.slots.view(port, slot, frames) for port in self._inputs]

    def publish(self, slot: int, frames: int) -> None:
        """Let the DMAs see the input frames."""
        for port in self._inputs:
            self.slots.flush(port, slot, frames)

    def outputs(self, slot: int, frames: int) -> List[np.ndarray]:
        """The frames that a run has written; valid until the slot runs again."""
        for port in self._outputs:
            self.slots.invalidate(port, slot, frames)
        return [self.slots.view(port, slot, frames) for port in self._outputs]

    def start(self, slot: int, frames: int) -> None:
        """Start a run of ``frames`` frames and return at once."""
        if self._stuck:
            raise self._stuck
        for port in self._outputs:
            # A dirty cache line evicted later would overwrite the result.
            self.slots.invalidate(port, slot, frames)
        for port, dma in zip(self._ports, self._dmas):
            dma.prepare(self.slots.address(port, slot), frames)
        for dma in self._dmas:
            dma.start()

    def wait(self) -> None:
        """Return when the run has ended.

        Raises
        ------
        BoardError
            It makes no progress, was interfered with, or the memory refused a transfer.
        """
        try:
            wait_for(self._dmas, self._frame_cycles, self._frame_words)
            for dma in self._dmas:
                dma.check_errors()
                dma.check_frames()
        except BaseException:
            self.stop()
            raise

    def load(self, packed: Sequence[np.ndarray]) -> None:
        """Copy (frames, bytes per frame) uint8 of each input to the first slot."""
        frames = len(packed[0])
        if not self.slots.fit(frames):
            self.slots.grow(frames)
        for view, array in zip(self.inputs(0, frames), packed):
            view[:] = array
        self.publish(0, frames)

    def run(self, frames: int) -> None:
        """Run what lies in the first slot, from beginning to end."""
        self.start(0, frames)
        self.wait()

    def stop(self) -> None:
        """End whatever runs, so that nothing writes to the memory any more."""
        self.sound = False
        if self._stuck:
            return
        try:
            stop_all(self._dmas)
        except BoardError as error:
            self._stuck = error
