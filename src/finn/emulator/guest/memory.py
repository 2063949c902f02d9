"""Buffers behind a data cache that the DMA does not see into, as on a real HP port.

The processor works on a copy. It reaches memory when it is flushed, and also at random moments,
since a cache evicts when it likes; what the DMA wrote is seen only after an invalidation.
"""

from __future__ import annotations

import random
import weakref

import numpy as np

from .link import Link

__all__ = ("Cache", "CachedBuffer")

PAGE = 4096
LINE = 32  # bytes of a cache line of the Cortex-A9
EVICTION_CHANCE = 0.02
EVICTED_LINES = 64


class CachedBuffer:
    """One allocation: the processor's copy, and the memory as it was when they last met.

    Attributes
    ----------
    address
        Physical address.
    data
        (bytes,) uint8: what the processor reads and writes.
    """

    def __init__(self, link: Link, size: int, coherent: bool) -> None:
        self.address = link.allocate(size)
        self._link, self._size = link, size
        offset = self.address - int(link.info["dram_base"])
        padded = -(-size // LINE) * LINE
        self._memory = np.frombuffer(link.memory, np.uint8, padded, offset)
        # What lies around the buffer, up to the next page and one more: nothing may write there.
        self._around = [
            np.frombuffer(link.memory, np.uint8, PAGE, offset - PAGE),
            np.frombuffer(link.memory, np.uint8, -size % PAGE + PAGE, offset + size),
        ]
        self._guards = [part.tobytes() for part in self._around]
        self.data = self._memory[:size] if coherent else self._memory.copy()
        self._known = self._memory if coherent else self.data.copy()
        self._coherent = coherent

    def flush(self, offset: int, size: int) -> None:
        """Write the dirty lines of a range to memory."""
        self._write_back(offset // LINE, -(-(offset + size) // LINE))

    def invalidate(self, offset: int, size: int) -> None:
        """Drop the copy of a range, dirty lines as well; what is read next comes from memory."""
        if [part.tobytes() for part in self._around] != self._guards:
            self._link.check(self.address)
        lines = slice(offset // LINE * LINE, -(-(offset + size) // LINE) * LINE)
        self.data[lines] = self._memory[lines]
        self._known[lines] = self._memory[lines]

    def evict(self, choose: random.Random) -> None:
        """Write back some dirty lines somewhere."""
        lines = self._known.size // LINE
        if self._coherent or not lines:
            return
        first = choose.randrange(lines)
        self._write_back(first, min(first + EVICTED_LINES, lines))

    def _write_back(self, first: int, last: int) -> None:
        part = slice(first * LINE, last * LINE)
        ours = self.data[part].view(np.uint64)
        known = self._known[part].view(np.uint64)
        dirty = (ours != known).reshape(-1, LINE // 8).any(axis=1)
        self._memory[part].reshape(-1, LINE)[dirty] = self.data[part].reshape(-1, LINE)[dirty]
        known[...] = ours


class Cache:
    """All live buffers of a process; evicts lines at seeded random moments."""

    def __init__(self, link: Link, choose: random.Random) -> None:
        self._link, self._choose = link, choose
        self._buffers: weakref.WeakSet[CachedBuffer] = weakref.WeakSet()

    def add(self, buffer: CachedBuffer) -> None:
        """Let lines of ``buffer`` be evicted from now on, until nobody uses it."""
        self._buffers.add(buffer)

    def evict_sometimes(self) -> None:
        """Called at each bus access: now and then, write back a few dirty lines of one buffer."""
        if self._choose.random() >= EVICTION_CHANCE or not self._buffers:
            return
        self._choose.choice(sorted(self._buffers, key=lambda buffer: buffer.address)).evict(self._choose)
