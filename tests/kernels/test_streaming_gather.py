"""StreamingGather: RTL against the golden model, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.kernels.streaming_gather import StreamingGather

# (height, width), channels
IMAGES = (
    ((5, 4), 6),
    ((1, 7), 3),
    ((6, 1), 4),
    ((1, 1), 12),
    ((3, 9), 1),
    ((4, 3), 9),
    ((2, 8), 10),
    ((7, 2), 5),
    ((9, 1), 2),
    ((2, 3), 15),
    ((3, 5), 8),
)
TYPES = ("UINT4", "INT5", "BIPOLAR")
# Of an axis of some places, those that stay: all, the first, the last, every second, all but the ends.
KEPT = (
    lambda count: range(count),
    lambda count: range(1),
    lambda count: range(count - 1, count),
    lambda count: range(0, count, 2),
    lambda count: range(1, count - 1) if count > 2 else range(count),
)


def _kernel(**changes: Any) -> StreamingGather:
    fields: dict[str, Any] = {
        "image": (3, 4),
        "channels": 6,
        "simd": 2,
        "rows": (1, 2),
        "columns": (0, 3),
        "picked": (0, 1, 4, 5),
        "input_datatype": DataType["INT4"],
    }
    return StreamingGather(**{**fields, **changes})


class TestStreamingGather(KernelGrid):
    """Every image with each choice of rows, columns and channels, at every SIMD, types in turn."""

    def cases(self) -> list[Case]:
        rng, cases = np.random.default_rng(1), []
        for image, channels in IMAGES:
            for turn, kept in enumerate(KEPT):
                ways = [KEPT[(turn + shift) % len(KEPT)] for shift in (1, 2)]
                orders = (tuple(ways[1](channels)), tuple(rng.permutation(channels).tolist()))
                for picked in orders:
                    whole = _kernel(
                        image=image, channels=channels, simd=channels, rows=tuple(kept(image[0])),
                        columns=tuple(ways[0](image[1])), picked=picked,
                    )  # fmt: skip
                    for simd in whole.folding_choices()["SIMD"]:
                        kernel = whole.with_folding(SIMD=simd)
                        datatype = DataType[TYPES[len(cases) % len(TYPES)]]
                        kernel = _kernel(**{**vars(kernel), "input_datatype": datatype})
                        x = random_values(rng, datatype, (FRAMES, *image, channels))
                        cases.append(Case(kernel, (x,)))
        return cases


def test_golden_keeps_rows_columns_and_channels() -> None:
    kernel = _kernel(image=(2, 3), channels=3, simd=3, rows=(1,), columns=(0, 2), picked=(2, 0))
    x = np.arange(18).reshape(1, 2, 3, 3)
    assert kernel.golden([x])[0].tolist() == [[[[11, 9], [17, 15]]]]


def test_streams_and_cycles() -> None:
    kernel = _kernel()
    assert kernel.input_streams[0].folded_shape == (3, 4, 3, 2)
    assert kernel.output_streams[0].folded_shape == (2, 2, 2, 2)
    assert kernel.cycles == 36
    assert kernel.folding_choices() == {"SIMD": [1, 2, 6]}
    assert _kernel(simd=6).output_streams[0].folded_shape == (2, 2, 1, 4)
    assert _kernel(picked=(3, 2, 1, 0, 5, 4), simd=6).folding_choices() == {"SIMD": [6]}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"simd": 4}, "SIMD=4 does not divide NumChannels=6; possible are 1, 2, 3, 6"),
        ({"simd": 3}, "SIMD=3 divides Channels=[0, 1, 4, 5] unevenly; possible are 1, 2, 6"),
        ({"rows": ()}, "Rows=[] are no ascending places below 3; give such"),
        ({"rows": (0, 3)}, "Rows=[0, 3] are no ascending places below 3; give such"),
        ({"columns": (2, 1)}, "Columns=[2, 1] are no ascending places below 4; give such"),
        ({"picked": (-1,)}, "Channels=[-1] are no places below 6; give such"),
        ({"picked": ()}, "Channels=[] are no places below 6; give such"),
    ],
)
def test_refusals(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(FinnError) as error:
        _kernel(**changes)
    assert str(error.value) == text
