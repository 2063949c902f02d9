"""VVAU: RTL against the golden model over types and shapes, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from kernels.test_mvau import WIDE_WEIGHTS, _range, _smallest, _thresholds
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.kernels.vvau import VVAU

INPUTS = ("BIPOLAR", "UINT2", "INT4", "UINT8", "INT8")
WEIGHTS = ("BIPOLAR", "INT2", "INT4", "UINT5", "INT8")
OUTPUTS = (None, ("BIPOLAR", 1, 0), ("UINT2", 3, 0), ("INT4", 14, -7))
# (windows, taps, channels, PE): one group and several, single taps, odd numbers.
SHAPES = (
    ((2, 3), 9, 4, 2),
    ((1, 4), 4, 6, 6),
    ((2, 2), 1, 5, 1),
    ((1, 1), 3, 1, 1),
    ((3, 1), 9, 7, 1),
    ((1, 2), 6, 3, 3),
    ((1, 1), 1, 2, 2),
)
# (windows, taps, channels, SIMD): all channels of several taps in a beat, those of a window at most.
SEVERAL_TAPS = (
    ((2, 3), 9, 3, 9),
    ((2, 2), 9, 4, 3),
    ((1, 4), 15, 2, 15),
    ((3, 1), 9, 1, 9),
    ((1, 3), 7, 3, 7),
    ((2, 1), 9, 2, 1),
    ((1, 2), 25, 1, 5),
)
SEVERAL_TYPES = (
    ("UINT4", "INT4"), ("INT4", "INT4"), ("BIPOLAR", "BIPOLAR"), ("INT3", "BIPOLAR"), ("UINT8", "INT8"),
    ("BIPOLAR", "INT2"), ("UINT2", "UINT5"),
)  # fmt: skip


def make_case(
    rng: np.random.Generator,
    shape: tuple[tuple[int, int], int, int, int],
    types: tuple[str, str],
    output: tuple[str, int, int] | None,
    **options: Any,
) -> Case:
    """A layer with random weights and thresholds, its first inputs at the type's extremes."""
    windows, taps, channels, pe = shape
    inputs, kind = DataType[types[0]], DataType[types[1]]
    weights = random_values(rng, kind, (taps, channels))
    low, high = _range(weights, inputs)
    x = random_values(rng, inputs, (FRAMES, *windows, taps, channels))
    x[0], x[1] = int(inputs.min()), int(inputs.max())
    accumulator = _smallest(low, high)
    if output:
        sums = (x * weights).sum(axis=3).reshape(-1, channels)
        options |= {"thresholds": _thresholds(rng, 0, sums, low, high, output[1])}
        options |= {"activation_offset": output[2]}
    out = DataType[output[0]] if output else accumulator
    kernel = VVAU(windows, channels, pe, weights, kind, inputs, out, accumulator, **options)
    return Case(kernel, (x.reshape(FRAMES, *windows, -1),))


