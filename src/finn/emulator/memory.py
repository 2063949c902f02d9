"""The emulated board's memory: never zeroed, handed out in pages between guard pages."""

from __future__ import annotations

import mmap
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

__all__ = ("Memory", "MemoryFault")

PAGE = 4096
FAST_FILES = Path("/dev/shm")


class MemoryFault(Exception):
    """A buffer that cannot be had, or one that something wrote beyond, told in one sentence."""


@dataclass(frozen=True)
class _Block:
    size: int
    first_page: int
    pages: int


class Memory:
    """The physically contiguous memory that buffers come from, shared by file descriptor.

    Attributes
    ----------
    base, size
        Physical window in bytes.
    descriptor
        File that holds the window; it has no name, so that it ends with the last process.
    view
        (size,) uint8 view of the window.
    """

    def __init__(
        self,
        base: int,
        size: int,
        seed: int,
        descriptor: int | None = None,
        blocks: list[list[int]] | None = None,
    ) -> None:
        self.base, self.size = base, size
        self.descriptor = _unnamed_file(size) if descriptor is None else descriptor
        self._map = mmap.mmap(self.descriptor, size)
        self.view = np.frombuffer(self._map, np.uint8)
        self._random = np.random.default_rng(seed)
        self._guard = self._random.integers(0, 256, PAGE, np.uint8)
        self._blocks = {base + (first + 1) * PAGE: _Block(size, first, n) for size, first, n in blocks or []}
        self._written = max((b.first_page + b.pages for b in self._blocks.values()), default=0) * PAGE

    def blocks(self) -> list[list[int]]:
        """All buffers, as a process that takes over wants them."""
        return [[block.size, block.first_page, block.pages] for block in self._blocks.values()]

    def allocate(self, size: int) -> int:
        """Physical address of ``size`` bytes with whatever they held; MemoryFault if none are free."""
        pages = max(1, -(-size // PAGE)) + 2
        first = self._free_pages(pages)
        self._fill_unused((first + pages) * PAGE)
        address = self.base + (first + 1) * PAGE
        self._blocks[address] = _Block(size, first, pages)
        for part in self._guards(address):
            part[:] = self._guard[: part.size]
        return address

    def free(self, address: int) -> None:
        """Give a buffer back; MemoryFault if something wrote beyond it."""
        try:
            self.check(address)
        finally:
            self._blocks.pop(address, None)

    def check(self, address: int) -> None:
        """MemoryFault if ``address`` is no buffer, or if something wrote beyond that buffer."""
        if address not in self._blocks:
            raise MemoryFault(f"there is no buffer at {address:#x}")
        for part in self._guards(address):
            changed = np.flatnonzero(part != self._guard[: part.size])
            if changed.size:
                where = self.base + int(part.ctypes.data - self.view.ctypes.data) + int(changed[0])
                size = self._blocks[address].size
                part[:] = self._guard[: part.size]
                raise MemoryFault(
                    f"the buffer of {size} bytes at {address:#x} was overrun: "
                    f"the guard byte at {where:#x} was written"
                )

    def _free_pages(self, pages: int) -> int:
        position = 0
        for block in sorted(self._blocks.values(), key=lambda block: block.first_page):
            if block.first_page - position >= pages:
                return position
            position = block.first_page + block.pages
        if position + pages > self.size // PAGE:
            raise MemoryFault(
                f"a buffer of {(pages - 2) * PAGE} bytes cannot be allocated: "
                f"the board has {self.size >> 20} MB of contiguous memory"
            )
        return position

    def _fill_unused(self, end: int) -> None:
        """Give memory that was never handed out arbitrary contents, as after power-on."""
        if end > self._written:
            self.view[self._written : end] = self._random.integers(0, 256, end - self._written, np.uint8)
            self._written = end

    def _guards(self, address: int) -> list[np.ndarray]:
        block = self._blocks[address]
        start = block.first_page * PAGE
        data = start + PAGE
        end = start + block.pages * PAGE
        tail = self.view[data + block.size : end - PAGE]
        return [self.view[start:data], tail, self.view[end - PAGE : end]]


def _unnamed_file(size: int) -> int:
    directory = FAST_FILES if os.access(FAST_FILES, os.W_OK) else None
    with tempfile.TemporaryFile(dir=directory) as file:
        file.truncate(size)
        return os.dup(file.fileno())
