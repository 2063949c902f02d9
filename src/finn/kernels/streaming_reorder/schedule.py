"""When a StreamingReorder gives beats back, and how many it must hold to lose no cycle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from finn.kernels.base import IntArray
from finn.kernels.read_ring import READ_TO_WRITE, WRITE_TO_READ

__all__ = ("Reading",)

# The first frames fill the ring.
FRAMES = 4


@dataclass(frozen=True, eq=False)
class Reading:
    """Which beats of a frame are read, in order.

    Attributes
    ----------
    frame
        Beats of a frame.
    outer, middle, inner
        Beat of a read: the sum of one entry of each, the last one's changing fastest.
    """

    frame: int
    outer: IntArray
    middle: IntArray
    inner: IntArray

    def beats(self) -> IntArray:
        """(outer steps, reads of a step)."""
        step = np.add.outer(self.middle, self.inner).reshape(-1)
        return np.add.outer(self.outer, step)

    def returned(self) -> IntArray:
        """Beats that are given back with each outer step: those that no later one needs.

        With the last one all of the frame are.
        """
        least = np.append(self.beats().min(axis=1), self.frame)
        needed = np.minimum.accumulate(least[::-1])[::-1]
        return np.diff(np.append(0, needed[1:]))

    def ways(self) -> tuple[IntArray, IntArray, IntArray]:
        """For each step of the outer, middle and inner loop the way from its last read to the next one."""
        inner = np.append(np.diff(self.inner), 0)
        back = self.inner[0] - self.inner[-1]
        middle = np.append(np.diff(self.middle), 0) + back
        back += self.middle[0] - self.middle[-1]
        outer = np.append(np.diff(self.outer), self.frame + self.outer[0] - self.outer[-1]) + back
        return outer, middle, inner

    def least_depth(self) -> int:
        """Beats that the ring must hold for one frame every max(input beats, output beats) cycles.

        Where reads are the slower side they go on without a pause, and every beat is written as late as
        that allows; else beats are written without a pause, and read as early as that allows.
        """
        beats = self.beats()
        reads = (np.arange(FRAMES)[:, None] * self.frame + beats.reshape(-1)).reshape(-1)
        cycles, words = np.arange(len(reads)), np.arange(FRAMES * self.frame)
        if beats.size >= self.frame:
            written = self._latest(reads, cycles, words)
        else:
            written = words
            cycles = cycles + np.maximum.accumulate(reads + WRITE_TO_READ - cycles)
        ended = cycles[beats.shape[1] - 1 :: beats.shape[1]]
        settled = words[-2 * self.frame : -self.frame]
        done = np.searchsorted(ended, written[settled] - READ_TO_WRITE, side="right")
        given_back = np.append(0, np.cumsum(np.tile(self.returned(), FRAMES)))[done]
        return int(np.max(settled - given_back)) + 1

    @staticmethod
    def _latest(reads: IntArray, cycles: IntArray, words: IntArray) -> IntArray:
        """The latest cycle in which each word can be written, one a cycle."""
        deadline = np.full(len(words), int(cycles[-1]) + len(words))
        np.minimum.at(deadline, reads, cycles - WRITE_TO_READ)
        return np.asarray(np.minimum.accumulate((deadline - words)[::-1])[::-1] + words)
