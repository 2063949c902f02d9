"""DepthToSpace: RTL against the golden model, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.kernels.depth_to_space import DepthToSpace

# (height, width, channels, block, SIMD)
SHAPES = (
    (2, 3, 4, 2, 2),
    (2, 3, 4, 2, 4),
    (3, 2, 3, 2, 1),
    (2, 2, 3, 3, 3),
    (1, 5, 1, 2, 1),
    (4, 1, 2, 2, 2),
    (1, 1, 5, 2, 1),
    (1, 2, 1, 4, 1),
)
TYPES = ("UINT4", "INT3", "BIPOLAR")


class TestDepthToSpace(KernelGrid):
    """Every shape with every kind of elements."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(1)
        cases = []
        for height, width, channels, block, simd in SHAPES:
            for datatype in map(DataType.__getitem__, TYPES):
                kernel = DepthToSpace(height, width, channels, block, simd, datatype)
                x = random_values(rng, datatype, (FRAMES, height, width, block**2 * channels))
                cases.append(Case(kernel, (x,)))
        return cases


def _kernel(**changes: Any) -> DepthToSpace:
    return replace(DepthToSpace(2, 3, 4, 2, 2, DataType["UINT4"]), **changes)


def test_golden_makes_blocks_of_channels() -> None:
    x = np.arange(16).reshape(1, 1, 2, 8)
    larger = _kernel(height=1, width=2, channels=2).golden([x])[0]
    assert larger[0, :, :, 0].tolist() == [[0, 2, 8, 10], [4, 6, 12, 14]]
    assert (larger[..., 1] == larger[..., 0] + 1).all()


def test_streams_and_cycles() -> None:
    kernel = _kernel()
    assert kernel.input_streams[0].folded_shape == (2, 3, 8, 2)
    assert kernel.output_streams[0].folded_shape == (4, 6, 2, 2)
    assert kernel.cycles == 48
    assert kernel.folding_choices() == {"SIMD": [1, 2, 4]}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"simd": 3}, "SIMD=3 does not divide NumChannels=4; possible are 1, 2, 4"),
        ({"block": 1}, "BlockSize=1 is not possible; give two or more"),
        ({"ram_style": "ultra"}, "ram_style ultra is unknown; possible are auto, distributed, block"),
    ],
)
def test_refusals(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(FinnError) as error:
        _kernel(**changes)
    assert str(error.value) == text
