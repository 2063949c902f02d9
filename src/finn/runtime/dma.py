"""One I/O DMA of the shell: registers, a run, and what its counters say."""

import time
from typing import Any, List, Tuple

from . import BoardError

__all__ = ("ALIGNMENT", "Dma", "stop_all", "wait_for")

CONTROL, ADDRESS_LOW, ADDRESS_HIGH, FRAMES = 0x00, 0x10, 0x14, 0x1C
CYCLES_LOW, CYCLES_HIGH, MEMORY_STALLS, NETWORK_STALLS = 0x20, 0x24, 0x28, 0x2C
ERRORS, BUILD_ID, ABORT = 0x30, 0x34, 0x38
START, DONE, IDLE = 1, 2, 4
BAD_ADDRESS = 4
REGISTER_BYTES = 0x1000
ALIGNMENT = 128  # bytes of the blocks in which a buffer is spread over memory ports
WORD = 0xFFFFFFFF

# A wait gives up after so many cycles, and so many looks, without one more word moved. Time does
# not count: an emulated board is thousands of times slower than a real one.
STUCK_CYCLES = 2000000
STUCK_FRAMES = 64
STUCK_POLLS = 2000
STUCK_CLOCK_POLLS = 20000
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
        self._prepared = (-1, -1)

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

    def finished(self) -> bool:
        """Whether the run has ended; BoardError if it ended before its last word."""
        control = int(self._mmio.read(CONTROL))
        if control & (DONE | IDLE) == IDLE:
            self.check_errors()
            raise BoardError("%s was stopped in mid-run; is another program using the board?" % self.name)
        return bool(control & DONE)

    def prepare(self, address: int, frames: int) -> None:
        """Let the next run move ``frames`` frames from or to the physical ``address``."""
        if (address, frames) == self._prepared:
            return
        self._mmio.write(ADDRESS_LOW, address & WORD)
        self._mmio.write(ADDRESS_HIGH, address >> 32)
        self._mmio.write(FRAMES, int(frames))
        self._prepared = (address, frames)

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
        _pause(attempt)
    raise BoardError("the accelerator does not stop; switch the board off and on")


def wait_for(dmas: List[Dma], frame_cycles: int) -> None:
    """Return when all have done their run.

    Parameters
    ----------
    dmas
        The DMA that ends last comes first.
    frame_cycles
        Cycles that a frame is expected to take.

    Raises
    ------
    BoardError
        No word has moved for millions of cycles; the text says which side stands still.
    """
    limit = max(STUCK_CYCLES, STUCK_FRAMES * frame_cycles)
    for dma in dmas:
        _wait(dma, dmas, limit)


def _wait(dma: Dma, dmas: List[Dma], limit: int) -> None:
    last: Tuple[int, ...] = ()
    since, poll = (0, 0), 0
    while not dma.finished():
        poll += 1
        if poll > EAGER_POLLS and poll % EAGER_POLLS == 0:
            cycles = dma.cycles
            moved = _progress(dmas)
            if moved != last:
                last, since = moved, (cycles, poll)
            elif cycles - since[0] > limit and poll - since[1] > STUCK_POLLS:
                raise BoardError(_stuck(dmas))
            elif cycles == since[0] and poll - since[1] > STUCK_CLOCK_POLLS:
                raise BoardError("the accelerator's clock stands still; check the board's clock settings")
        _pause(poll)


def _progress(dmas: List[Dma]) -> Tuple[int, ...]:
    """Cycles in which words moved, for each DMA: what is neither of the two stalls."""
    return tuple(dma.cycles - sum(dma.stalls) for dma in dmas)


def _stuck(dmas: List[Dma]) -> str:
    sides = []
    for dma in dmas:
        memory, network = dma.stalls
        if not dma.finished():
            sides.append("%s waits for the %s" % (dma.name, "memory" if memory > network else "network"))
    return "the accelerator makes no progress: %s; load the bitstream again" % ", ".join(sides)


def _pause(poll: int) -> None:
    """Poll without a break at first, then more and more seldom."""
    if poll > EAGER_POLLS:
        time.sleep(min(LONGEST_PAUSE, 1e-6 * poll))
