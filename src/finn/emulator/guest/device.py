"""The emulated board as a ``pynq`` device: registers, clocks and non-coherent buffers."""

from __future__ import annotations

import os
import random
import sys
import weakref
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from .link import VARIABLE, Link
from .memory import Cache, CachedBuffer

__all__ = ("Registers", "register")

PRIORITY = 10


class Registers:
    """A window of 32-bit registers that stands in for the array of a ``/dev/mem`` mapping.

    Values wrap to 32 bits, slices are views, and every element that is touched is one bus access.
    """

    def __init__(self, link: Link, cache: Cache, base: int, count: int) -> None:
        self._link, self._cache, self._base = link, cache, base
        self.shape, self.dtype, self.ndim = (count,), np.dtype(np.uint32), 1
        self.nbytes = 4 * count

    def __len__(self) -> int:
        return int(self.shape[0])

    def view(self, dtype: Any = np.uint32) -> Registers:
        """The same registers; other widths than 32 bits are no access that this bus can make."""
        if np.dtype(dtype) != self.dtype:
            raise TypeError("registers can be accessed with 32 bits only")
        return self

    def _address(self, index: int) -> int:
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is out of bounds for {len(self)} registers")
        self._cache.evict_sometimes()
        return self._base + 4 * (index % len(self))

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if step != 1:
                raise IndexError("registers can be sliced with step 1 only")
            return Registers(self._link, self._cache, self._base + 4 * start, max(stop - start, 0))
        return np.uint32(self._link.read(self._address(int(index))))

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(index, slice):
            positions = range(*index.indices(len(self)))
            for position, word in zip(positions, np.broadcast_to(value, len(positions)), strict=True):
                self[position] = word
            return
        self._link.write(self._address(int(index)), int(value))

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        del copy
        return np.array([self[i] for i in range(len(self))], dtype=dtype or self.dtype)


class _EmulatedBoard:
    """One emulated board, reached through the socket that the environment names."""

    def __init__(self, path: str) -> None:
        super().__init__("finn_emulated_board")  # type: ignore[call-arg]
        self._link = Link(path)
        info = self._link.info
        self._cache = Cache(self._link, random.Random(info["seed"]))
        self.capabilities = {"MEMORY_MAPPED": True, "REGISTER_RW": False, "CALLABLE": False}
        self.name, self.arch, self.emulated = info["board"], info["arch"], True
        # pynq 3.0.1 asks the processor that it runs on, later versions ask the device.
        sys.modules["pynq.ps"].CPU_ARCH = self.arch  # type: ignore[attr-defined]
        # A folder of this board's own, where pynq has one in its installation.
        sys.modules["pynq.pl_server.global_state"].STATE_DIR = str(Path(path).parent)  # type: ignore[attr-defined]

    def mmap(self, base_addr: int, length: int) -> Registers:
        return Registers(self._link, self._cache, base_addr, length // 4)

    def get_bitfile_metadata(self, bitfile_name: str, partial: bool = False) -> Any:
        from pynqmetadata.frontends import Metadata  # type: ignore[import-not-found]

        try:
            from pynq.metadata.runtime_metadata_parser import RuntimeMetadataParser
        except ImportError:  # pynq 4
            from pynqmetadata.views.runtime import (  # type: ignore[import-not-found]
                RuntimeMetadataParser,
            )

        del partial
        parser = RuntimeMetadataParser(Metadata(input=str(Path(bitfile_name).with_suffix(".hwh"))))
        parser.refresh_hierarchy_dict()
        return parser

    def gen_cache(self, bitstream: Any, parser: Any = None) -> None:
        """Write down what is loaded, for all programs, as pynq does on a board."""
        from pynq.pl_server.global_state import GlobalState, save_global_state

        del parser
        state = {"bitfile_name": str(bitstream.bitfile_name), "active_name": self.name, "timestamp": ""}
        save_global_state(GlobalState(**state))

    def download(self, bitstream: Any, parser: Any = None) -> None:
        from pynq.pl_server.embedded_device import EmbeddedDevice

        self.gen_cache(bitstream)
        self._link.download(bitstream.bitfile_name)
        # What pynq does on a board: the widths of a Zynq UltraScale+'s ports, from the .hwh.
        EmbeddedDevice.set_axi_port_width(self, parser)
        self.post_download(bitstream, parser, self.name)  # type: ignore[attr-defined]

    def get_memory(self, description: Any) -> Any:
        del description
        return self

    def allocate(self, shape: Any, dtype: Any, **kwargs: Any) -> Any:
        from pynq.buffer import PynqBuffer

        coherent = bool(kwargs.get("cacheable") == 0)
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        cached = CachedBuffer(self._link, size, coherent)
        array = PynqBuffer(
            shape, dtype, buffer=cached.data, device=self, device_address=cached.address,
            bo=cached, coherent=coherent,
        )  # fmt: skip
        self._cache.add(cached)
        weakref.finalize(cached, self._link.free, cached.address).atexit = False
        return array

    def flush(self, bo: CachedBuffer, offset: int, vaddr: int, nbytes: int) -> None:
        del vaddr
        bo.flush(offset, nbytes)

    def invalidate(self, bo: CachedBuffer, offset: int, vaddr: int, nbytes: int) -> None:
        del vaddr
        bo.invalidate(offset, nbytes)


def register(module: ModuleType) -> None:
    """Define the device class; ``pynq`` finds it because it is defined."""
    base: Any = module.Device

    class EmulatedDevice(_EmulatedBoard, base):  # type: ignore[misc]
        """The emulated board, as one of pynq's devices."""

        # pynq looks for these two in the class itself.
        _probe_priority_ = PRIORITY

        @classmethod
        def _probe_(cls) -> list[Any]:
            path = os.environ.get(VARIABLE)
            return [cls(path)] if path else []
