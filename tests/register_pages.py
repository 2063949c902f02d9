"""The registers of a DMA, in Python."""

from __future__ import annotations

from collections.abc import Callable

from finn.runtime import dma

RUNNING, DONE_IDLE, IDLE = 1, 6, 4


class Registers:
    """A register page; ``step`` is called at every read of the control register."""

    def __init__(self, step: Callable[[Registers], None] = lambda page: None, **values: int) -> None:
        self.values = {getattr(dma, name): value for name, value in values.items()}
        self.step = step
        self.written: list[tuple[int, int]] = []

    def read(self, offset: int) -> int:
        if offset == dma.CONTROL:
            self.step(self)
        return self.values.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        assert type(value) is int
        self.written.append((offset, value))

    def add(self, offset: int, amount: int) -> None:
        self.values[offset] = self.values.get(offset, 0) + amount
