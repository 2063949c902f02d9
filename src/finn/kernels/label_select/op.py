"""LabelSelect: the indices of the largest elements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from qonnx.core.datatype import BaseDataType

from finn.errors import FinnError
from finn.kernels.base import IntArray, Kernel, Resources, RtlModule, Stream, divisors, require_divides

__all__ = ("LabelSelect",)

HERE = Path(__file__).parent
MODULES = ("label_delay", "label_greater", "label_merge", "label_rank", "label_sort", "label_select")
CONTROL_LUTS = 10


@dataclass(frozen=True)
class LabelSelect(Kernel):
    """The indices of the ``k`` largest of ``labels`` elements, largest first; the lowest index wins a tie.

    Attributes
    ----------
    labels
        Elements in a frame.
    pe
        Elements in an input beat.
    k
        Indices in the one output beat of a frame.
    input_datatype
        Type of the elements.
    output_datatype
        Unsigned type of an index.
    """

    labels: int
    pe: int
    k: int
    input_datatype: BaseDataType
    output_datatype: BaseDataType

    op_type: ClassVar[str] = "LabelSelect"
    folding_attributes: ClassVar[tuple[str, ...]] = ("PE",)

    def __post_init__(self) -> None:
        require_divides("PE", self.pe, "Labels", self.labels)
        if not 1 <= self.k <= self.labels:
            raise FinnError(f"K={self.k} is not possible; it must be between 1 and Labels={self.labels}")
        if self.output_datatype.min() < 0 or self.output_datatype.max() < self.labels - 1:
            raise FinnError(
                f"outputDataType={self.output_datatype.name} does not hold the indices 0 to {self.labels - 1}"
            )

    @property
    def input_streams(self) -> tuple[Stream, ...]:
        return (Stream(self.input_datatype, (self.labels // self.pe, self.pe)),)

    @property
    def output_streams(self) -> tuple[Stream, ...]:
        return (Stream(self.output_datatype, (1, self.k)),)

    @property
    def cycles(self) -> int:
        return self.labels // self.pe

    def golden(self, inputs: Sequence[IntArray]) -> list[IntArray]:
        """(N, ..., labels) to (N, ..., k): a stable sort of the negated values."""
        order = np.argsort(-inputs[0], axis=-1, kind="stable")
        return [order[..., : self.k].astype(np.int64)]

    def folding_choices(self) -> dict[str, list[int]]:
        return {"PE": divisors(self.labels)}

    def resources(self) -> Resources:
        """A comparator takes a LUT and a carry bit for each bit, a choice of two a LUT for two bits."""
        kept = min(self.pe, self.k)
        entry = int(self.input_datatype.bitwidth()) + 1 + int(self.output_datatype.bitwidth())
        sorting = sum(min(self.k, width) ** 2 * (self.pe // (2 * width)) for width in _doubling(self.pe))
        ranking = self.k + sum(min(kept - 1, self.k - rank) for rank in range(1, self.k))
        compares = sorting + ranking
        moved = entry * (kept * self.k + sum(min(self.k, 2 * w) * (self.pe // w) for w in _doubling(self.pe)))
        return Resources(
            lut=compares * entry + moved // 2 + CONTROL_LUTS,
            ff=2 * moved + entry * self.k,
            carry4=compares * ((entry + 3) // 4),
        )

    def rtl(self, name: str) -> RtlModule:
        datatype = self.input_datatype
        parameters: dict[str, int | str] = {
            "LABELS": self.labels,
            "PE": self.pe,
            "K": self.k,
            "WIDTH": int(datatype.bitwidth()),
            "SIGNED": int(datatype.min() < 0 and datatype.name != "BIPOLAR"),
            "INDEX": int(self.output_datatype.bitwidth()),
        }
        return RtlModule("label_select", parameters)

    @property
    def sources(self) -> tuple[Path, ...]:
        return (HERE.parent / "rtl" / "finn_carry.sv", *(HERE / f"{module}.sv" for module in MODULES))


def _doubling(total: int) -> list[int]:
    """1, 2, 4 and so on below ``total``."""
    return [1 << level for level in range(max(total - 1, 0).bit_length())]
