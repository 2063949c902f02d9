"""Loads a simulated chip: the whole shell and network in Verilator, with processor and memory.

It needs ctypes and NumPy only, so that an emulated board can use it by itself.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ("ABI", "DECERR", "FROZEN", "OKAY", "SLVERR", "Silicon")

ABI = "finn-silicon-2"
OKAY, SLVERR, DECERR = 0, 2, 3
FROZEN = -1
INCR = 1
WORD_SIZE = 2  # log2 of the bytes of a register
ALL_LANES = 0xF

_POINTER, _U64, _U32 = ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint32
_SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "new": (_POINTER, [_POINTER, _U64, _U64, _U64, ctypes.c_char_p]),
    "delete": (None, [_POINTER]),
    "read": (ctypes.c_int, [_POINTER, _U64, ctypes.POINTER(_U32)]),
    "write": (ctypes.c_int, [_POINTER, _U64, _U32, _U32]),
    "burst": (ctypes.c_int, [_POINTER, _U64, _U32, _U32, _U32, ctypes.c_int, _POINTER, _POINTER]),
    "tick": (_U64, [_POINTER, _U64]),
    "quiet": (_U64, [_POINTER]),
    "fault": (ctypes.c_char_p, [_POINTER]),
    "poison": (None, [_POINTER, ctypes.c_int]),
    "set": (None, [_POINTER, ctypes.c_char_p, ctypes.c_double]),
}


class Silicon:
    """One simulated chip.

    ``.mem`` files are opened relative to the working directory while the object is made.

    Parameters
    ----------
    library
        The shared library of a build.
    dram
        C-contiguous, writeable uint8 array (bytes,): the memory, shared with the caller.
    dram_base
        Physical address of its first byte.
    seed
        Of the registers' first values, of the memory's latencies, and whether there is a reset pulse.
    config
        Memory figures as ``key=value;...``; see ``Board.memory_config``.

    Raises
    ------
    OSError
        The library cannot be loaded.
    ValueError
        It has another ABI, or the memory is not such an array.
    """

    def __init__(
        self,
        library: Path | str,
        dram: NDArray[np.uint8],
        *,
        dram_base: int = 0,
        seed: int = 0,
        config: str = "",
    ) -> None:
        if dram.dtype != np.uint8 or dram.ndim != 1 or not dram.flags.carray:
            raise ValueError("the memory has to be a writeable, contiguous, one-dimensional uint8 array")
        self._calls = _bind(Path(library))
        # The chip writes into it: it must live as long.
        self.dram = dram
        self._handle: int | None = self._calls["new"](
            dram.ctypes.data, dram_base, dram.size, seed, config.encode()
        )

    def read(self, address: int) -> tuple[int, int]:
        """One 32-bit read: (response, value); FROZEN if it is never answered."""
        value = _U32()
        return int(self._call("read", address, ctypes.byref(value))), value.value

    def write(self, address: int, value: int, strobe: int = ALL_LANES) -> int:
        """One 32-bit write with byte strobes: the response; FROZEN if it is never answered."""
        return int(self._call("write", address, value & 0xFFFF_FFFF, strobe))

    def read_burst(
        self, address: int, beats: int, *, size: int = WORD_SIZE, kind: int = INCR
    ) -> tuple[int, NDArray[np.uint32]]:
        """An AXI3 read burst: (worst response, words (beats,)).

        ``size`` is log2 of a beat's bytes; ``kind`` 0 is FIXED, 1 INCR, 2 WRAP.
        """
        data = np.zeros(beats, np.uint32)
        return int(self._call("burst", address, beats, size, kind, 0, data.ctypes.data, None)), data

    def write_burst(
        self,
        address: int,
        words: Sequence[int] | NDArray[np.uint32],
        *,
        strobes: Sequence[int] | None = None,
        size: int = WORD_SIZE,
        kind: int = INCR,
        order: int = 0,
    ) -> int:
        """An AXI3 write burst: the response. ``order``: 0 address first, 1 data first, 2 together."""
        data = np.asarray(words, np.uint32).copy()
        lanes = np.full(data.size, ALL_LANES, np.uint8) if strobes is None else np.array(strobes, np.uint8)
        pointers = data.ctypes.data, lanes.ctypes.data
        return int(self._call("burst", address, data.size, size, kind, order, *pointers))

    def tick(self, cycles: int) -> int:
        """Run for so many clock cycles; the cycles since configuration."""
        return int(self._call("tick", cycles))

    def quiet(self) -> int:
        """Cycles since anything happened on any AXI port."""
        return int(self._call("quiet"))

    def fault(self) -> str | None:
        """The first violation of AXI's rules in words, or None."""
        text = self._call("fault")
        return text.decode() if text else None

    def poison(self, on: bool) -> None:
        """Corrupt all that the fabric writes, as a clock above the build's would."""
        self._call("poison", int(on))

    def set(self, key: str, value: float) -> None:
        """Change a memory figure, or inject errors (``error_base``, ``error_bytes``: SLVERR)."""
        self._call("set", key.encode(), float(value))

    def close(self) -> None:
        """End the simulation; the memory stays the caller's."""
        if self._handle is not None:
            self._calls["delete"](self._handle)
            self._handle = None

    def _call(self, name: str, *arguments: Any) -> Any:
        if self._handle is None:
            raise ValueError("the simulated chip is closed")
        return self._calls[name](self._handle, *arguments)


def _bind(path: Path) -> dict[str, Any]:
    library = ctypes.CDLL(str(path.resolve()))
    library.finn_silicon_abi.restype = ctypes.c_char_p
    found = library.finn_silicon_abi().decode()
    if found != ABI:
        raise ValueError(f"{path.name} speaks {found}, not {ABI}; build it again")
    calls = {}
    for name, (result, arguments) in _SIGNATURES.items():
        calls[name] = getattr(library, f"finn_silicon_{name}")
        calls[name].restype, calls[name].argtypes = result, arguments
    return calls
