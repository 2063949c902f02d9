"""The hardware layers of a pooling: maxima, sums and averages over windows."""

from __future__ import annotations

from math import lcm, prod

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from finn.frontend.graph.attributes import attributes, refusal
from finn.frontend.graph.order import require_image
from finn.frontend.graph.windows import counted_pixels
from finn.frontend.layers.channelwise_layer import ChannelwiseLayer, PlacewiseLayer
from finn.frontend.layers.image_layers import (
    GlobalPoolLayer,
    PoolLayer,
    TiledPoolLayer,
    Window,
    padded,
    padding_value,
    pair,
    window_of,
    windowed,
)
from finn.frontend.layers.layers import Layer
from finn.frontend.levels.affine import Affine
from finn.frontend.planning.plan import Edge

__all__ = ("pooling_layers",)


def pooling_layers(node: NodeProto, edge: Edge) -> list[Layer]:
    """What a normalised pooling becomes: padding and windows where it needs them, last the pooling.

    Averages of windows that count different numbers of pixels, as at the edge of an image whose padding
    is left out, are sums, each multiplied by a whole factor of its place.

    Raises
    ------
    FinnError
        If it reads its tensor in another order than it is streamed, or no integer stands for its padding.
    """
    require_image(node, edge.order, edge.shape)
    window, value, datatype = window_of(node, edge.order.shape), edge.value, edge.datatype
    if node.op_type == "MaxPool":
        if np.any(value.scale <= 0):
            raise refusal(node, "pools values that fall as their integers rise; use positive scales")
        # What lies outside the image is never the largest.
        return _pooled(node, edge, window, value, int(datatype.min()))
    if datatype.name == "BIPOLAR":
        raise refusal(node, "averages bipolar values; quantise them to 2 bits")
    pad_with = padding_value(node, value) if any(window.padding) else 0
    counts = _counts(node, window, edge.shape)
    offset = value.offset * window.taps
    if np.all(counts == counts.flat[0]):
        count = int(counts.flat[0])
        return _pooled(node, edge, window, Affine(value.scale / count, offset / count), pad_with)
    shared = lcm(*np.unique(counts).tolist())
    *before, pooled = _pooled(node, edge, window, Affine(value.scale / shared), pad_with)
    assert isinstance(pooled, PoolLayer)
    factors = (shared // counts).repeat(edge.shape[2])
    return [*before, pooled, *_weighted(node, pooled, factors, offset / value.scale)]


def _counts(node: NodeProto, window: Window, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """How many pixels the average of each place counts, place by place; 1 for a sum."""
    if node.op_type == "ReduceSum":
        return np.ones(1, dtype=np.int64)
    if node.op_type == "GlobalAveragePool":
        return np.array([window.taps])
    counted = [int(pads) for pads in attributes(node)["counted"]]
    half = len(counted) // 2
    before, behind = pair(counted[:half], 0), pair(counted[half:], 0)
    rows, columns = (
        counted_pixels(
            shape[axis],
            (window.kernel[axis], window.stride[axis], window.dilation[axis]),
            (window.padding[axis], window.padding[axis + 2]),
            (before[axis], behind[axis]),
        )
        for axis in (0, 1)
    )
    return np.multiply.outer(rows, columns).reshape(-1)


def _weighted(
    node: NodeProto, pooled: PoolLayer, factors: NDArray[np.int64], zero: NDArray[np.float64]
) -> list[Layer]:
    """The sums of all places, less what stands for zero, each times its own factor."""
    layers: list[Layer] = []
    datatype = pooled.output_datatype
    if np.any(zero):
        added = np.rint(zero).astype(np.int64)
        less = ChannelwiseLayer((node.name,), pooled.output_shape, datatype, added, "add")
        layers, datatype = [less], less.output_datatype
    image, value = pooled.output_shape, pooled.value
    elements = (prod(image),)
    return [*layers, PlacewiseLayer((node.name,), elements, datatype, factors, image=image, value=value)]


def _pooled(node: NodeProto, edge: Edge, window: Window, value: Affine, pad_with: int) -> list[Layer]:
    shape, datatype = edge.shape, edge.datatype
    function = "MaxPool" if node.op_type == "MaxPool" else "SumPool"
    if shape[:2] == window.kernel and not any(window.padding):
        if function == "SumPool":
            return [GlobalPoolLayer((node.name,), shape, window.kernel, function, datatype, value)]
        # One window holds the whole image, in the order of the stream.
        whole = (1, 1, window.taps * shape[2])
        return [PoolLayer((node.name,), whole, window.kernel, function, datatype, value)]
    tiled = function == "MaxPool" and window.is_tiled
    before = (padded if tiled else windowed)(node, shape, window, datatype, pad_with)
    streamed = before[-1].output_shape if before else shape
    kind = TiledPoolLayer if tiled else PoolLayer
    return [*before, kind((node.name,), streamed, window.kernel, function, datatype, value)]
