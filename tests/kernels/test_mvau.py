"""MVAU: RTL against the golden model over types and shapes, memories, and what it refuses."""

from __future__ import annotations

from itertools import product
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from qonnx.core.datatype import BaseDataType, DataType

from finn.errors import FinnError
from finn.kernels.base import IntArray
from finn.kernels.mvau import MVAU
from finn.kernels.mvau.packing import Packing

INPUTS = ("BIPOLAR", "BINARY", "TERNARY", "UINT2", "INT2", "UINT3", "INT4", "UINT5", "INT8", "UINT8", "INT16")
WEIGHTS = ("BIPOLAR", "BINARY", "TERNARY", "INT2", "UINT2", "INT3", "INT4", "UINT5", "INT8", "UINT8")
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


def _kernel(**changes: Any) -> MVAU:
    fields: dict[str, Any] = {
        "mw": 4,
        "mh": 2,
        "pe": 1,
        "simd": 2,
        "weights": np.array([[1, -1], [-2, 0], [1, 1], [0, -2]], dtype=np.int64),
        "weight_datatype": DataType["INT2"],
        "input_datatype": DataType["UINT2"],
        "output_datatype": DataType["INT5"],
        "accumulator_datatype": DataType["INT5"],
    }
    return MVAU(**{**fields, **changes})


def test_golden_is_the_matrix_product() -> None:
    x = np.array([[1, 2, 3, 0], [3, 0, 0, 3]])
    assert _kernel().golden([x])[0].tolist() == [[0, 2], [3, -9]]
    thresholded = _kernel(thresholds=np.array([[0, 1, 3]]), output_datatype=DataType["UINT2"])
    assert thresholded.golden([x])[0].tolist() == [[1, 2], [3, 0]]


def test_streams_and_cycles() -> None:
    kernel = _kernel(vectors=3)
    assert kernel.input_streams[0].folded_shape == (3, 2, 2)
    assert kernel.output_streams[0].folded_shape == (3, 2, 1)
    assert kernel.cycles == 12
    assert kernel.folding_choices() == {"PE": [1, 2], "SIMD": [1, 2, 4]}
    assert kernel.with_folding(PE=2, SIMD=4).cycles == 3


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"pe": 3}, "PE=3 does not divide MH=2; possible are 1, 2"),
        ({"simd": 3}, "SIMD=3 does not divide MW=4; possible are 1, 2, 4"),
        ({"weights": np.zeros((2, 4), dtype=np.int64)}, "weights of shape (2, 4) do not fit; give (4, 2)"),
        (
            {"weight_datatype": DataType["BIPOLAR"]},
            "weights from -2 to 1 are not all BIPOLAR; choose another type",
        ),
        (
            {"weight_datatype": DataType["INT9"]},
            "weight type INT9 is not an integer of at most 8 bits; quantise it",
        ),
        (
            {"input_datatype": DataType["UINT17"]},
            "input type UINT17 is not an integer of at most 16 bits; quantise it",
        ),
        (
            {"accumulator_datatype": DataType["INT4"]},
            "accumulator type INT4 does not hold -9 to 6; choose one that does, of at most 32 bits",
        ),
        (
            {"output_datatype": DataType["UINT8"]},
            "output type UINT8 does not hold -9 to 6; choose one that does, of at most 32 bits",
        ),
        ({"ram_style": "ultra"}, "ram_style ultra is unknown; possible are auto, distributed, block"),
        ({"res_type": "dps"}, "resType dps is unknown; possible are auto, lut, dsp"),
        (
            {"res_type": "dsp"},
            "resType dsp takes weights and activations of 4 to 8 bits, not INT2 and UINT2;"
            " choose lut or auto",
        ),
        ({"thresholds": np.array([[2, 1]])}, "thresholds are not ascending; sort them per channel"),
    ],
)
def test_refusals(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(FinnError) as error:
        _kernel(**changes)
    assert str(error.value) == text


def test_weight_words_go_through_a_row_fold_before_the_next() -> None:
    # Row 0 is (1, -2, 1, 0), row 1 (-1, 0, 1, -2); input 0 of a beat is in the lowest bits.
    assert _kernel().rtl("t").memories["t_weights.mem"] == "9\n1\n3\n9\n"
    # Both rows in a word, row 0 in the lower half.
    assert _kernel(pe=2).rtl("t").memories["t_weights.mem"] == "39\n91\n"


def test_bipolar_weights_are_stored_as_zero_and_one() -> None:
    weights = np.array([[1, -1], [-1, -1], [1, 1], [1, -1]])
    kernel = _kernel(weights=weights, weight_datatype=DataType["BIPOLAR"])
    assert kernel.rtl("t").memories["t_weights.mem"] == "1\n3\n0\n1\n"


def test_ram_style_is_obeyed() -> None:
    assert _kernel(ram_style="block").rtl("t").parameters["WEIGHT_BLOCK"] == 1
    assert _kernel(ram_style="distributed").rtl("t").parameters["WEIGHT_BLOCK"] == 0
    assert _kernel(ram_style="block", pe=2, simd=4).rtl("t").parameters["WEIGHT_BLOCK"] == 0


def test_large_layers_are_written_quickly() -> None:
    rng = np.random.default_rng(5)
    kernel = make_case(rng, (1024, 1024, 32, 32), ("INT8", "INT8"), ("UINT4", 15, 0)).kernel
    kernel.rtl("t")
    start = perf_counter()
    kernel.rtl("t")
    assert perf_counter() - start < 1.0


def test_resources_follow_the_folding() -> None:
    rng = np.random.default_rng(6)
    small = make_case(rng, (64, 64, 2, 8), ("UINT2", "INT2"), ("UINT2", 3, 0)).kernel
    assert small.with_folding(PE=8).resources().lut > 2 * small.resources().lut
    block = make_case(rng, (64, 64, 2, 8), ("UINT2", "INT2"), None, ram_style="block").kernel
    assert block.resources().bram18 > 0
