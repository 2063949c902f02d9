"""The C interface of a compiled stream model; the layouts mirror those in streams.cpp."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from finn.errors import FinnError

__all__ = ("BeatsStruct", "RunStruct", "simulate")

FIRST_STEP = 500
SECONDS_PER_STEP = 0.1
RUNNING, DONE = 0, 1
_starting = threading.Lock()


class BeatsStruct(ctypes.Structure):
    """One stream's data: (total, bytes per beat), and the cycle of each handshake."""

    _fields_ = (
        ("data", ctypes.c_void_p),
        ("cycles", ctypes.c_void_p),
        ("total", ctypes.c_uint64),
        ("per_frame", ctypes.c_uint64),
    )


class RunStruct(ctypes.Structure):
    """What one simulation does."""

    _fields_ = (
        ("directory", ctypes.c_char_p),
        ("trace", ctypes.c_char_p),
        ("inputs", ctypes.POINTER(BeatsStruct)),
        ("outputs", ctypes.POINTER(BeatsStruct)),
        ("status", ctypes.c_void_p),
        ("reset_seed", ctypes.c_uint64),
        ("seed", ctypes.c_uint64),
        ("throttle", ctypes.c_uint64),
        ("timeout", ctypes.c_uint64),
        ("reset_at", ctypes.c_int64),
        ("input_gap", ctypes.c_double),
        ("output_stall", ctypes.c_double),
    )


def simulate(path: Path, run: RunStruct) -> int:
    """Run a simulation to its end and return its cycles.

    It is done in steps of about a tenth of a second, so that Ctrl-C ends it.

    Raises
    ------
    FinnError
        The library cannot be loaded, a stream stalls, or a check fails.
    """
    library = _load(path)
    with _model(library, path, run) as handle:
        cycles = FIRST_STEP
        state = RUNNING
        while state == RUNNING:
            start = time.monotonic()
            state = library.finn_streams_step(handle, cycles)
            if time.monotonic() - start < SECONDS_PER_STEP:
                cycles *= 2
        if state != DONE:
            raise FinnError(
                f"the simulation {path.name} failed: {library.finn_streams_error(handle).decode()}"
            )
        return int(library.finn_streams_cycles(handle))


def _load(path: Path) -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(str(path.resolve()))
    except OSError as error:
        raise FinnError(
            f"the compiled simulation {path} cannot be loaded ({error}); build it again"
        ) from None
    library.finn_streams_new.argtypes = [ctypes.POINTER(RunStruct)]
    library.finn_streams_new.restype = ctypes.c_void_p
    library.finn_streams_step.argtypes = [ctypes.c_void_p, ctypes.c_uint64]
    library.finn_streams_error.argtypes = [ctypes.c_void_p]
    library.finn_streams_error.restype = ctypes.c_char_p
    library.finn_streams_cycles.argtypes = [ctypes.c_void_p]
    library.finn_streams_cycles.restype = ctypes.c_uint64
    library.finn_streams_delete.argtypes = [ctypes.c_void_p]
    return library


@contextmanager
def _model(library: ctypes.CDLL, path: Path, run: RunStruct) -> Iterator[int]:
    # The working directory is the process's: only one model may read its memory files at a time.
    with _starting:
        handle = library.finn_streams_new(ctypes.byref(run))
    if not handle:
        raise FinnError(
            f"the simulation {path.name} cannot start: {library.finn_streams_error(None).decode()}"
        )
    try:
        yield handle
    finally:
        library.finn_streams_delete(handle)
