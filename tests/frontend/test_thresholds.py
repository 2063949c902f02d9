"""Threshold tables against a scan of the function they stand for."""

from __future__ import annotations

import numpy as np
import pytest

from finn.errors import FinnError
from finn.frontend.levels import thresholds as module
from finn.frontend.levels.affine import Affine
from finn.frontend.levels.evaluate import Tail
from finn.frontend.levels.thresholds import find_thresholds

from .qonnx_networks import Network


def tail_of(network: Network, scale=1.0, output_scale=1.0, shape=(8,)) -> Tail:
    model = network.model()
    constants = {t.name: model.get_initializer(t.name) for t in model.graph.initializer}
    unit, step = (np.atleast_1d(np.asarray(value, dtype=np.float64)) for value in (scale, output_scale))
    return Tail(list(model.graph.node), constants, shape, Affine(unit), step)


def bounds(low: int, high: int, size: int = 1) -> tuple[np.ndarray, np.ndarray]:
    return np.full(size, low), np.full(size, high)


def levels_by(table, x: np.ndarray) -> np.ndarray:
    count = (x[:, None, None] >= table.thresholds).sum(axis=2)
    return np.where(table.flip, table.high - count, table.low + count)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_enumeration_and_bisection_agree(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(8).batch_norm(gamma=[1, -1, 0, 0.3, 2, -0.2, 1e-9, 1]).quant(0.37, bits=bits, signed=0)
    tail = tail_of(network, scale=np.linspace(0.05, 0.1, 8), output_scale=0.37)
    enumerated = find_thresholds(tail, *bounds(-300, 400, 8))
    monkeypatch.setattr(module, "_ENUMERATED_VALUES", 1)
    bisected = find_thresholds(tail, *bounds(-300, 400, 8))
    assert np.array_equal(enumerated.thresholds, bisected.thresholds)
    assert np.array_equal(enumerated.flip, bisected.flip)
    assert np.array_equal(
        levels_by(enumerated, np.arange(-300, 401)), tail.levels(np.arange(-300, 401)[:, None])
    )
    assert enumerated.thresholds.min() >= -300 and enumerated.thresholds.max() <= 401


def test_enumeration_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    tail = tail_of(Network(8).batch_norm().quant(0.37), output_scale=0.37)
    whole = find_thresholds(tail, *bounds(-70, 80))
    monkeypatch.setattr(module, "_CHUNK", 24)
    parts = find_thresholds(tail, *bounds(-70, 80))
    assert np.array_equal(whole.thresholds, parts.thresholds)
    assert np.array_equal(whole.ties, parts.ties)


def test_levels_that_are_not_reached_take_no_threshold() -> None:
    table = find_thresholds(tail_of(Network(8).op("Relu").quant(1.0)), *bounds(-100, 3))
    assert (table.low, table.high) == (0, 3)
    assert table.thresholds.tolist() == [[1, 2, 3]]


def test_a_constant_keeps_one_threshold_that_is_never_reached() -> None:
    table = find_thresholds(tail_of(Network(8).quant(1.0, signed=0)), *bounds(-100, -1))
    assert (table.low, table.high, table.thresholds.tolist()) == (0, 0, [[0]])


def test_one_table_for_all_channels_of_a_scalar_function() -> None:
    assert find_thresholds(
        tail_of(Network(8).op("Add", 0.5).quant(1.0)), *bounds(-9, 9)
    ).thresholds.shape == (1, 15)


def test_ties_are_the_values_on_a_boundary() -> None:
    table = find_thresholds(tail_of(Network(8).quant(2.0, bits=3)), *bounds(-4, 4))
    assert table.ties.tolist() == [[0, -3], [0, -1], [0, 1], [0, 3]]


def test_ties_an_accumulator_cannot_reach_are_left_out() -> None:
    tail = tail_of(Network(2).op("Add", [0.0, 0.0]).quant(2.0, bits=3), output_scale=2.0, shape=(2,))
    table = find_thresholds(tail, np.array([-4, -1]), np.array([4, 2]))
    assert sorted(table.ties.tolist()) == [[0, -3], [0, -1], [0, 1], [0, 3], [1, -1], [1, 1]]


def test_a_channel_that_is_switched_off_has_no_ties() -> None:
    tail = tail_of(Network(8).batch_norm(gamma=np.full(8, 1e-7)).quant(0.37), output_scale=0.37)
    assert find_thresholds(tail, *bounds(-100, 100)).ties.size == 0


def test_cancellation_makes_a_tie() -> None:
    # 1000 - 999.99994 leaves 6e-5, which is the rounding of the operands: near the boundary at zero.
    tail = tail_of(Network(1).op("Sub", 999.99994).op("BipolarQuant", 1.0), shape=(1,))
    table = find_thresholds(tail, *bounds(990, 1010), span=(-1, 1))
    assert table.ties.tolist() == [[0, 1000]]


def test_more_than_sixteen_bits_are_refused() -> None:
    with pytest.raises(FinnError) as error:
        find_thresholds(tail_of(Network(8).quant(1.0, bits=18)), *bounds(-50000, 50000))
    assert str(error.value) == (
        "Quant_0 (Quant) has 100001 levels; at most 65536 (16 bits) are supported in hardware"
    )
