"""Hardware layers as the front end finds them, before they are written as ONNX nodes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto
from qonnx.core.datatype import BaseDataType, DataType

from finn.frontend.graph.attributes import refusal
from finn.frontend.layers.branch_layers import AddLayer, ConcatLayer, EltwiseLayer, SplitLayer
from finn.frontend.layers.channelwise_layer import ChannelwiseLayer
from finn.frontend.layers.elements import SameShape
from finn.frontend.layers.gather_layer import GatherLayer
from finn.frontend.layers.image_layers import PadLayer, PoolLayer, WindowLayer
from finn.frontend.layers.multiplied_out import multiplied_out
from finn.frontend.layers.reorder_layer import ReorderLayer
from finn.frontend.layers.requantise_layer import RequantiseLayer
from finn.frontend.layers.resampling_layers import BlockLayer, SpreadLayer, UpsampleLayer
from finn.frontend.levels.activations import Activation
from finn.frontend.levels.affine import Affine, compact
from finn.frontend.levels.quantised import Quantised
from finn.frontend.levels.ranges import accumulator_ranges, smallest_datatype
from finn.kernels.base import MAX_SUM_BITS

__all__ = (
    "MAX_OPERAND_BITS",
    "DepthwiseLayer",
    "LabelLayer",
    "Layer",
    "MatrixLayer",
    "ThresholdLayer",
    "depthwise_layer",
    "matrix_layer",
)

Integers = NDArray[np.int64]
MAX_OPERAND_BITS = 16
MAX_WEIGHT_BITS = 24


@dataclass(frozen=True)
class ThresholdLayer(SameShape):
    """``Thresholding``: ``shape`` is the tensor's for one image, channels last."""

    origin: tuple[str, ...]
    shape: tuple[int, ...]
    input_datatype: BaseDataType
    activation: Activation

    @property
    def output_datatype(self) -> BaseDataType:
        """Type of the result."""
        return self.activation.datatype


@dataclass(frozen=True)
class MatrixLayer:
    """``MVAU``: weights (MW, MH), rows as the input is streamed; ``shape`` is the input's, MW last.

    ``low`` and ``high`` are the accumulator's exact bounds per output channel, ``value`` is what
    it stands for. ``image`` is the (height, width, channels) that a vector of outputs is, if one.
    """

    origin: tuple[str, ...]
    shape: tuple[int, ...]
    weights: Integers
    weight_datatype: BaseDataType
    input_datatype: BaseDataType
    low: Integers
    high: Integers
    value: Affine
    activation: Activation | None = None
    image: tuple[int, ...] = ()

    @property
    def accumulator_datatype(self) -> BaseDataType:
        """Smallest type that holds every dot product."""
        return smallest_datatype(int(self.low.min()), int(self.high.max()))

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the result for one image."""
        return self.image or (*self.shape[:-1], self.weights.shape[1])

    @property
    def output_datatype(self) -> BaseDataType:
        """Type of the result: the accumulator's, or what the thresholds give."""
        return self.activation.datatype if self.activation else self.accumulator_datatype


@dataclass(frozen=True)
class DepthwiseLayer(MatrixLayer):
    """``VVAU``: weights (taps, channels), one channel by another."""

    kernel: tuple[int, int] = (1, 1)


@dataclass(frozen=True)
class LabelLayer:
    """``LabelSelect``: indices of the ``count`` largest of a vector, the lowest index first among equals."""

    origin: tuple[str, ...]
    shape: tuple[int, ...]
    input_datatype: BaseDataType
    count: int

    @property
    def output_datatype(self) -> BaseDataType:
        """Smallest type that holds an index."""
        return smallest_datatype(0, self.shape[-1] - 1)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the result for one image."""
        return (self.count,)


Layer = (
    ThresholdLayer
    | MatrixLayer
    | LabelLayer
    | PadLayer
    | SpreadLayer
    | UpsampleLayer
    | BlockLayer
    | WindowLayer
    | PoolLayer
    | AddLayer
    | EltwiseLayer
    | ChannelwiseLayer
    | RequantiseLayer
    | ConcatLayer
    | SplitLayer
    | GatherLayer
    | ReorderLayer
)


def matrix_layer(
    node: NodeProto,
    weights: Quantised,
    shape: tuple[int, ...],
    datatype: BaseDataType,
    value: Affine,
) -> MatrixLayer:
    """The product ``node`` of integers of ``datatype``, which stand for ``value``, with weights.

    Raises
    ------
    FinnError
        If scales that differ along the summed axis have no whole ratios, or weights or inputs are wider
        than the hardware takes.
    """
    # Channels are innermost in a window, so that their offsets come again for each of its pixels.
    offsets = np.tile(value.offset, len(weights.levels) // value.offset.size)
    # Most inputs have no offset; the product would copy the weights.
    outputs = weights.levels.shape[1]
    offset = offsets @ (weights.levels * weights.scale) if offsets.any() else np.zeros(outputs)
    whole = multiplied_out(node, weights, value.scale)
    low, high = accumulator_ranges(whole.levels, int(datatype.min()), int(datatype.max()))
    layer = MatrixLayer(
        origin=(node.name,),
        shape=shape,
        weights=whole.levels,
        weight_datatype=_weight_datatype(whole),
        input_datatype=datatype,
        low=low,
        high=high,
        value=Affine(compact(whole.scale[0]), compact(offset)),
    )
    _require_widths(node, layer)
    return layer


def depthwise_layer(
    node: NodeProto,
    weights: Quantised,
    kernel: tuple[int, int],
    shape: tuple[int, ...],
    datatype: BaseDataType,
    value: Affine,
) -> DepthwiseLayer:
    """The depthwise convolution ``node`` with weights (taps, channels); otherwise as `matrix_layer`."""
    if np.any(weights.scale != weights.scale[:1]):
        raise refusal(
            node, "has weight scales that differ within an output channel; use one scale per output"
        )
    offset = value.offset * (weights.levels * weights.scale).sum(axis=0)
    low, high = accumulator_ranges(weights.levels, int(datatype.min()), int(datatype.max()))
    layer = DepthwiseLayer(
        origin=(node.name,),
        shape=shape,
        weights=weights.levels,
        weight_datatype=_weight_datatype(weights),
        input_datatype=datatype,
        low=low,
        high=high,
        value=Affine(compact(weights.scale[0] * value.scale), compact(offset)),
        kernel=kernel,
    )
    _require_widths(node, layer)
    return layer


def _require_widths(node: NodeProto, layer: MatrixLayer) -> None:
    widths = (
        ("reads operands", layer.input_datatype, MAX_OPERAND_BITS),
        ("has weights", layer.weight_datatype, MAX_WEIGHT_BITS),
        ("needs accumulators", layer.accumulator_datatype, MAX_SUM_BITS),
    )
    for what, datatype, most in widths:
        if datatype.bitwidth() > most:
            reason = f"{what} of {datatype.bitwidth()} bits; at most {most} are supported"
            raise refusal(node, f"{reason}, so quantise them further")


def _weight_datatype(weights: Quantised) -> BaseDataType:
    if weights.bipolar:
        return DataType["BIPOLAR"]
    return smallest_datatype(int(weights.levels.min()), int(weights.levels.max()))
