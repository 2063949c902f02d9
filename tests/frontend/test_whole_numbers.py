"""Levels of whole numbers: sums of two streams are exact for every pair, and have no ties."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import helper
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.frontend.graph.integer_operators import INTEGER_DOMAIN
from finn.frontend.graph.order import plain_order
from finn.frontend.layers.branch_layers import AddLayer
from finn.frontend.layers.layers import ThresholdLayer
from finn.frontend.levels.affine import Affine
from finn.frontend.levels.evaluate import Tail
from finn.frontend.levels.thresholds import find_thresholds
from finn.frontend.planning.plan import Edge, Plan, bounds_of
from finn.frontend.planning.requantised_sums import requantised_add
from finn.runtime.requantise import requantise, requantised_sum

SHAPE = (3,)


def edge(wire: int, datatype: str = "INT8", shape: tuple[int, ...] = SHAPE, **value: float) -> Edge:
    affine = Affine(
        *(np.array([value.get(key, default)]) for key, default in (("scale", 1.0), ("offset", 0.0)))
    )
    kind = DataType[datatype]
    return Edge(wire, f"t{wire}", kind, affine, plain_order(shape), shape, bounds_of(kind))


def factor(value: float) -> tuple[int, int]:
    fraction, exponent = np.frexp(value)
    return round(float(fraction) * 2**31), 31 - int(exponent)


def added(
    scales: tuple[float, float, float], low: int = -128, high: int = 127, subtract: int = 0
) -> tuple[helper.NodeProto, dict]:
    largest = 2 * max(scales[:2])
    pairs = [factor(v) for v in (scales[0] / largest, scales[1] / largest, largest / (2**20 * scales[2]))]
    attributes = {
        "left_shift": 20, "zero_points": [-128, 4, -31], "low": low, "high": high, "subtract": subtract,
        "multipliers": [q for q, _ in pairs], "shifts": [s for _, s in pairs],
    }  # fmt: skip
    node = helper.make_node(
        "RequantizedAdd", ["t0", "t1"], ["y"], name="ADD_3", domain=INTEGER_DOMAIN, **attributes
    )
    return node, attributes


@pytest.mark.parametrize("subtract", [0, 1])
@pytest.mark.parametrize("offset", [0, 5])
@pytest.mark.parametrize(
    ("scales", "low"),
    [
        ((0.03939355, 0.10419496, 0.050945673), -128),
        ((0.083858304, 0.21724364, 0.12706915), -31),
        ((0.0721, 0.0721, 0.1442), -128),
        ((0.3, 0.011, 0.013), -128),
    ],
)
def test_a_sum_is_thresholds_of_a_weighted_sum_for_every_pair(
    scales: tuple[float, float, float], low: int, offset: int, subtract: int
) -> None:
    node, attributes = added(scales, low, subtract=subtract)
    plan = Plan(wires=2)
    result = requantised_add(plan, node, [edge(0, offset=float(offset)), edge(1, "UINT8")])
    total, levels = (placed.layer for placed in plan.layers)
    assert isinstance(total, AddLayer) and isinstance(levels, ThresholdLayer) and result.tensor == "y"
    first, second = np.arange(-128, 128)[:, None], np.arange(256)[None, :]
    sums = total.factors[0] * first + total.factors[1] * second
    assert sums.min() >= int(total.output_datatype.min()) and sums.max() <= int(total.output_datatype.max())
    count = np.searchsorted(levels.activation.thresholds[0], sums, side="right")
    expected = requantised_sum(first + float(offset), second.astype(float), attributes)
    assert np.array_equal(levels.activation.offset + count, expected)
    assert levels.activation.datatype == result.datatype


def test_streams_that_do_not_fit_are_refused() -> None:
    node, _ = added((0.1, 0.2, 0.3))
    with pytest.raises(FinnError, match="adds tensors of different shapes or layouts; give both the same"):
        requantised_add(Plan(), node, [edge(0), edge(1, shape=(5,))])
    with pytest.raises(FinnError, match="adds tensors of more than 8 bits; quantise them further"):
        requantised_add(Plan(), node, [edge(0, "INT16"), edge(1)])
    with pytest.raises(FinnError, match="adds tensors with a scale per channel; quantise both with one"):
        requantised_add(Plan(), node, [edge(0, scale=-1.0), edge(1)])


def test_whole_numbers_beyond_float32_have_exact_thresholds_and_no_ties() -> None:
    constants = {"b": np.array(12345), "q": np.array(1518500250), "s": np.array(48)}
    attributes = {"zero_point": 3, "low": -128, "high": 127, "twice": 1}
    node = helper.make_node(
        "Requantize", ["x", "b", "q", "s"], ["y"], name="r", domain=INTEGER_DOMAIN, **attributes
    )
    tail = Tail([node], constants, (1,), Affine(np.ones(1)), np.ones(1))
    table = find_thresholds(tail, np.array([-(2**25)]), np.array([2**25]))
    assert table.ties.size == 0 and table.thresholds.shape == (1, 255)
    values = np.concatenate([table.thresholds[0] - 1, table.thresholds[0]])
    values = values[np.abs(values) <= 2**25]
    levels = requantise(values.astype(np.float64), *constants.values(), attributes)
    assert np.array_equal(table.low + np.searchsorted(table.thresholds[0], values, side="right"), levels)
