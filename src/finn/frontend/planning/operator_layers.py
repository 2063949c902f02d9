"""The hardware layers of one matrix product, convolution, pooling or resampling."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto
from qonnx.core.datatype import BaseDataType

from finn.frontend.graph.attributes import attributes, refusal
from finn.frontend.graph.operators import POOLINGS, RESAMPLING
from finn.frontend.graph.order import Order, require_image, vectors_of
from finn.frontend.layers.image_layers import (
    padding_value,
    window_of,
    windowed,
)
from finn.frontend.layers.layers import Layer, depthwise_layer, matrix_layer
from finn.frontend.levels.affine import Affine
from finn.frontend.levels.quantised import Quantised
from finn.frontend.planning.network import Network
from finn.frontend.planning.plan import Edge
from finn.frontend.planning.pooling import pooling_layers
from finn.frontend.planning.resampling import resampled

__all__ = ("operator_layers",)

Shape = tuple[int, ...]
# What gives none but the integers that it reads.
_UNCHANGING = ("MaxPool", "Resize", "DepthToSpace")
ScalarT = TypeVar("ScalarT", bound=np.generic)


def operator_layers(network: Network, node: NodeProto, edge: Edge) -> list[Layer]:
    """What ``node`` becomes: padding and windows where it needs them, last the product or pooling.

    Parameters
    ----------
    network
        That of the node: its quantised weights and its constants.
    node
        A normalised MatMul, Conv, pooling or resampling.
    edge
        The stream that it reads.

    Raises
    ------
    FinnError
        If it reads its tensor in another order than it is streamed, or is not supported.
    """
    order, shape, datatype, value = edge.order, edge.shape, edge.datatype, edge.value
    if value.knots is not None and node.op_type not in _UNCHANGING:
        raise refusal(node, "reads a sum on scales with no whole ratio; quantise it before")
    if node.op_type in RESAMPLING:
        return resampled(network, node, edge)
    if node.op_type in POOLINGS:
        return pooling_layers(node, edge)
    weights = network.weights(node)
    assert weights is not None
    if node.op_type == "Conv":
        return _convolution(node, weights, order, shape, datatype, value)
    outer, place = vectors_of(node, order, shape[-1])
    return [matrix_layer(node, _reordered(weights, place), (*outer, len(place)), datatype, value)]


def _reordered(weights: Quantised, place: Order) -> Quantised:
    """Weights (MW, MH) whose rows are at ``place`` in the stream."""
    source = np.argsort(place)
    return replace(weights, levels=weights.levels[source], scale=weights.scale[source])


def _convolution(
    node: NodeProto, weights: Quantised, order: Order, shape: Shape, datatype: BaseDataType, value: Affine
) -> list[Layer]:
    image = order.shape
    require_image(node, order, shape)
    window = window_of(node, image)
    pad_with = padding_value(node, value) if any(window.padding) else 0
    before = windowed(node, shape, window, datatype, pad_with)
    streamed = before[-1].output_shape if before else shape
    kind = before[-1].output_datatype if before else datatype
    groups = int(attributes(node)["group"])
    if groups == shape[2] == len(weights.levels) > 1:
        taps = replace(weights, levels=_as_taps(weights.levels), scale=_as_taps(weights.scale))
        return [*before, depthwise_layer(node, taps, window.kernel, streamed, kind, value)]
    dense = _dense(weights, groups) if groups > 1 else weights
    matrix = replace(dense, levels=_as_matrix(dense.levels), scale=_as_matrix(dense.scale))
    return [*before, matrix_layer(node, matrix, streamed, kind, value)]


def _as_taps(values: NDArray[ScalarT]) -> NDArray[ScalarT]:
    """(channels, 1, kernel...) to (taps, channels)."""
    return np.ascontiguousarray(values.reshape(len(values), -1).T)


def _dense(weights: Quantised, groups: int) -> Quantised:
    """Weights of a grouped convolution as those of one over all channels: zero between groups."""
    outputs, inputs, *kernel = weights.levels.shape
    group = np.repeat(np.arange(groups), outputs // groups)
    own = group[:, None] == np.repeat(np.arange(groups), inputs)
    levels = np.tile(weights.levels, (1, groups, *(1,) * len(kernel)))
    scale = np.tile(weights.scale, (1, groups, *(1,) * len(kernel)))
    zeroed = np.where(own.reshape(*own.shape, *(1,) * len(kernel)), levels, 0)
    return Quantised(zeroed, scale)


def _as_matrix(values: NDArray[ScalarT]) -> NDArray[ScalarT]:
    """(outputs, channels, kernel...) to (kernel... * channels, outputs), as windows are streamed."""
    if not any(values.strides[1:]):
        # One value for each output, spread: a copy would be as large as the weights.
        outputs = values.reshape(len(values), -1)[:, 0]
        return np.broadcast_to(outputs, (values[0].size, len(outputs)))
    moved = np.moveaxis(values, (0, 1), (-1, -2))
    return np.ascontiguousarray(moved).reshape(-1, values.shape[0])
