"""Packing and unpacking for the DMA's memory, on the host."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from figure import BATCH, Figure, shortest
from numpy.typing import NDArray

from finn.runtime.packing import pack, unpack

__all__ = ("packing",)


def packing() -> Iterator[Figure]:
    """Packing and unpacking beside a plain copy of the same packed bytes."""
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (BATCH, 784)).astype(np.float32)
    yield from packing_of("UINT8", (16, 49), pixels)
    yield from packing_of("BIPOLAR", (15, 40), random.integers(0, 2, (BATCH, 600)) * 2 - 1)
    yield from packing_of("UINT4", (3136, 64), random.integers(0, 16, (10, 200704)))
    yield from packing_of("INT32", (1, 10), random.integers(-(2**31), 2**31, (BATCH, 10)))


def packing_of(datatype: str, folded: tuple[int, ...], values: NDArray[Any]) -> Iterator[Figure]:
    """Both directions for one datatype and shape."""
    packed = pack(values, datatype, folded)
    copy = shortest(partial(np.copyto, np.empty_like(packed), packed))
    jobs = {
        "pack": partial(pack, values, datatype, folded),
        "unpack": partial(unpack, packed, datatype, folded, values.shape[1:]),
    }
    for verb, job in jobs.items():
        seconds = shortest(job)
        name = f"{verb} {len(values)} x {values.shape[1]} {datatype}"
        note = f"{seconds / copy:.0f} x the time of a copy"
        yield Figure(name, packed.nbytes / 1e6 / seconds, "MB/s", note)
