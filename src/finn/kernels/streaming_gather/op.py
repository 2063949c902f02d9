"""StreamingGather: rows, columns and channels of an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
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
    flags_parameter,
    require_divides,
    vector_parameter,
)

__all__ = ("StreamingGather",)

HERE = Path(__file__).parent


@dataclass(frozen=True)
class StreamingGather(Kernel):
    """Output = x[rows][:, columns][:, :, picked] of an image x (height, width, channels).

    Attributes
    ----------
    image
        Its (height, width); vectors in a row are (vectors, 1).
    channels, simd
        Elements of a pixel, and of a beat that comes.
    rows, columns
        Those that stay, in ascending order.
    picked
        The channels that stay, in any order if a beat is a whole pixel; else beats that stay have as
        many elements each, at the same places, and leave in the order in which they come.
    input_datatype
        Type of an element.
    """

    image: tuple[int, int]
    channels: int
    simd: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    picked: tuple[int, ...]
    input_datatype: BaseDataType

    op_type: ClassVar[str] = "StreamingGather"
    folding_attributes: ClassVar[tuple[str, ...]] = ("SIMD",)

    def __post_init__(self) -> None:
        """Raise FinnError where values do not fit together."""
        require_divides("SIMD", self.simd, "NumChannels", self.channels)
        for name, places, count in zip(
            ("Rows", "Columns"), (self.rows, self.columns), self.image, strict=True
        ):
            ascending = all(first < second for first, second in pairwise(places))
            if not places or not ascending or places[0] < 0 or places[-1] >= count:
                raise FinnError(f"{name}={list(places)} are no ascending places below {count}; give such")
        if not self.picked or min(self.picked) < 0 or max(self.picked) >= self.channels:
            raise FinnError(f"Channels={list(self.picked)} are no places below {self.channels}; give such")
        if self._beats(self.simd) is None:
            choices = ", ".join(map(str, self.folding_choices()["SIMD"]))
            raise FinnError(
                f"SIMD={self.simd} divides Channels={list(self.picked)} unevenly; possible are {choices}"
            )

    def _beats(self, simd: int) -> tuple[list[int], list[int]] | None:
        """Beats of a pixel that stay, and the places in each of what stays; None where these differ."""
        folds, places = np.divmod(np.array(self.picked), simd)
        beats = np.unique(folds)
        if len(self.picked) % len(beats):
            return None
        folds, places = (values.reshape(len(beats), -1) for values in (folds, places))
        if np.any(folds != beats[:, None]) or np.any(places != places[:1]):
            return None
        return beats.tolist(), places[0].tolist()

    @property
    def _staying(self) -> tuple[list[int], list[int]]:
        found = self._beats(self.simd)
        assert found is not None
        return found

    @property
    def input_streams(self) -> tuple[Stream, ...]:
        """(height, width, channels / SIMD, SIMD)."""
        return (Stream(self.input_datatype, (*self.image, self.channels // self.simd, self.simd)),)

    @property
    def output_streams(self) -> tuple[Stream, ...]:
        """(rows, columns, beats of a pixel, elements that stay of each)."""
        beats, places = self._staying
        shape = (len(self.rows), len(self.columns), len(beats), len(places))
        return (Stream(self.input_datatype, shape),)

    @property
    def cycles(self) -> int:
        """One per beat that comes."""
        return self.input_streams[0].beats

    def golden(self, inputs: Sequence[IntArray]) -> list[IntArray]:
        """Of x (batch, ..., channels), int64 (batch, rows, columns, picked)."""
        x = np.asarray(inputs[0], dtype=np.int64).reshape(-1, *self.image, self.channels)
        return [x[:, self.rows][:, :, self.columns][..., self.picked]]

    def folding_choices(self) -> dict[str, list[int]]:
        """SIMD divides the channels, and the beats that stay are alike."""
        return {"SIMD": [simd for simd in divisors(self.channels) if self._beats(simd) is not None]}

    def resources(self) -> Resources:
        """A register slice, a counter for each axis, and which of its places stay."""
        width = self.output_streams[0].width
        counts = [count for count in (*self.image, self.channels // self.simd) if count > 1]
        bits = sum((count - 1).bit_length() for count in counts)
        # Most places that stay are a range, or every so many: little of a table is left of them.
        kept = sum(1 + count // 256 for count in counts)
        return Resources(lut=width + bits + kept, ff=2 * width + bits + 2 * len(counts) + 3)

    def rtl(self, name: str) -> RtlModule:
        """One ``streaming_gather``."""
        del name
        (height, width), folds = self.image, self.channels // self.simd
        beats, places = self._staying
        parameters: dict[str, int | str] = {
            "BITS": int(self.input_datatype.bitwidth()),
            "SIMD": self.simd,
            "LANES": len(places),
            "PLACES": vector_parameter(places),
            "HEIGHT": height,
            "WIDTH": width,
            "FOLDS": folds,
            "ROWS": flags_parameter([place in self.rows for place in range(height)]),
            "COLUMNS": flags_parameter([place in self.columns for place in range(width)]),
            "BEATS": flags_parameter([place in beats for place in range(folds)]),
        }
        return RtlModule("streaming_gather", parameters)

    @property
    def sources(self) -> tuple[Path, ...]:
        """The register slice, the walk along an axis and the module."""
        own = tuple(HERE / f"{name}.sv" for name in ("gather_axis", "streaming_gather"))
        return (HERE.parent / "rtl" / "finn_skid.sv", *own)
