"""MVAU as a layer: shapes, cycles, stored weights, cost, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernels.test_mvau import make_case
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.kernels.mvau import MVAU


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
            {"weight_datatype": DataType["INT25"]},
            "weight type INT25 is not an integer of at most 24 bits; quantise it",
        ),
        (
            {"input_datatype": DataType["UINT17"]},
            "input type UINT17 is not an integer of at most 16 bits; quantise it",
        ),
        (
            {"accumulator_datatype": DataType["INT4"]},
            "accumulator type INT4 does not hold -9 to 6; choose one that does, of at most 40 bits",
        ),
        (
            {"output_datatype": DataType["UINT8"]},
            "output type UINT8 does not hold -9 to 6; choose one that does, of at most 40 bits",
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


def test_resources_follow_the_folding() -> None:
    rng = np.random.default_rng(6)
    small = make_case(rng, (64, 64, 2, 8), ("UINT2", "INT2"), ("UINT2", 3, 0)).kernel
    assert small.with_folding(PE=8).resources().lut > 2 * small.resources().lut
    block = make_case(rng, (64, 64, 2, 8), ("UINT2", "INT2"), None, ram_style="block").kernel
    assert block.resources().bram18 > 0
