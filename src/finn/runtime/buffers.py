"""Two slots of physically contiguous memory for each DMA: one is used while the other runs."""

from typing import Any, Callable, Dict, List

import numpy as np

from . import BoardError
from .description import Port
from .dma import ALIGNMENT

__all__ = ("PAGE", "SLOTS", "Slots")

SLOTS = 2
PAGE = 4096  # slots begin at multiples of it, so that no cache line and no burst belongs to two


class Slots(object):
    """The memory of all DMAs of a design.

    Parameters
    ----------
    ports
        The DMAs.
    allocate
        ``pynq.allocate``: called with ``shape`` and ``dtype``.
    """

    def __init__(self, ports: List[Port], allocate: Callable[..., Any]) -> None:
        self._ports, self._allocate = ports, allocate
        self._buffers: Dict[str, Any] = {}

    def fit(self, frames: int) -> bool:
        """Whether a slot takes ``frames`` frames."""
        buffers = self._buffers
        return all(
            p.dma in buffers and _slot_bytes(p, frames) <= _stride(buffers[p.dma]) for p in self._ports
        )

    def grow(self, frames: int) -> None:
        """Make slots of ``frames`` frames; what lies in the present ones is lost.

        Raises
        ------
        BoardError
            There is not enough memory, or it lies where the DMA cannot go.
        """
        self.release()
        for port in self._ports:
            self._buffers[port.dma] = self._new(SLOTS * _slot_bytes(port, frames))

    def release(self) -> None:
        """Give all memory back."""
        while self._buffers:
            self._buffers.popitem()[1].freebuffer()

    def view(self, port: Port, slot: int, frames: int) -> np.ndarray:
        """(frames, bytes per frame) uint8 in the DMA's own memory."""
        first = slot * _stride(self._buffers[port.dma])
        memory = np.asarray(self._buffers[port.dma])[first : first + frames * port.bytes_per_frame]
        return memory.reshape(frames, port.bytes_per_frame)

    def address(self, port: Port, slot: int) -> int:
        """Physical address of a slot."""
        buffer = self._buffers[port.dma]
        return int(buffer.device_address) + slot * _stride(buffer)

    def flush(self, port: Port, slot: int, frames: int) -> None:
        """Let the DMA see what the processor wrote."""
        self._lines(port, slot, frames).flush()

    def invalidate(self, port: Port, slot: int, frames: int) -> None:
        """Let the processor see what the DMA wrote; nothing older is written over it later."""
        self._lines(port, slot, frames).invalidate()

    def _lines(self, port: Port, slot: int, frames: int) -> Any:
        """Whole blocks: the DMA reads to the end of the last one."""
        buffer = self._buffers[port.dma]
        first = slot * _stride(buffer)
        return buffer[first : first + _whole(frames * port.bytes_per_frame, ALIGNMENT)]

    def _new(self, size: int) -> Any:
        try:
            buffer = self._allocate(shape=(size,), dtype=np.uint8)
        except Exception as error:
            raise BoardError("a buffer of %d bytes cannot be allocated: %s" % (size, error))
        if buffer.nbytes < size:
            raise BoardError("a buffer of %d bytes was asked for, and %d were given" % (size, buffer.nbytes))
        address = int(buffer.device_address)
        if address % PAGE:
            raise BoardError("a buffer lies at %#x, which is no multiple of %d" % (address, PAGE))
        return buffer


def _whole(size: int, unit: int) -> int:
    return -(-size // unit) * unit


def _slot_bytes(port: Port, frames: int) -> int:
    return _whole(frames * port.bytes_per_frame, PAGE)


def _stride(buffer: Any) -> int:
    """Bytes from one slot to the next."""
    return int(buffer.nbytes) // SLOTS // PAGE * PAGE
