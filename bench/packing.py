"""Packing into and unpacking out of a DMA buffer, on the host, on one core."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from figure import BATCH, Figure, shortest
from numpy.typing import NDArray

from finn.runtime.packing import pack, unpack, value_range

__all__ = ("packing",)

RUNS = 50
# Type and folded shape.
CASES = (
    ("INT8", (16, 49)),
    ("BIPOLAR", (15, 40)),
    ("INT8", (1024, 3)),
    ("INT4", (125, 8)),
)
TFC_CYCLES, TFC_MHZ = 64, 100


def packing() -> Iterator[Figure]:
    """Elements per second beside NumPy's own copy of the same elements as int8."""
    random = np.random.default_rng(0)
    for datatype, folded in CASES:
        yield from packing_of(datatype, folded, random_elements(random, datatype, int(np.prod(folded))))
    logits = random_elements(random, "INT32", 10)
    yield from unpacking_of("INT32", (1, 10), logits, copy_rate(logits.astype(np.int8)))
    yield from tfc(random)


def random_elements(random: np.random.Generator, datatype: str, count: int) -> NDArray[np.int64]:
    """A batch of frames of ``count`` elements."""
    if datatype == "BIPOLAR":
        return random.integers(0, 2, (BATCH, count)) * 2 - 1
    low, high = value_range(datatype)
    return random.integers(low, high + 1, (BATCH, count))


def packing_of(datatype: str, folded: tuple[int, ...], values: NDArray[Any]) -> Iterator[Figure]:
    """Both directions for one datatype and shape."""
    small = values.astype(np.int8)
    copy = copy_rate(small)
    yield Figure(f"copy {shape(values)} int8", copy, "Melements/s")
    image = np.empty_like(pack(small, datatype, folded))
    for source in (np.int8, np.float32):
        array = values.astype(source)
        rate = elements_per_second(partial(pack, array, datatype, folded, image), values.size)
        yield beside(f"pack {shape(values)} {datatype} from {source.__name__}", rate, copy)
    yield from unpacking_of(datatype, folded, values, copy)
    floats = values.astype(np.float32)
    bare = partial(np.copyto, small, floats, casting="unsafe")
    rate = elements_per_second(bare, values.size)
    yield beside(f"float32 to int8 {shape(values)}, nothing checked", rate, copy)


def unpacking_of(
    datatype: str, folded: tuple[int, ...], values: NDArray[Any], copy: float
) -> Iterator[Figure]:
    """Out of the packed image of ``values``."""
    image = pack(values, datatype, folded).copy()
    job = partial(unpack, image, datatype, folded, values.shape[1:])
    rate = elements_per_second(job, values.size)
    yield beside(f"unpack {shape(values)} {datatype}", rate, copy)


def tfc(random: np.random.Generator) -> Iterator[Figure]:
    """Both directions of a batch of TFC's, which takes the accelerator 64 cycles a frame."""
    pixels = random.integers(0, 256, (BATCH, 784)).astype(np.float32)
    image = np.empty((BATCH, 784), np.uint8)
    result = pack(random_elements(random, "INT32", 10), "INT32", (1, 10)).copy()

    def both() -> None:
        pack(pixels, "UINT8", (16, 49), image)
        unpack(result, "INT32", (1, 10), (10,))

    note = f"from float32 pixels; the accelerator needs {BATCH * TFC_CYCLES / TFC_MHZ:g} us"
    yield Figure(f"TFC: pack and unpack {BATCH} frames", 1e6 * shortest(both, RUNS), "us", note)


def copy_rate(array: NDArray[np.int8]) -> float:
    """Millions of elements per second of NumPy's own copy."""
    return elements_per_second(partial(np.copyto, np.empty_like(array), array), array.size)


def elements_per_second(job: partial[Any], elements: int) -> float:
    """In millions."""
    return elements / 1e6 / shortest(job, RUNS)


def beside(name: str, rate: float, copy: float) -> Figure:
    """A rate, and its share of the copy's."""
    return Figure(name, rate, "Melements/s", f"{rate / copy:.3f} of the copy's speed")


def shape(values: NDArray[Any]) -> str:
    """Batch and elements of a frame."""
    return f"{len(values)} x {values.shape[1]}"