class TestWideWeights(KernelGrid):
    """Weights of 9 to 24 bits."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(5)
        return [
            make_case(rng, SHAPES[i % len(SHAPES)], types, OUTPUTS[(i + i // 7) % len(OUTPUTS)])
            for i, types in enumerate(product(("BIPOLAR", "INT3", "UINT4"), WIDE_WEIGHTS))
        ]


class TestTypes(KernelGrid):
    """Every pair of input and weight type, over the shapes and outputs in turn."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(1)
        cases = [
            make_case(rng, SHAPES[i % len(SHAPES)], types, OUTPUTS[(i + i // 7) % len(OUTPUTS)])
            for i, types in enumerate(product(INPUTS, WEIGHTS))
        ]
        flip = tuple(rng.integers(0, 2, 6).tolist())
        small = ((1, 2), 9, 6, 2)
        cases += [make_case(rng, small, ("INT4", "INT4"), o, flip=flip) for o in OUTPUTS[1:]]
        cases += [make_case(rng, small, ("UINT4", "INT4"), o, ram_style="block") for o in OUTPUTS]
        # Sums of more than one segment of the adder, with one group, two and more.
        cases += [make_case(rng, ((1, 2), 30, c, 1), ("INT16", "INT8"), None) for c in (1, 2, 5)]
        cases += [make_case(rng, ((1, 2), 30, c, 1), ("INT16", "INT16"), o) for c in (2, 5) for o in OUTPUTS]
        return cases


class TestSeveralTaps(KernelGrid):
    """Every type with a window in a beat and with less, over the shapes and outputs in turn."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(3)
        kinds = product(SEVERAL_TYPES, range(3))
        cases = [_several(rng, SEVERAL_TAPS[i % 7], types, OUTPUTS[(i + i // 7) % 4])
                 for i, (types, _) in enumerate(kinds)]  # fmt: skip
        whole = SEVERAL_TAPS[0]
        cases += [_several(rng, whole, ("INT4", "INT4"), o, flip=(1, 0, 1)) for o in OUTPUTS[1:]]
        cases += [_several(rng, SEVERAL_TAPS[1], ("UINT4", "INT4"), o, ram_style="block") for o in OUTPUTS]
        # Sums of more than one segment of the adder.
        cases += [_several(rng, ((1, 2), 30, 2, simd), ("INT16", "INT8"), None) for simd in (6, 30)]
        return cases


def _several(
    rng: np.random.Generator,
    shape: tuple[tuple[int, int], int, int, int],
    types: tuple[str, str],
    output: tuple[str, int, int] | None,
    **options: Any,
) -> Case:
    windows, taps, channels, simd = shape
    return make_case(rng, (windows, taps, channels, channels), types, output, simd=simd, **options)


def test_a_beat_holds_all_channels_of_several_taps() -> None:
    kernel = _several(np.random.default_rng(4), SEVERAL_TAPS[1], ("UINT4", "INT4"), None).kernel
    assert kernel.input_streams[0].folded_shape == (2, 2, 3, 12)
    assert kernel.output_streams[0].folded_shape == (2, 2, 1, 4)
    assert kernel.cycles == 12
    assert kernel.foldings() == [
        {"PE": 1, "SIMD": 1},
        {"PE": 2, "SIMD": 1},
        {"PE": 4, "SIMD": 1},
        {"PE": 4, "SIMD": 3},
        {"PE": 4, "SIMD": 9},
    ]
    assert kernel.with_folding(PE=4, SIMD=9).cycles == 4


def test_golden_weighs_each_channel_alone() -> None:
    rng = np.random.default_rng(2)
    kernel = make_case(rng, ((1, 1), 2, 3, 1), ("INT4", "INT4"), None).kernel
    assert isinstance(kernel, VVAU)
    weighed = replace(kernel, weights=np.array([[1, 2, 3], [-1, 0, 2]]))
    x = np.array([1, -2, 3, -4, 5, 0]).reshape(1, 1, 1, 6)
    assert weighed.golden([x])[0].tolist() == [[[[5, -4, 9]]]]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"pe": 2}, "PE=2 does not divide Channels=3; possible are 1, 3"),
        ({"pe": 3, "simd": 3}, "SIMD=3 does not divide taps=2; possible are 1, 2"),
        ({"simd": 2}, "SIMD=2 takes all 3 channels in a beat; set PE to that, or SIMD to 1"),
        ({"ram_style": "ultra"}, "ram_style ultra is unknown; possible are auto, distributed, block"),
        ({"weights": np.ones((2, 4), dtype=np.int64)}, "weights of shape (2, 4) do not fit; give (taps, 3)"),
        (
            {"weight_datatype": DataType["UINT2"]},
            "the weights are not all UINT2; choose another type",
        ),
        (
            {"accumulator_datatype": DataType["INT2"]},
            "INT2 does not hold -7 to 8; choose a type that does, of at most 40 bits",
        ),
    ],
)
def test_refusals(changes: dict[str, Any], text: str) -> None:
    kernel = VVAU(
        (1, 1), 3, 1, np.array([[-1, 0, 0], [0, 0, 0]]), DataType["INT2"], DataType["INT4"],
        DataType["INT5"], DataType["INT5"],
    )  # fmt: skip
    with pytest.raises(FinnError) as error:
        replace(kernel, **changes)
    assert str(error.value) == text
