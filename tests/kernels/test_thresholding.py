"""Thresholding: RTL against the golden model, memories, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.kernels.base import IntArray
from finn.kernels.thresholding import Thresholding
from finn.kernels.thresholding.memory import block_count, memory_text, prefers_block
from finn.kernels.thresholding.search import Search

# (channels, PE): one element, odd counts, one fold, many folds.
SHAPES = ((1, 1), (3, 1), (3, 3), (5, 5), (6, 2), (7, 1), (8, 4), (12, 3), (70, 7))
# (output type, thresholds, offset)
OUTPUTS = (
    ("BIPOLAR", 1, 0),
    ("BINARY", 1, 0),
    ("UINT2", 2, 0),
    ("UINT2", 3, 0),
    ("INT2", 3, -2),
    ("INT4", 14, -7),
    ("UINT4", 15, 0),
    ("INT8", 100, -50),
    ("UINT8", 255, 0),
    ("UINT4", 5, 9),
)
INPUTS = (
    "BIPOLAR",
    "BINARY",
    "TERNARY",
    "UINT2",
    "INT3",
    "UINT8",
    "INT8",
    "INT17",
    "UINT31",
    "INT32",
    "UINT32",
    "INT40",
    "UINT39",
)


def _thresholds(rng: np.random.Generator, kind: str, inputs: Any, shape: tuple[int, int]) -> IntArray:
    low, high = int(inputs.min()), int(inputs.max())
    values = {
        "random": lambda: rng.integers(low, high + 1, shape, endpoint=True),
        "ties": lambda: rng.choice([low, (low + high) // 2, high], shape),
        "lowest": lambda: np.full(shape, low),
        "never": lambda: np.full(shape, high + 1),
        "edges": lambda: rng.choice([low, low + 1, high, high + 1], shape),
        "beyond": lambda: rng.choice([low - 5, high + 9], shape),
    }[kind]()
    return np.sort(values.astype(np.int64), axis=1)


def _case(rng: np.random.Generator, number: int, inputs: str, output: tuple[str, int, int]) -> Case:
    kinds = ("random", "ties", "edges", "random", "lowest", "random", "never", "beyond")
    channels, pe = SHAPES[number % len(SHAPES)]
    rows = 1 if number % 4 == 3 else channels
    vectors = 1 + number % 3 // 2
    kind = DataType[inputs]
    kernel = Thresholding(
        channels=channels,
        pe=pe,
        thresholds=_thresholds(rng, kinds[number % len(kinds)], kind, (rows, output[1])),
        input_datatype=kind,
        output_datatype=DataType[output[0]],
        activation_offset=output[2],
        flip=tuple(rng.integers(0, 2, channels).tolist()) if number % 5 < 2 else (),
        vectors=vectors,
    )
    return Case(kernel, (random_values(rng, kind, (FRAMES, vectors, channels)),))


def _cases() -> Iterator[Case]:
    rng = np.random.default_rng(7)
    for number in range(5 * len(INPUTS)):
        yield _case(rng, number, INPUTS[number % len(INPUTS)], OUTPUTS[number % len(OUTPUTS)])


class TestThresholding(KernelGrid):
    """Every input type with every kind of thresholds."""

    def cases(self) -> list[Case]:
        return list(_cases())


class TestDeepThresholding(KernelGrid):
    """So many thresholds that the last stages are in block RAM."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(8)
        cases = []
        for flip in ((), tuple(rng.integers(0, 2, 32).tolist())):
            kernel = Thresholding(
                channels=32,
                pe=2,
                thresholds=_thresholds(rng, "random", DataType["INT20"], (32, 255)),
                input_datatype=DataType["INT20"],
                output_datatype=DataType["INT8"],
                activation_offset=-128,
                flip=flip,
            )
            assert kernel.rtl("t").parameters["BLOCK_DEPTH"]
            cases.append(Case(kernel, (random_values(rng, DataType["INT20"], (FRAMES, 1, 32)),)))
        return [*cases, _of_twelve_bits(rng)]


def _of_twelve_bits(rng: np.random.Generator) -> Case:
    """Twelve stages, whose numbers are no decimal digits any more."""
    kind = DataType["INT34"]
    kernel = Thresholding(
        channels=3,
        pe=3,
        thresholds=_thresholds(rng, "random", kind, (3, 4001)),
        input_datatype=kind,
        output_datatype=DataType["UINT12"],
        vectors=5,
    )
    return Case(kernel, (random_values(rng, kind, (FRAMES, 5, 3)),))


def _kernel(**changes: Any) -> Thresholding:
    fields: dict[str, Any] = {
        "channels": 4,
        "pe": 2,
        "thresholds": np.array([[-3, 0, 5]] * 4, dtype=np.int64),
        "input_datatype": DataType["INT4"],
        "output_datatype": DataType["UINT2"],
    }
    return Thresholding(**{**fields, **changes})


