"""One I/O DMA of the shell: registers, a run, and what its counters say."""

import time
from typing import Any, Dict, List, Tuple

from . import BoardError

__all__ = ("ALIGNMENT", "REGISTER_BYTES", "Dma", "pause", "stop_all")

CONTROL, ADDRESS_LOW, ADDRESS_HIGH, FRAMES = 0x00, 0x10, 0x14, 0x1C
CYCLES_LOW, CYCLES_HIGH, MEMORY_STALLS, NETWORK_STALLS = 0x20, 0x24, 0x28, 0x2C
ERRORS, BUILD_ID, ABORT = 0x30, 0x34, 0x38
START, DONE, IDLE = 1, 2, 4
BAD_ADDRESS = 4
REGISTER_BYTES = 0x1000
ALIGNMENT = 128  # bytes of the blocks in which a buffer is spread over memory ports
WORD = 0xFFFFFFFF

EAGER_POLLS = 64
LONGEST_PAUSE = 0.002
ABORT_POLLS = 20000


class Dma(object):
    """The DMA called ``name`` (``idma0``, ``odma0``, ...).

    Attributes
    ----------
    mmio
        Anything with ``read(offset)`` and ``write(offset, value)``.
    address
        Physical address of its registers.
    """

    def __init__(self, name: str, mmio: Any, address: int = 0) -> None:
        self.name = name
        self.address = address
        self._mmio = mmio
        self._prepared: Dict[int, int] = {}

    def check_build(self, build_id: int) -> None:
        """BoardError unless the loaded bitstream is the build ``build_id``."""
        found = int(self._mmio.read(BUILD_ID))
        if found != build_id:
            raise BoardError(
                "the bitstream is of another build (%08x, not %08x); deploy the build again"
                % (found, build_id)
            )

    @property
    def idle(self) -> bool:
        """Whether nothing is outstanding."""
        return bool(self._mmio.read(CONTROL) & IDLE)

    def state(self) -> Tuple[bool, bool]:
        """Whether the last run has ended with its last word, and whether nothing is outstanding."""
        control = int(self._mmio.read(CONTROL))
        return bool(control & DONE), bool(control & IDLE)

    def prepare(self, address: int, frames: int) -> None:
        """Let the next run move ``frames`` frames from or to the physical ``address``."""
        wanted = {ADDRESS_LOW: address & WORD, ADDRESS_HIGH: address >> 32, FRAMES: int(frames)}
        for offset, value in wanted.items():
            if self._prepared.get(offset) != value:
                self._mmio.write(offset, value)
                self._prepared[offset] = value

    def start(self) -> None:
        """Start a run as prepared."""
        self._mmio.write(CONTROL, START)

    def abort(self) -> None:
        """Ask the shell to drain and reset everything; it takes the request back itself."""
        self._mmio.write(ABORT, 1)

    @property
    def cycles(self) -> int:
        """Clock cycles of the last run, or of the present one so far."""
        high = int(self._mmio.read(CYCLES_HIGH))
        low = int(self._mmio.read(CYCLES_LOW))
        again = int(self._mmio.read(CYCLES_HIGH))
        return (again << 32 | int(self._mmio.read(CYCLES_LOW))) if again != high else high << 32 | low

    @property
    def stalls(self) -> Tuple[int, int]:
        """Cycles that the last run stood still for the memory and for the network."""
        return int(self._mmio.read(MEMORY_STALLS)), int(self._mmio.read(NETWORK_STALLS))

    def check_frames(self) -> None:
        """BoardError unless the run that has ended was the one that was prepared."""
        found = int(self._mmio.read(FRAMES))
        if found != self._prepared[FRAMES]:
            raise BoardError(
                "%s moved %d frames, not %d; is another program using the board?"
                % (self.name, found, self._prepared[FRAMES])
            )

    def check_errors(self) -> None:
        """BoardError if the buffer's address or the memory refused a transfer."""
        flags = int(self._mmio.read(ERRORS))
        if flags & BAD_ADDRESS:
            raise BoardError(
                "%s refused its buffer: addresses must be multiples of %d" % (self.name, ALIGNMENT)
            )
        if flags:
            raise BoardError(
                "the memory refused a transfer of %s (AXI error flags %#x); the outputs are void"
                % (self.name, flags)
            )


def stop_all(dmas: List[Dma]) -> None:
    """Abort whatever a former client left behind; BoardError if the shell does not become idle."""
    if all(dma.idle for dma in dmas):
        return
    for dma in dmas:
        dma.abort()
    for attempt in range(ABORT_POLLS):
        if all(dma.idle for dma in dmas):
            return
        pause(attempt)
    raise BoardError("the accelerator does not stop; switch the board off and on")


def pause(poll: int) -> None:
    """Poll without a break at first, then more and more seldom."""
    if poll > EAGER_POLLS:
        time.sleep(min(LONGEST_PAUSE, 1e-6 * poll))
