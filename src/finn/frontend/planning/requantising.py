"""Multiplications in the place of thresholds where these lie on a line and take more room."""

from __future__ import annotations

import math
from dataclasses import replace

from finn.errors import FinnError
from finn.frontend.layers.layers import MatrixLayer, ThresholdLayer
from finn.frontend.layers.requantise_layer import RequantiseLayer
from finn.frontend.levels.activations import Bounds
from finn.frontend.levels.multiply_shift import multiply_shift
from finn.frontend.planning.plan import Placed, Plan, bounds_of
from finn.kernels.base import Resources
from finn.kernels.requantise import Requantise
from finn.kernels.thresholding import Thresholding

__all__ = ("with_requantisations",)

# Of fewer levels thresholds are always cheaper.
_FEWEST_STEPS = 31
# A block RAM and a DSP in LUTs, as a 7z020 has them.
_LUTS_OF_BRAM18, _LUTS_OF_DSP = 190, 240


def with_requantisations(plan: Plan) -> None:
    """Exchange activations of a plan for layers that multiply, where these are exact and cost less."""
    for placed in list(plan.layers):
        if isinstance(placed.layer, MatrixLayer | ThresholdLayer):
            layer = _cheaper(placed.layer)
            if layer is not None:
                _exchange(plan, placed, layer)


def _cheaper(layer: MatrixLayer | ThresholdLayer) -> RequantiseLayer | None:
    activation = layer.activation
    if activation is None or activation.thresholds.shape[1] < _FEWEST_STEPS:
        return None
    low, high = _bounds(layer)
    line = multiply_shift(activation.thresholds, activation.flip, low, high, activation.offset)
    if line is None:
        return None
    kind = layer.accumulator_datatype if isinstance(layer, MatrixLayer) else layer.input_datatype
    made = RequantiseLayer(_origin(layer), layer.output_shape, kind, activation, line)
    try:
        return made if _price(_multiplying(made)) < _price(_comparing(made)) else None
    except FinnError:  # wider than the kernel takes
        return None


def _origin(layer: MatrixLayer | ThresholdLayer) -> tuple[str, ...]:
    """Names of the nodes of the activation; that of a product comes first."""
    return layer.origin[1:] if isinstance(layer, MatrixLayer) else layer.origin


def _bounds(layer: MatrixLayer | ThresholdLayer) -> Bounds:
    """Least and largest integer before the activation, per channel or alike for all."""
    return (layer.low, layer.high) if isinstance(layer, MatrixLayer) else bounds_of(layer.input_datatype)


def _multiplying(layer: RequantiseLayer) -> Resources:
    return Requantise(
        channels=layer.shape[-1],
        pe=1,
        multipliers=layer.line.multipliers,
        offsets=layer.line.offsets,
        shift=layer.line.shift,
        steps=layer.steps,
        input_datatype=layer.input_datatype,
        output_datatype=layer.output_datatype,
        activation_offset=layer.activation.offset,
        vectors=math.prod(layer.shape[:-1]),
        round_even=layer.line.round_even,
    ).resources()


def _comparing(layer: RequantiseLayer) -> Resources:
    activation = layer.activation
    return Thresholding(
        channels=layer.shape[-1],
        pe=1,
        thresholds=activation.thresholds,
        input_datatype=layer.input_datatype,
        output_datatype=layer.output_datatype,
        activation_offset=activation.offset,
        flip=activation.flip,
        vectors=math.prod(layer.shape[:-1]),
    ).resources()


def _price(cost: Resources) -> int:
    return cost.lut + _LUTS_OF_BRAM18 * cost.bram18 + _LUTS_OF_DSP * cost.dsp


def _exchange(plan: Plan, placed: Placed, layer: RequantiseLayer) -> None:
    """Put the layer behind the product whose activation it is, or in the place of thresholds."""
    index = plan.layers.index(placed)
    if not isinstance(placed.layer, MatrixLayer):
        plan.layers[index] = Placed(layer, placed.inputs, placed.outputs)
        return
    wire = plan.new_wire()
    bare = replace(placed.layer, origin=placed.layer.origin[:1], activation=None)
    plan.layers[index : index + 1] = [
        Placed(bare, placed.inputs, (wire,)),
        Placed(layer, (wire,), placed.outputs),
    ]