def test_sums_that_are_too_wide_to_be_compared() -> None:
    with pytest.raises(FinnError) as error:
        Search.of(np.array([[1, 2]]), (), 1, 2**40)
    assert str(error.value) == (
        "sums of products without their signs take 41 bits; at most 40 are compared with thresholds, "
        "so quantise weights or inputs further"
    )


def test_golden_counts_thresholds_that_are_reached() -> None:
    x = np.array([[-4, -3, 4, 5]])
    assert _kernel().golden([x])[0].tolist() == [[0, 1, 2, 3]]
    assert _kernel(flip=(1, 0, 0, 1)).golden([x])[0].tolist() == [[3, 1, 2, 0]]


def test_golden_of_a_bipolar_output_is_plus_or_minus_one() -> None:
    kernel = _kernel(thresholds=np.array([[1]]), output_datatype=DataType["BIPOLAR"])
    assert kernel.golden([np.array([[0, 1, 2, -1]])])[0].tolist() == [[-1, 1, 1, -1]]


def test_streams_and_cycles() -> None:
    kernel = _kernel(vectors=3)
    assert kernel.input_streams[0].folded_shape == (3, 2, 2)
    assert kernel.output_streams[0].width == 4
    assert kernel.cycles == 6
    assert kernel.folding_choices() == {"PE": [1, 2, 4]}
    assert kernel.with_folding(PE=4).cycles == 3


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"pe": 3}, "PE=3 does not divide NumChannels=4; possible are 1, 2, 4"),
        (
            {"thresholds": np.zeros((3, 2), dtype=np.int64)},
            "thresholds of shape (3, 2) do not fit; give (4, steps) or (1, steps)",
        ),
        ({"thresholds": np.array([[2, 1]])}, "thresholds are not ascending; sort them per channel"),
        ({"flip": (1,)}, "flip has 1 entries for 4 channels; give one per channel or none"),
        (
            {"activation_offset": 1},
            "results 1 to 4 do not fit output type UINT2; choose a wider one",
        ),
        (
            {"output_datatype": DataType["BIPOLAR"]},
            "results -1 to 5 do not fit output type BIPOLAR; choose a wider one",
        ),
        (
            {"input_datatype": DataType["FLOAT32"]},
            "input type FLOAT32 is not an integer of at most 40 bits; quantise it",
        ),
        (
            {"input_datatype": DataType["INT41"]},
            "input type INT41 is not an integer of at most 40 bits; quantise it",
        ),
    ],
)
def test_refusals(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(FinnError) as error:
        _kernel(**changes)
    assert str(error.value) == text


def test_a_shared_set_of_thresholds_needs_no_memory_per_lane() -> None:
    module = _kernel(thresholds=np.array([[-3, 0, 5]])).rtl("t")
    # Codes are x + 8; the middle threshold first, then its neighbours.
    assert module.memories == {
        "t_thresholds_0_0000.mem": "8\n",
        "t_thresholds_1_0000.mem": "5\nd\n",
    }


def test_padding_of_decreasing_channels_is_always_reached() -> None:
    thresholds = np.array([[1, 2], [1, 2]], dtype=np.int64)
    kernel = _kernel(channels=2, pe=1, thresholds=thresholds, flip=(0, 1), input_datatype=DataType["UINT4"])
    memories = kernel.rtl("t").memories
    assert memories["t_thresholds_0_0000.mem"] == "02\n01\n"
    assert memories["t_thresholds_1_0000.mem"] == "01\n10\n00\n02\n"
    assert memories["t_thresholds_flip.mem"] == "0\n1\n"


@pytest.mark.parametrize("bits", [1, 3, 4, 7, 8, 9, 16, 17, 33])
@pytest.mark.parametrize("lanes", [1, 3, 8])
def test_memory_text_equals_a_naive_one(bits: int, lanes: int) -> None:
    rng = np.random.default_rng(bits)
    values = rng.integers(-(1 << (bits - 1)), 1 << (bits - 1), (5, lanes))
    expected = ""
    for row in values.tolist():
        word = sum((value & ((1 << bits) - 1)) << (i * bits) for i, value in enumerate(row))
        expected += f"{word:0{-(-bits * lanes // 4)}x}\n"
    assert memory_text(values, bits) == expected


@pytest.mark.parametrize(
    ("depth", "width", "blocks"), [(512, 36, 1), (513, 36, 2), (1024, 18, 1), (64, 784, 22)]
)
def test_block_count(depth: int, width: int, blocks: int) -> None:
    assert block_count(depth, width) == blocks


def test_block_ram_is_for_deep_memories() -> None:
    assert prefers_block(512, 36)
    assert not prefers_block(64, 784)
    assert not prefers_block(512, 16)


def test_resources_grow_with_lanes() -> None:
    narrow, wide = _kernel(pe=1).resources(), _kernel(pe=4).resources()
    assert 0 < narrow.lut < wide.lut
    assert narrow.carry4 < wide.carry4
