"""Waits for a run, and finds out that it will never end.

Time does not count, since an emulated board is thousands of times slower than a real one: a wait
ends when, by the shell's own counters, no word has moved for many cycles and many polls.
"""

from typing import List, Tuple

from . import BoardError
from .dma import EAGER_POLLS, Dma, pause

__all__ = ("wait_for",)

STUCK_CYCLES = 200000
STUCK_FRAMES = 256
STUCK_POLLS = 1000
STUCK_CLOCK_POLLS = 20000
DOUBT = 4  # words that have to be missing, in widths of what is not known of the counters


def wait_for(dmas: List[Dma], frame_cycles: int, frame_words: int) -> None:
    """Return when all have done their run.

    Parameters
    ----------
    dmas
        The DMA that ends last comes first.
    frame_cycles
        Cycles that a frame is expected to take.
    frame_words
        Words of a frame on the stream that has most of them.

    Raises
    ------
    BoardError
        A run ended early, or no word has moved for long; the text says why, or which side stands still.
    """
    for dma in dmas:
        _wait(dma, dmas, frame_cycles, max(frame_words, 1))


class _Progress(object):
    """Whether words move, from counters that go on while they are read one by one.

    Words are the cycles that are neither of the two stalls. Cycles are read before the stalls and
    after them, which bounds the words from both sides; as long as nothing moves, all the bounds
    have a number in common.
    """

    def __init__(self, dmas: List[Dma]) -> None:
        self._dmas = dmas
        self._bounds: List[Tuple[int, int]] = []

    def look(self) -> bool:
        """Whether a word is certain to have moved since this was true the last time."""
        seen = [_words(dma) for dma in self._dmas]
        common = [(max(a, c), min(b, d)) for (a, b), (c, d) in zip(self._bounds, seen)]
        moved = not common or any(low > high for low, high in common)
        self._bounds = seen if moved else common
        return moved

    @property
    def doubt(self) -> int:
        """How many words may have moved unnoticed."""
        return max(high - low for low, high in self._bounds)


def _words(dma: Dma) -> Tuple[int, int]:
    first = dma.cycles
    stalls = sum(dma.stalls)
    return first - stalls, dma.cycles - stalls


def _wait(dma: Dma, dmas: List[Dma], frame_cycles: int, frame_words: int) -> None:
    progress = _Progress(dmas)
    since, poll = (0, 0), 0
    while not _ended(dma, dmas):
        poll += 1
        if poll % EAGER_POLLS == 0:
            cycles = dma.cycles
            if progress.look():
                since = (cycles, poll)
            frames = max(STUCK_FRAMES, DOUBT * progress.doubt // frame_words)
            limit = max(STUCK_CYCLES, frames * frame_cycles)
            if cycles - since[0] > limit and poll - since[1] > STUCK_POLLS:
                raise BoardError(_stuck(dmas))
            if cycles == since[0] and poll - since[1] > STUCK_CLOCK_POLLS:
                raise BoardError("the accelerator's clock stands still; check the board's clock settings")
        pause(poll)


def _ended(dma: Dma, dmas: List[Dma]) -> bool:
    """Whether a run is done; BoardError if it ended before its last word."""
    done, idle = dma.state()
    if idle and not done:
        # An error of one DMA stops all of them.
        for each in dmas:
            each.check_errors()
        raise BoardError("%s was stopped in mid-run; is another program using the board?" % dma.name)
    return done


def _stuck(dmas: List[Dma]) -> str:
    sides = []
    for dma in dmas:
        memory, network = dma.stalls
        if not dma.state()[0]:
            sides.append("%s waits for the %s" % (dma.name, "memory" if memory > network else "network"))
    return "the accelerator makes no progress: %s; load the bitstream again" % ", ".join(sides)
