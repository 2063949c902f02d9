"""MVAU: RTL against the golden model over types and shapes, memories, and what it refuses."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from qonnx.core.datatype import BaseDataType, DataType

from finn.kernels.base import IntArray
from finn.kernels.mvau import MVAU
from finn.kernels.mvau.packing import Packing

INPUTS = ("BIPOLAR", "BINARY", "TERNARY", "UINT2", "INT2", "UINT3", "INT4", "UINT5", "INT8", "UINT8", "INT16")
WEIGHTS = ("BIPOLAR", "BINARY", "TERNARY", "INT2", "UINT2", "INT3", "INT4", "UINT5", "INT8", "UINT8")
WIDE_WEIGHTS = ("INT9", "UINT11", "INT13", "UINT16", "INT16", "INT19", "INT24")
OUTPUTS = (None, ("BIPOLAR", 1, 0), ("UINT2", 3, 0), ("INT4", 14, -7), ("UINT2", 2, 1))
# (MW, MH, PE, SIMD): single elements, one fold, one pass, odd folds, deep buffers.
SHAPES = (
    (1, 1, 1, 1),
    (5, 3, 1, 1),
    (6, 4, 4, 6),
    (9, 5, 5, 3),
    (7, 6, 2, 7),
    (15, 9, 3, 5),
    (20, 1, 1, 4),
    (22, 6, 3, 11),
    (1, 7, 1, 1),
    (3, 8, 8, 1),
)


PACKED_INPUTS = ("UINT4", "INT4", "UINT5", "INT6", "UINT7", "INT8", "UINT8")
PACKED_WEIGHTS = ("INT4", "UINT4", "INT5", "UINT6", "INT7", "INT8", "UINT8")
PACKED_SHAPES = (
    (8, 4, 4, 2),
    (8, 4, 4, 1),
    (9, 5, 5, 3),
    (7, 6, 2, 7),
    (8, 8, 8, 4),
    (10, 9, 3, 5),
    (6, 1, 1, 6),
    (10, 7, 7, 5),
)


def _smallest(low: int, high: int) -> BaseDataType:
    if low >= 0:
        return DataType[f"UINT{max(high.bit_length(), 2)}"]
    return DataType[f"INT{1 + max((-low - 1).bit_length(), high.bit_length())}"]


def _range(weights: IntArray, inputs: BaseDataType) -> tuple[int, int]:
    corners = np.stack([weights * int(inputs.min()), weights * int(inputs.max())])
    return int(corners.min(axis=0).sum(axis=0).min()), int(corners.max(axis=0).sum(axis=0).max())


def _thresholds(
    rng: np.random.Generator, kind: int, sums: IntArray, low: int, high: int, steps: int
) -> IntArray:
    """Ascending (MH, steps): near sums that occur, on them with ties, at or beyond the extremes."""
    rows = sums.shape[1]
    if kind == 0:
        chosen = np.take_along_axis(sums, rng.integers(0, len(sums), (steps, rows)), axis=0).T
    elif kind == 1:
        chosen = np.repeat(sums[:1].T, steps, axis=1)
    elif kind == 2:
        chosen = rng.choice([low, low + 1, high, high + 1], (rows, steps))
    else:
        chosen = rng.choice([low - 7, high + 7, 0], (rows, steps))
    return np.sort(chosen.astype(np.int64), axis=1)


def make_case(
    rng: np.random.Generator,
    shape: tuple[int, int, int, int],
    types: tuple[str, str],
    output: tuple[str, int, int] | None,
    kind: int = 0,
    **options: Any,
) -> Case:
    """A layer with random weights and thresholds, its first inputs at the type's extremes."""
    mw, mh, pe, simd = shape
    inputs, kinds = DataType[types[0]], DataType[types[1]]
    weights = random_values(rng, kinds, (mw, mh))
    low, high = _range(weights, inputs)
    x = random_values(rng, inputs, (FRAMES, options.get("vectors", 1), mw))
    x[0], x[1] = int(inputs.min()), int(inputs.max())
    accumulator = _smallest(low, high)
    if output:
        thresholds = _thresholds(rng, kind, (x @ weights).reshape(-1, mh), low, high, output[1])
        options |= {"thresholds": thresholds, "activation_offset": output[2]}
    kernel = MVAU(
        mw=mw,
        mh=mh,
        pe=pe,
        simd=simd,
        weights=weights,
        weight_datatype=kinds,
        input_datatype=inputs,
        output_datatype=DataType[output[0]] if output else accumulator,
        accumulator_datatype=accumulator,
        **options,
    )
    return Case(kernel, (x,))


