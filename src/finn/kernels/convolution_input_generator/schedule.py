"""How many beats a ConvolutionInputGenerator must hold to lose no cycle, between frames either."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from finn.kernels.base import IntArray
from finn.kernels.read_ring import READ_TO_WRITE, WRITE_TO_READ

__all__ = ("Geometry", "least_depth")


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

    def returned_beats(self) -> tuple[list[int], list[int], list[int]]:
        """Beats given back with each row of a kernel: of a window inside a line, a line's last, an image's.

        All beats before the next window's first are given back, but none that a later row of this one needs.
        """
        rows = self.dilation[0] * self.width * self.folds * np.arange(1, self.kernel[0])
        line = self.stride[0] * self.width - (self.windows[1] - 1) * self.stride[1]
        image = self.frame_beats - int(self.first_beats()[-1])
        ways = (self.stride[1] * self.folds, line * self.folds, image)
        window, line_end, image_end = (np.diff([0, *np.minimum(rows, way), way]).tolist() for way in ways)
        if len(rows):
            # A line's last window gives back no more than twice.
            line_end = [line_end[0], *[0] * (len(rows) - 1), sum(line_end[1:])]
        return window, line_end, image_end

    def returns(self, frames: int) -> IntArray:
        """Beats that have been given back after each row of each window's kernel, in reading order."""
        window, line_end, image_end = self.returned_beats()
        down, across = self.windows
        line = [window] * (across - 1)
        image = [*line, line_end] * (down - 1) + [*line, image_end]
        return np.cumsum(np.tile(np.array(image).reshape(-1), frames))


@lru_cache(maxsize=4096)
def least_depth(geometry: Geometry) -> int:
    """Beats that the ring must hold for one frame every max(input beats, output beats) cycles.

    Where windows are the slower side they are read without a pause, and every word is written as
    late as that allows; else words are written without a pause, and every window is read as early
    as they allow. What is written and not yet given back then is the least that must be held.
    """
    frame, taken = geometry.frame_beats, geometry.window_beats
    # The first frames fill the ring and the way through it.
    frames = 3 + (WRITE_TO_READ + READ_TO_WRITE) // frame
    begin = (np.arange(frames)[:, None] * frame + geometry.first_beats()).reshape(-1)
    reads = np.arange(len(begin) * taken)
    if geometry.output_beats >= frame:
        written = _latest(geometry, begin, reads[::taken], frames * frame)
    else:
        written = np.arange(frames * frame)
        words = (begin[:, None] + geometry.kernel_beats()).reshape(-1)
        reads += np.maximum.accumulate(words + WRITE_TO_READ - reads)
    row = taken // geometry.kernel[0]
    ended = reads[row - 1 :: row]
    words = np.arange((frames - 2) * frame, (frames - 1) * frame)
    rows_read = np.searchsorted(ended, written[words] - READ_TO_WRITE, side="right")
    kept = np.append(0, geometry.returns(frames))[rows_read]
    return int(np.max(words - kept)) + 1


def _latest(geometry: Geometry, begin: IntArray, start: IntArray, words: int) -> IntArray:
    """The latest cycle in which each word can be written, one a cycle, for windows read from ``start`` on."""
    inside, folds = geometry.kernel_beats(), geometry.folds
    never = int(start[-1]) + words + len(inside)
    deadline = np.full(((words + int(inside.max())) // folds + 1, folds), never)
    # Of windows with the same first pixel the earliest is written last, and stays.
    pixels, cycles = begin[::-1] // folds, (start[::-1] - WRITE_TO_READ)[:, None] + np.arange(folds)
    for place, offset in zip(inside[::folds] // folds, range(0, len(inside), folds), strict=True):
        read = pixels + place
        deadline[read] = np.minimum(deadline[read], cycles + offset)
    back = deadline.reshape(-1)[:words][::-1] + np.arange(words)
    return np.asarray(np.minimum.accumulate(back)[::-1] - np.arange(words)[::-1])
