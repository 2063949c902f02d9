"""The cut of a network into host prefix, hardware layers and host tail."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto
from qonnx.core.datatype import BaseDataType

from finn.frontend.graph.order import Order, is_image, is_pixel_of
from finn.frontend.layers.layers import Layer
from finn.frontend.levels.activations import Bounds
from finn.frontend.levels.affine import Affine

__all__ = ("Edge", "Entry", "Exit", "IntegerInput", "Placed", "Plan", "bounds_of")


@dataclass(frozen=True)
class IntegerInput:
    """A graph input that carries integers, ``value = integer * scale + offset``.

    Attributes
    ----------
    datatype
        Their type.
    scale, offset
        float64, one value or one per channel of the input's layout.
    required
        Whether an option says so: the hardware must then begin at the input.
    pixels
        Whether the bytes of an image file are such integers.
    note
        What the user is told of how the scale was found.
    """

    datatype: BaseDataType
    scale: NDArray[np.float64] = field(default_factory=lambda: np.ones(1))
    offset: NDArray[np.float64] = field(default_factory=lambda: np.zeros(1))
    required: bool = False
    pixels: bool = False
    note: str = ""


@dataclass(frozen=True)
class Edge:
    """A stream of the hardware, and the ONNX tensor that its integers stand for.

    Attributes
    ----------
    wire
        Number of the stream, unique in a plan.
    tensor
        The float tensor.
    datatype, bounds
        Type of the integers; their least and largest, per channel or alike for all.
    value
        What they stand for.
    order
        Where each element of the tensor is in the stream.
    shape
        Of the stream for one image, channels last.
    """

    wire: int
    tensor: str
    datatype: BaseDataType
    value: Affine
    order: Order
    shape: tuple[int, ...]
    bounds: Bounds

    @property
    def is_plain(self) -> bool:
        """Whether the tensor's elements are streamed as they stand."""
        return bool(np.array_equal(self.order.reshape(-1), np.arange(self.order.size)))

    @property
    def is_image(self) -> bool:
        """Whether the tensor is an image, or its flattened form, with channels first."""
        return len(self.shape) == 3 and is_image(self.order, self.shape)

    def is_like(self, other: Edge) -> bool:
        """Whether both bring the elements of tensors of one shape in the same order and channels."""
        return self.shape[-1] == other.shape[-1] and bool(np.array_equal(self.order, other.order))

    def is_pixel_of(self, image: Edge) -> bool:
        """Whether this is one pixel that broadcasting brings to each of the other's."""
        return self.order.size == image.shape[-1] and is_pixel_of(self.order, image.order)


@dataclass(frozen=True)
class Entry:
    """A stream that the host fills.

    Attributes
    ----------
    tensor
        The tensor whose integers enter; for an integer input, that one or a layout of it.
    scale
        ``float = integer * scale``.
    integer
        Whether the graph input is taken as integers, not a quantiser's output.
    image
        (channels, height, width) where an image enters, which is streamed channels last; else empty.
    edge
        The stream.
    """

    tensor: str
    scale: NDArray[np.float64]
    integer: bool
    image: tuple[int, ...]
    edge: Edge


@dataclass(frozen=True)
class Placed:
    """A layer with the streams that it reads and gives."""

    layer: Layer
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class Exit:
    """A stream that leaves the hardware for the float tensor of its edge.

    ``image`` says whether that tensor is an image, or its flattened form, with channels first.
    """

    edge: Edge
    image: bool


@dataclass
class Plan:
    """The cut of a network.

    Attributes
    ----------
    entries, layers, exits
        What runs in hardware, layers in an order in which each follows those that it reads.
    warnings
        Sentences on layers left on the host.
    prefix, tail
        Host nodes before and behind the hardware.
    """

    entries: list[Entry] = field(default_factory=list)
    layers: list[Placed] = field(default_factory=list)
    exits: list[Exit] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    prefix: list[NodeProto] = field(default_factory=list)
    tail: list[NodeProto] = field(default_factory=list)
    wires: int = 0

    def new_wire(self) -> int:
        """The number of a new stream."""
        self.wires += 1
        return self.wires - 1

    def place(self, layer: Layer, inputs: tuple[int, ...], outputs: int = 1) -> tuple[int, ...]:
        """Add a layer; the streams that it gives."""
        wires = tuple(self.new_wire() for _ in range(outputs))
        self.layers.append(Placed(layer, inputs, wires))
        return wires

    def maker(self, wire: int) -> Placed | None:
        """The layer that gives a stream; None where the host does."""
        return next((placed for placed in self.layers if wire in placed.outputs), None)

    def exchange(self, placed: Placed, layer: Layer) -> None:
        """Put ``layer`` in the place of another."""
        self.layers[self.layers.index(placed)] = Placed(layer, placed.inputs, placed.outputs)

    def uses(self, wire: int) -> int:
        """How many layers and exits read a stream."""
        reads = sum(placed.inputs.count(wire) for placed in self.layers)
        return reads + int(any(leaving.edge.wire == wire for leaving in self.exits))


def bounds_of(datatype: BaseDataType) -> Bounds:
    """The least and the largest integer of a type."""
    return np.array([int(datatype.min())]), np.array([int(datatype.max())])
