"""How many beats a ConvolutionInputGenerator must hold to lose no cycle, between frames either."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from finn.kernels.base import IntArray

__all__ = ("Geometry", "least_depth")

# Cycles from a write to the first read of the word, and from the read that ends a window to the first write
# into a place of that window.
WRITE_TO_READ = 1
READ_TO_WRITE = 2
FRAMES = 3


@dataclass(frozen=True)
class Geometry:
    """An image, a kernel's places on it, and beats of a pixel.

    Attributes
    ----------
    height, width
        The image, its padding included.
    folds
        Beats of a pixel.
    kernel, stride, dilation
        (vertical, horizontal).
    """

    height: int
    width: int
    folds: int
    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]

    @property
    def windows(self) -> tuple[int, int]:
        """Rows of windows, windows in a row."""
        return self._places(0, self.height), self._places(1, self.width)

    def _places(self, axis: int, size: int) -> int:
        reach = self.dilation[axis] * (self.kernel[axis] - 1) + 1
        return (size - reach) // self.stride[axis] + 1

    @property
    def frame_beats(self) -> int:
        """Beats of an image."""
        return self.height * self.width * self.folds

    @property
    def window_beats(self) -> int:
        """Beats of a window."""
        return self.kernel[0] * self.kernel[1] * self.folds

    @property
    def output_beats(self) -> int:
        """Beats of all windows of an image."""
        return self.windows[0] * self.windows[1] * self.window_beats

    def first_beats(self) -> IntArray:
        """For each window of an image the index of its first beat; ascending."""
        rows = np.arange(self.windows[0])[:, None] * self.stride[0] * self.width
        return ((rows + np.arange(self.windows[1]) * self.stride[1]) * self.folds).reshape(-1)

    def kernel_beats(self) -> IntArray:
        """Index of each beat of a window, in reading order, less that of its first."""
        rows = np.arange(self.kernel[0])[:, None, None] * self.dilation[0] * self.width
        columns = np.arange(self.kernel[1])[None, :, None] * self.dilation[1]
        return ((rows + columns) * self.folds + np.arange(self.folds)).reshape(-1)


@lru_cache(maxsize=4096)
def least_depth(geometry: Geometry) -> int:
    """Beats that the ring must hold for one frame every max(input beats, output beats) cycles.

    Where windows are the slower side they are read without a pause, and every word is written as
    late as that allows; else words are written without a pause, and every window is read as early
    as they allow. What is written and not yet given back then is the least that must be held.
    """
    first, inside = geometry.first_beats(), geometry.kernel_beats()
    frame, taken = geometry.frame_beats, geometry.window_beats
    windows = len(first)
    shift = np.repeat(np.arange(FRAMES), windows)
    begin = np.tile(first, FRAMES) + shift * frame
    if geometry.output_beats >= frame:
        start = np.arange(FRAMES * windows) * taken
        written = _latest(begin, inside, start, FRAMES * frame)
    else:
        written = np.arange(FRAMES * frame)
        # The latest word for its place in the reading order decides when a window may begin.
        lead = (begin[:, None] + inside - np.arange(taken)).max(axis=1) + WRITE_TO_READ
        start = np.arange(len(begin)) * taken + np.maximum.accumulate(lead - np.arange(len(begin)) * taken)
    # The read that ends window n gives back all before the first word of window n + 1.
    ended = start[:-1] + taken - 1
    words = np.arange(frame, 2 * frame)
    returned = np.searchsorted(ended, written[words] - READ_TO_WRITE, side="right")
    kept = np.where(returned > 0, begin[np.minimum(returned, len(begin) - 1)], 0)
    return int(np.max(words - kept)) + 1


def _latest(begin: IntArray, inside: IntArray, start: IntArray, words: int) -> IntArray:
    """The latest cycle in which each word can be written, one a cycle, for reads that begin at ``start``."""
    never = int(start[-1]) + words + len(inside)
    deadline = np.full(words + int(inside.max()) + 1, never)
    for offset, place in zip(range(len(inside)), inside.tolist(), strict=True):
        np.minimum.at(deadline, begin + place, start + offset - WRITE_TO_READ)
    back = deadline[:words][::-1] + np.arange(words)
    return np.asarray(np.minimum.accumulate(back)[::-1] - np.arange(words)[::-1])
