"""Where a multiplication takes the place of thresholds, and where it does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from qonnx.core.datatype import DataType

from finn.frontend.layers.layers import MatrixLayer, ThresholdLayer
from finn.frontend.layers.requantise_layer import RequantiseLayer
from finn.frontend.levels.activations import Activation
from finn.frontend.levels.affine import Affine
from finn.frontend.planning.plan import Placed, Plan
from finn.frontend.planning.requantising import with_requantisations

CHANNELS, PIXELS = 24, 7
ACCUMULATOR = DataType["INT20"]


def _activation(steps: int, bend: float = 0.0) -> Activation:
    """Levels on a line of its own in each channel, with ``bend`` on a curve."""
    level = np.arange(1, steps + 1)
    slope = np.linspace(31.7, 77.3, CHANNELS)[:, None]
    thresholds = np.ceil(level * slope + bend * level**2 - 1000 * slope / 37)
    datatype = DataType["UINT8"]
    return Activation(thresholds.astype(np.int64), (), 0, datatype, ())


def _plan(activation: Activation) -> tuple[Plan, ThresholdLayer]:
    plan = Plan()
    layer = ThresholdLayer(("quantiser",), (PIXELS, CHANNELS), ACCUMULATOR, activation)
    plan.place(layer, (plan.new_wire(),))
    return plan, layer


def _levels(layer: RequantiseLayer, x: NDArray[np.int64]) -> NDArray[np.int64]:
    line = layer.line
    return np.clip((x * line.multipliers + line.offsets) >> line.shift, 0, layer.steps)


def test_thresholds_on_a_line_become_a_multiplication_with_their_levels() -> None:
    plan, before = _plan(_activation(255))
    with_requantisations(plan)
    (placed,) = plan.layers
    assert isinstance(placed.layer, RequantiseLayer)
    assert (placed.layer.origin, placed.inputs, placed.outputs) == (("quantiser",), (0,), (1,))
    x = np.arange(-(2**19), 2**19, 13)[:, None]
    counted = [(x >= row).sum(axis=1) for row in before.activation.thresholds]
    assert np.array_equal(_levels(placed.layer, x), np.stack(counted, axis=1))


@pytest.mark.parametrize(
    ("activation", "why"),
    [
        (_activation(255, bend=0.2), "no line passes"),
        (_activation(30), "few levels"),
        (replace(_activation(31), thresholds=_activation(31).thresholds[:1]), "a single row is cheaper"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_others_stay_thresholds(activation: Activation, why: str) -> None:
    plan, before = _plan(activation)
    with_requantisations(plan)
    assert [placed.layer for placed in plan.layers] == [before]


def test_behind_a_product_the_activation_becomes_a_layer_of_its_own() -> None:
    rng = np.random.default_rng(3)
    weights = rng.integers(-128, 128, (40, CHANNELS))
    activation = _activation(255)
    layer = MatrixLayer(
        origin=("product", "scale", "quantiser"),
        shape=(PIXELS, 40),
        weights=weights,
        weight_datatype=DataType["INT8"],
        input_datatype=DataType["INT8"],
        low=np.full(CHANNELS, -(2**19)),
        high=np.full(CHANNELS, 2**19 - 1),
        value=Affine(np.ones(1)),
        activation=activation,
    )
    plan = Plan()
    (wire,) = plan.place(layer, (plan.new_wire(),))
    plan.place(layer, (wire,))
    with_requantisations(plan)
    product, line = plan.layers[:2]
    assert isinstance(product.layer, MatrixLayer) and product.layer.activation is None
    assert isinstance(line.layer, RequantiseLayer)
    assert (product.layer.origin, line.layer.origin) == (("product",), ("scale", "quantiser"))
    assert line.inputs == product.outputs and line.outputs == plan.layers[2].inputs == (wire,)
    assert isinstance(plan.layers[3], Placed)
