"""How tensors enter the hardware: as images or vectors, from a quantiser or as the input's own integers."""

from __future__ import annotations

import numpy as np
from onnx import NodeProto
from qonnx.core.datatype import BaseDataType, DataType

from finn.frontend.graph.attributes import refusal
from finn.frontend.graph.operators import LAYOUT, WINDOWED
from finn.frontend.graph.order import Order, behind, image_order, plain_order
from finn.frontend.levels.activations import per_channel
from finn.frontend.levels.affine import Affine, Vector, compact
from finn.frontend.levels.quantisers import Lattice
from finn.frontend.levels.ranges import smallest_datatype
from finn.frontend.planning.layouts import per_element_of
from finn.frontend.planning.network import Network
from finn.frontend.planning.plan import Edge, Entry, IntegerInput, bounds_of

__all__ = ("integer_entry", "lattice_type", "quantised_entry")

_IMAGE_RANKS = (2, 3)


def quantised_entry(network: Network, tensor: str, lattice: Lattice, reader: NodeProto, wire: int) -> Entry:
    """The entry of a quantised tensor, in the order in which the first layer behind it reads it.

    Raises
    ------
    FinnError
        If its pixels have scales of their own.
    """
    image, order, shape = _layout(network, tensor)
    scale = per_channel(lattice.scale, order, shape[-1])
    if scale is None:
        raise refusal(reader, "reads an image whose pixels have different scales; use one per channel")
    datatype = lattice_type(lattice)
    edge = Edge(wire, tensor, datatype, Affine(scale), order, shape, bounds_of(datatype))
    return Entry(tensor, lattice.scale, integer=False, image=image, edge=edge)


def integer_entry(network: Network, name: str, given: IntegerInput, wire: int) -> Entry | None:
    """The entry of the input ``name`` that carries integers; None where no layer can read them as such."""
    row, reader = network.row(name)
    moved = max((i for i, node in enumerate(row, 1) if node.op_type == "Transpose"), default=0)
    host, nodes = row[:moved], row[moved:]
    if any(node.op_type not in LAYOUT for node in host):
        return None
    tensor = str(host[-1].output[0]) if host else name
    image, order, shape = _layout(network, str(row[-1].output[0]) if row else name)
    # Only shapes change between the two tensors, not the order of their elements.
    order = order.reshape(network.shape(tensor))
    value = _value(network, name, given, host, (order, shape[-1]))
    if value is None:
        return None
    if reader is not None and not _can_be_read(network, nodes, reader, value, order, shape[-1]):
        return None
    edge = Edge(wire, tensor, given.datatype, value, order, shape, bounds_of(given.datatype))
    return Entry(tensor, value.scale, integer=True, image=image, edge=edge)


def _value(
    network: Network, name: str, given: IntegerInput, host: list[NodeProto], stream: tuple[Order, int]
) -> Affine | None:
    """What the integers of the stream stand for; None where its vectors differ in that.

    ``host`` leads from the input to the tensor of which ``stream`` has the order and the channels.
    """
    source = behind(host, network.constants, plain_order(network.shape(name)))
    scale, offset = (
        _streamed(per_element_of(network, name, values).reshape(-1)[source], *stream)
        for values in (given.scale, given.offset)
    )
    return None if scale is None or offset is None else Affine(scale, offset, single=True)


def _streamed(values: Vector, order: Order, channels: int) -> Vector | None:
    """Values of a tensor's elements for the channels of its stream; None where they have no such form."""
    streamed = np.empty(order.size)
    streamed[order.reshape(-1)] = values.reshape(-1)
    vectors = streamed.reshape(-1, channels)
    return compact(vectors[0]) if np.all(vectors == vectors[0]) else None


def _can_be_read(
    network: Network, nodes: list[NodeProto], reader: NodeProto, value: Affine, order: Order, channels: int
) -> bool:
    if network.kind(reader) == "layer" and not network.runs_in_hardware(reader):
        return False
    if network.lattice(nodes) is not None:
        return True
    return network.affine(nodes, value, (order, channels), reader) is not None


def _layout(network: Network, tensor: str) -> tuple[tuple[int, ...], Order, tuple[int, ...]]:
    """The image (channels first) that a tensor is, if one, its order, and the shape of its stream."""
    shape, first = network.shape(tensor), network.first_layer(tensor)
    if first is None or first.op_type not in WINDOWED or len(shape) not in _IMAGE_RANKS:
        return (), plain_order(shape), shape
    image = (shape[0], *(1,) * (3 - len(shape)), *shape[1:])
    return image, image_order(shape), (*image[1:], shape[0])


def lattice_type(lattice: Lattice) -> BaseDataType:
    """The smallest type of a quantiser's integers."""
    return DataType["BIPOLAR"] if lattice.bipolar else smallest_datatype(lattice.low, lattice.high)
