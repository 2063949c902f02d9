"""StreamingReorder: the elements of a frame in another order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
from qonnx.core.datatype import BaseDataType

from finn.errors import FinnError
from finn.kernels.base import (
    IntArray,
    Kernel,
    Resources,
    RtlModule,
    Stream,
    divisors,
    require_divides,
)
from finn.kernels.read_ring import ReadRing, require_ram_style
from finn.kernels.streaming_reorder.schedule import Reading
from finn.toolchain.literal import Word

__all__ = ("StreamingReorder",)

HERE = Path(__file__).parent
SHARED = HERE.parent / "rtl"
TABLE_DEPTH = 64
"""Entries that one LUT looks up."""


@dataclass(frozen=True)
class StreamingReorder(Kernel):
    """Output (i, j, k) is element ``outer[i] + middle[j] + inner[k]`` of a frame of ``elements``.

    Such are exchanged axes, rows and columns that are repeated, mirrored or left out.

    Attributes
    ----------
    elements
        Of a frame that comes.
    outer, middle, inner
        Places of elements in it, the last one's changing fastest.
    simd
        Elements of a beat: they come and leave side by side.
    input_datatype
        Type of an element.
    ram_style
        Where the elements wait: ``auto``, ``distributed`` (LUTs) or ``block`` (RAM).
    """

    elements: int
    outer: tuple[int, ...]
    middle: tuple[int, ...]
    inner: tuple[int, ...]
    simd: int
    input_datatype: BaseDataType
    ram_style: str = "auto"

    op_type: ClassVar[str] = "StreamingReorder"
    folding_attributes: ClassVar[tuple[str, ...]] = ("SIMD",)

    def __post_init__(self) -> None:
        """Raise FinnError where values do not fit together."""
        require_ram_style(self.ram_style)
        require_divides("SIMD", self.simd, "Elements", self.elements)
        tables = (self.outer, self.middle, self.inner)
        if not all(tables) or min(map(min, tables)) < 0 or sum(map(max, tables)) >= self.elements:
            raise FinnError(f"Outer, Middle and Inner lead outside of {self.elements} elements; correct them")
        if not self._goes(self.simd):
            choices = ", ".join(map(str, self.folding_choices()["SIMD"]))
            raise FinnError(f"SIMD={self.simd} parts elements that stay together; possible are {choices}")

    def _goes(self, simd: int) -> bool:
        """Whether runs of ``simd`` elements stay side by side."""
        if len(self.inner) % simd:
            return False
        runs = np.array(self.inner).reshape(-1, simd)
        starts = np.concatenate([np.array(self.outer), np.array(self.middle), runs[:, 0]])
        return bool(np.all(starts % simd == 0) and np.all(runs - runs[:, :1] == np.arange(simd)))

    @cached_property
    def reading(self) -> Reading:
        """Frame and tables in beats."""
        outer, middle, inner = (
            np.array(table) // self.simd for table in (self.outer, self.middle, self.inner)
        )
        return Reading(self.elements // self.simd, outer, middle, inner[:: self.simd])

    @property
    def input_streams(self) -> tuple[Stream, ...]:
        """(elements / SIMD, SIMD)."""
        return (Stream(self.input_datatype, (self.elements // self.simd, self.simd)),)

    @property
    def output_streams(self) -> tuple[Stream, ...]:
        """(outer, middle, inner / SIMD, SIMD)."""
        shape = (len(self.outer), len(self.middle), len(self.inner) // self.simd, self.simd)
        return (Stream(self.input_datatype, shape),)

    @property
    def cycles(self) -> int:
        """Of the two sides the one with more beats."""
        return max(self.input_streams[0].beats, self.output_streams[0].beats)

    @cached_property
    def depth(self) -> int:
        """Places of the ring: a power of two."""
        return 1 << max(2, (self.reading.least_depth() - 1).bit_length())

    def golden(self, inputs: Sequence[IntArray]) -> list[IntArray]:
        """Of x (batch, ...), int64 (batch, outer, middle, inner)."""
        x = np.asarray(inputs[0], dtype=np.int64)
        rows = [
            [[first + second + third for third in self.inner] for second in self.middle]
            for first in self.outer
        ]
        return [x.reshape(len(x), self.elements)[:, rows]]

    def folding_choices(self) -> dict[str, list[int]]:
        """As many elements as stay side by side."""
        return {"SIMD": [simd for simd in divisors(len(self.inner)) if self._fits(simd)]}

    def _fits(self, simd: int) -> bool:
        return self.elements % simd == 0 and self._goes(simd)

    @property
    def _ring(self) -> ReadRing:
        return ReadRing(self.depth, self.input_streams[0].width, self.ram_style)

    def resources(self) -> Resources:
        """The ring, a counter for each loop, and tables of what they change."""
        count, tables = self._count_bits(), self._tables()
        loops = [len(table) for table in tables[1:] if len(table) > 1]
        bits = sum((steps - 1).bit_length() for steps in loops)
        entries = sum((_table(table, count) for table in tables), Resources())
        walkers = Resources(lut=bits + len(loops), ff=bits) + entries
        return ReadRing.control(count) + walkers + self._ring.memory()

    def _count_bits(self) -> int:
        """The writer is a ring's places ahead of the reader, or the reader waits for up to two frames."""
        return max(self.depth, 2 * self.reading.frame).bit_length() + 1

    def _tables(self) -> tuple[IntArray, IntArray, IntArray, IntArray]:
        """What the outer loop gives back, less one, and the negative ways of the three."""
        outer, middle, inner = self.reading.ways()
        return self.reading.returned() - 1, -outer, -middle, -inner

    def rtl(self, name: str) -> RtlModule:
        """One ``streaming_reorder``."""
        del name
        bits = self._count_bits()
        names = ("OUTER_FREED", "OUTER_WAYS", "MIDDLE_WAYS", "INNER_WAYS")
        tables = {key: _packed(table, bits) for key, table in zip(names, self._tables(), strict=True)}
        parameters: dict[str, int | str] = {
            "WIDTH": self.input_streams[0].width,
            "DEPTH": self.depth,
            "BLOCK": int(self._ring.in_block),
            "START": int(self.reading.beats()[0, 0]),
            "OUTER": len(self.outer),
            "MIDDLE": len(self.middle),
            "INNER": len(self.inner) // self.simd,
            "CBITS": bits,
        }
        return RtlModule("streaming_reorder", {**parameters, **tables})

    @property
    def sources(self) -> tuple[Path, ...]:
        """The ring, the walk along an axis and the module."""
        own = tuple(HERE / f"{name}.sv" for name in ("reorder_axis", "streaming_reorder"))
        return (SHARED / "finn_read_ring.sv", *own)


def _table(table: IntArray, bits: int) -> Resources:
    """What looks up and holds the bits of an entry that are not always alike, nor those of another bit."""
    digits = (table[:, None] >> np.arange(bits)) & 1
    columns = np.unique(digits ^ digits[:1], axis=1)
    different = int(np.any(columns, axis=0).sum())
    return Resources(lut=different * -(-len(table) // TABLE_DEPTH), ff=different)


def _packed(values: IntArray, bits: int) -> Word:
    """Numbers of ``bits`` bits in one parameter, the first lowest."""
    codes = ((int(value) & ((1 << bits) - 1)) << (bits * place) for place, value in enumerate(values))
    return Word(sum(codes), bits * len(values))