class TestTypes(KernelGrid):
    """Every pair of input and weight type, over the shapes, outputs and kinds of thresholds in turn."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(1)
        return [
            make_case(
                rng,
                SHAPES[(3 * i + i // 7) % len(SHAPES)],
                types,
                OUTPUTS[i % len(OUTPUTS)],
                kind=i // 5 % 4,
                vectors=1 + i % 3 // 2,
            )
            for i, types in enumerate(product(INPUTS, WEIGHTS))
        ]


class TestWideWeights(KernelGrid):
    """Weights of 9 to 24 bits, wherever sums stay within 32."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(6)
        pairs = product(("BIPOLAR", "INT4", "UINT8", "INT16"), WIDE_WEIGHTS)
        fitting = [(x, w) for x, w in pairs if DataType[x].bitwidth() + DataType[w].bitwidth() <= 27]
        return [
            make_case(
                rng,
                SHAPES[(3 * i + i // 7) % len(SHAPES)],
                types,
                OUTPUTS[i % len(OUTPUTS)],
                vectors=1 + i % 3 // 2,
            )
            for i, types in enumerate(fitting)
        ]


class TestBinary(KernelGrid):
    """Popcounts of every size from 1 to 24 and some beyond."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(2)
        sizes = (*range(1, 25), 31, 47, 64, 97, 130)
        return [
            make_case(rng, (2 * n, 2, 1, n), ("BIPOLAR", "BIPOLAR"), OUTPUTS[i % 2])
            for i, n in enumerate(sizes)
        ]


class TestOptions(KernelGrid):
    """Memories of either kind, decreasing channels, shared thresholds, deep buffers, wide sums."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(3)
        flip = tuple(rng.integers(0, 2, 6).tolist())
        small = (12, 6, 2, 3)
        cases = [
            make_case(rng, small, types, output, ram_style=style, vectors=2)
            for style in ("block", "distributed")
            for types in (("BIPOLAR", "BIPOLAR"), ("UINT4", "INT4"))
            for output in (None, ("UINT2", 3, 0))
        ]
        cases += [make_case(rng, small, ("INT4", "INT4"), output, flip=flip) for output in OUTPUTS[1:]]
        cases += [make_case(rng, (6, 6, 6, 6), ("INT4", "INT4"), ("UINT2", 3, 0), flip=flip)]
        cases += [
            # Input buffers in block RAM, with weights in either memory.
            make_case(rng, (1200, 2, 1, 1), ("INT8", "INT2"), None),
            make_case(rng, (1100, 2, 1, 1), ("UINT2", "INT2"), ("UINT2", 3, 0), ram_style="distributed"),
            make_case(rng, (4, 4, 2, 2), ("INT8", "INT8"), None, ram_style="block"),
            # Sums of 31 and 32 bits.
            make_case(rng, (240, 4, 2, 4), ("UINT16", "UINT8"), ("UINT8", 255, 0)),
            make_case(rng, (240, 4, 2, 4), ("INT16", "INT8"), None),
            make_case(rng, (3, 2, 1, 3), ("INT16", "INT8"), None),
            # Of 40 and 34 bits.
            make_case(rng, (240, 4, 2, 4), ("INT16", "INT16"), None),
            make_case(rng, (240, 4, 2, 4), ("UINT16", "INT16"), ("UINT8", 255, 0)),
            make_case(rng, (3, 2, 1, 3), ("INT16", "INT16"), ("INT8", 100, -50)),
        ]
        return cases


class TestTfc(KernelGrid):
    """The layers of the public TFC networks, folded as FINN folds them."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(4)
        binary, two_bit = ("BIPOLAR", "BIPOLAR"), ("UINT2", "INT2")
        return [
            make_case(rng, (784, 64, 16, 49), binary, ("BIPOLAR", 1, 0)),
            make_case(rng, (64, 64, 8, 8), binary, ("BIPOLAR", 1, 0)),
            make_case(rng, (64, 10, 10, 8), binary, None),
            make_case(rng, (784, 64, 16, 49), two_bit, ("UINT2", 3, 0)),
            make_case(rng, (64, 64, 8, 8), two_bit, ("UINT2", 3, 0)),
            make_case(rng, (64, 10, 10, 8), two_bit, None),
        ]


class TestPacked(KernelGrid):
    """Rows that share DSPs, by twos, threes and fours, and some left over; cascades of one and of two."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(8)
        return [
            make_case(
                rng,
                PACKED_SHAPES[i % len(PACKED_SHAPES)],
                types,
                OUTPUTS[i % len(OUTPUTS)],
                kind=i // 5 % 4,
                vectors=1 + i % 3 // 2,
                res_type="dsp",
                **{"flip": (1, 0) * 4} if i == 12 else {},
            )
            for i, types in enumerate(list(product(PACKED_INPUTS, PACKED_WEIGHTS))[::2])
        ]


@pytest.mark.parametrize("low", [-8, -7])
def test_four_rows_share_a_multiplier_whatever_the_weights(low: int) -> None:
    weights = np.tile(np.array([[low], [7]]), (8, 1, 4)).reshape(16, 4)
    packing = Packing.of(4, weights, 4, 16)
    assert (packing.rows, packing.multipliers(4, 16), packing.chain) == (4, 16, 2)
    # The field below the top one is a bit narrower where a weight is the type's least.
    assert (packing.top, packing.overtop) == ((20, 2) if low == -8 else (21, 1))
