"""The thresholds of a layer whose tensor may be an image, channels first, or its flattened form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto
from qonnx.core.datatype import BaseDataType, DataType

from finn.frontend.graph.attributes import refusal
from finn.frontend.graph.operators import LAYOUT
from finn.frontend.graph.order import Order, behind
from finn.frontend.levels.affine import Affine, compact
from finn.frontend.levels.evaluate import Tail
from finn.frontend.levels.quantisers import Lattice
from finn.frontend.levels.ranges import smallest_datatype
from finn.frontend.levels.thresholds import ThresholdTable, find_thresholds

__all__ = ("Activation", "Bounds", "activation_behind", "activation_of", "per_channel", "per_element")

Constants = Mapping[str, NDArray[Any]]
ScalarT = TypeVar("ScalarT", bound=np.generic)
Bounds = tuple[NDArray[np.int64], NDArray[np.int64]]
_BY_CHANNEL = ("BatchNormalization", "MultiThreshold")


@dataclass(frozen=True)
class Activation:
    """Thresholds (channels or 1, steps) and the integers that they give: ``offset`` + count, or
    2 * count - 1 where they are BIPOLAR; less what ``down`` gives, where a function falls as well."""

    thresholds: NDArray[np.int64]
    flip: tuple[int, ...]
    offset: int
    datatype: BaseDataType
    ties: tuple[tuple[int, int], ...]
    down: Activation | None = None


def activation_behind(
    nodes: Sequence[NodeProto],
    constants: Constants,
    order: Order,
    value: Affine,
    bounds: Bounds,
    lattice: Lattice,
    shape: tuple[int, ...],
) -> Activation:
    """The thresholds that stand for ``nodes``.

    Parameters
    ----------
    nodes
        Operators behind a layer, a quantiser among them.
    order, shape
        Of the tensor before them: its order in the stream, and the stream's shape, channels last.
    value, bounds
        What its integers stand for, and their least and largest, per channel or alike for all.
    lattice
        What the nodes give.

    Raises
    ------
    FinnError
        If the pixels of an image need different thresholds, or as `find_thresholds`.
    """
    channels = shape[-1]
    if _pixels_alike(nodes, constants, order, channels):
        # One pixel stands for all.
        outer = (channels, *(1,) * (order.ndim - 1))
        value = replace(value, scale=_on_axis(value.scale, outer), offset=_on_axis(value.offset, outer))
        place, shape, scale = np.arange(channels), (channels,), lattice.scale
    else:
        outer, place = order.shape, behind(nodes, constants, order).reshape(-1)
        scale, offset = (per_element(v, order, channels) for v in (value.scale, value.offset))
        value = replace(value, scale=scale, offset=offset)
        scale = _element_scale(lattice.scale, order, channels)
    tail = Tail(nodes, constants, outer, value, scale, place % channels)
    low, high = (bound if bound.size == 1 else bound[place % channels] for bound in bounds)
    table = find_thresholds(tail, low, high, (-1, 1) if lattice.bipolar else None)
    return activation_of(_in_stream_order(table, place), lattice, shape, tail.quantiser)


def per_element(values: NDArray[np.float64], order: Order, channels: int) -> NDArray[np.float64]:
    """Values per channel, or one for all, for each element of a tensor of that order."""
    return values if values.size == 1 else values.reshape(-1)[order % channels]


def per_channel(values: NDArray[np.float64], order: Order, channels: int) -> NDArray[np.float64] | None:
    """Values per element of a tensor of that order, or per channel, per channel; None where pixels differ."""
    if values.size != order.size:
        return values if values.size in (1, channels) else None
    streamed = np.empty(order.size)
    streamed[order.reshape(-1)] = values.reshape(-1)
    vectors = streamed.reshape(-1, channels)
    return compact(vectors[0]) if np.all(vectors == vectors[0]) else None


def _on_axis(values: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    return values if values.size == 1 else values.reshape(shape)


def _element_scale(scale: NDArray[np.float64], order: Order, channels: int) -> NDArray[np.float64]:
    """Tail repeats a scale over vectors; one over an image's first axis must be given for each element."""
    on_first = order.ndim > 1 and order.shape[0] == channels and order.shape[-1] != channels
    if scale.size == channels != order.size and on_first:
        return np.repeat(scale, order.size // channels)
    return scale


def _pixels_alike(nodes: Sequence[NodeProto], constants: Constants, order: Order, channels: int) -> bool:
    """Whether the tensor is an image, channels first, whose pixels the nodes treat alike."""
    if order.ndim < 2 or order.shape[0] != channels or any(node.op_type in LAYOUT for node in nodes):
        return False
    values = [
        constants[name]
        for node in nodes
        for name in node.input
        if name in constants and node.op_type not in _BY_CHANNEL
    ]
    return bool(np.array_equal(order.reshape(channels, -1)[:, 0], np.arange(channels))) and all(
        value.size == 1 or (value.ndim == order.ndim + 1 and max(value.shape[2:]) == 1) for value in values
    )


def _in_stream_order(table: ThresholdTable, place: NDArray[np.int64]) -> ThresholdTable:
    if len(table.thresholds) == 1:
        return table
    thresholds, flip = np.empty_like(table.thresholds), np.empty_like(table.flip)
    thresholds[place], flip[place] = table.thresholds, table.flip
    ties = np.stack([place[table.ties[:, 0]], table.ties[:, 1]], axis=1)
    falling = None
    if table.falling is not None:
        falling = np.empty_like(table.falling)
        falling[place] = table.falling
    return replace(table, thresholds=thresholds, flip=flip, ties=ties, falling=falling)


def activation_of(
    table: ThresholdTable, lattice: Lattice, shape: tuple[int, ...], node: NodeProto
) -> Activation:
    """The thresholds of a tensor of ``shape`` (one image, channels last), alike for all its vectors.

    Raises
    ------
    FinnError
        If the vectors of an image need different thresholds.
    """
    if table.falling is not None:
        return _signed(table, shape, node)
    # The steps from -1 to +1 come at one accumulator value: one threshold stands for both.
    thresholds = table.thresholds[:, :1] if lattice.bipolar else table.thresholds
    thresholds, flip = _of_a_vector(thresholds, shape, node), _of_a_vector(table.flip, shape, node)
    datatype = DataType["BIPOLAR"] if lattice.bipolar else smallest_datatype(table.low, table.high)
    offset = 0 if lattice.bipolar else table.low
    flips = np.broadcast_to(flip, (shape[-1],)).astype(int).tolist()
    return Activation(
        thresholds, tuple(flips) if any(flips) else (), offset, datatype, _ties(table, shape[-1])
    )


def _signed(table: ThresholdTable, shape: tuple[int, ...], node: NodeProto) -> Activation:
    """Levels as the difference of two counts; BIPOLAR ones as well, whose steps are of two levels."""
    assert table.falling is not None
    up, down = (_of_a_vector(values, shape, node) for values in (table.thresholds, table.falling))
    taken = Activation(down, (), 0, smallest_datatype(0, down.shape[1]), ())
    datatype = smallest_datatype(table.low, table.low + up.shape[1])
    return Activation(up, (), table.low, datatype, _ties(table, shape[-1]), taken)


def _of_a_vector(values: NDArray[ScalarT], shape: tuple[int, ...], node: NodeProto) -> NDArray[ScalarT]:
    """Of values (elements, ...) those of one vector, where all are alike; a single row stands for all."""
    if len(values) == 1:
        return values
    vectors = values.reshape(-1, shape[-1], *values.shape[1:])
    if np.any(vectors != vectors[0]):
        raise refusal(node, "treats the vectors of an image differently; use one scale per channel")
    return np.asarray(vectors[0])


def _ties(table: ThresholdTable, channels: int) -> tuple[tuple[int, int], ...]:
    if len(table.thresholds) == 1:
        pairs = {(channel, int(value)) for value in table.ties[:, 1] for channel in range(channels)}
    else:
        pairs = {(int(element) % channels, int(value)) for element, value in table.ties}
    return tuple(sorted(pairs))
