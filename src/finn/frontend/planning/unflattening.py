"""Vectors that are images: the product that gives one gives its elements in the order of a stream."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from finn.frontend.graph.order import image_order
from finn.frontend.layers.layers import DepthwiseLayer, MatrixLayer
from finn.frontend.levels.activations import Activation, per_channel
from finn.frontend.levels.affine import Affine
from finn.frontend.planning.network import Network
from finn.frontend.planning.plan import Edge, Plan

__all__ = ("as_image",)

_RANKS = (2, 3)
Places = NDArray[np.int64]


def as_image(network: Network, plan: Plan, edge: Edge, tensors: Iterable[str]) -> Edge:
    """The stream of a vector as that of the image (channels first) that its tensor is.

    Parameters
    ----------
    network, plan
        The layer that gives the vector is exchanged in the plan.
    edge
        The vector; returned as it is where it is no image, or no single product gives it. Vectors whose
        features are first are a row of pixels as they are.
    tensors
        All that go back to its stream; it stays as it is where several nodes read one of them.
    """
    rows = len(edge.shape) == 2 and edge.order.ndim == 2
    if rows and np.array_equal(edge.order, image_order(edge.order.shape)):
        return replace(edge, shape=(1, *edge.shape))
    maker = plan.maker(edge.wire)
    layer = maker.layer if maker is not None else None
    is_vector = len(edge.shape) == 1 and edge.order.ndim in _RANKS
    if not is_vector or maker is None or not isinstance(layer, MatrixLayer) or len(layer.shape) != 1:
        return edge
    if isinstance(layer, DepthwiseLayer) or any(network.is_fork(tensor) for tensor in tensors):
        return edge
    order = image_order(edge.order.shape)
    source = np.empty_like(order.reshape(-1))
    source[order.reshape(-1)] = edge.order.reshape(-1)
    shape = (*(1,) * (3 - order.ndim), *order.shape[1:], order.shape[0])
    value = _image_value(edge, order)
    if value is None:
        return edge
    plan.exchange(maker, replace(_exchanged(layer, source), image=shape))
    bounds = edge.bounds[0].min(keepdims=True), edge.bounds[1].max(keepdims=True)
    return replace(edge, order=order, shape=shape, value=value, bounds=bounds)


def _image_value(edge: Edge, order: Places) -> Affine | None:
    """What the image's integers stand for, per channel; None where pixels differ."""
    elements = [part[edge.order] if part.size > 1 else part for part in (edge.value.scale, edge.value.offset)]
    scale, offset = (per_channel(part, order, order.shape[0]) for part in elements)
    return None if scale is None or offset is None else replace(edge.value, scale=scale, offset=offset)


def _exchanged(layer: MatrixLayer, source: Places) -> MatrixLayer:
    """The layer whose output ``i`` is what ``source[i]`` was."""
    scale, offset = (
        part[source] if part.size > 1 else part for part in (layer.value.scale, layer.value.offset)
    )
    return replace(
        layer,
        weights=layer.weights[:, source],
        low=layer.low[source],
        high=layer.high[source],
        value=replace(layer.value, scale=scale, offset=offset),
        activation=None if layer.activation is None else _reordered(layer.activation, source),
    )


def _reordered(activation: Activation, source: Places) -> Activation:
    thresholds, flip = activation.thresholds, np.array(activation.flip)
    target = np.argsort(source)
    return replace(
        activation,
        thresholds=thresholds[source] if len(thresholds) > 1 else thresholds,
        flip=tuple(flip[source].tolist()) if flip.size else (),
        ties=tuple(sorted((int(target[channel]), value) for channel, value in activation.ties)),
    )
