"""A normalised network as the planner reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError
from finn.frontend.graph.attributes import attributes, refusal
from finn.frontend.graph.graph_view import GraphView
from finn.frontend.graph.operators import (
    ELEMENTWISE,
    JOINS,
    LAYOUT,
    PAIRED,
    PICKING,
    POOLINGS,
    QUANTISERS,
    REDUCTIONS,
    RESAMPLING,
    SUMS,
    WINDOWED,
    network_inputs,
)
from finn.frontend.graph.order import Order
from finn.frontend.graph.regions import cuts, regions_of
from finn.frontend.levels.affine import Affine
from finn.frontend.levels.affine_steps import affine_behind
from finn.frontend.levels.quantised import Quantised
from finn.frontend.levels.quantisers import (
    MAX_BITS,
    Lattice,
    declared_bits,
    lattice_of,
)

__all__ = ("Network",)


_IMAGE_AXES = 3


class Network(GraphView):
    """Constants, shapes and operators of a normalised model.

    Attributes
    ----------
    model
        It itself.
    constants
        Values of all initialisers.
    nodes
        The operators, each behind those that it reads.
    inputs
        Names of the graph inputs.
    outputs
        Names of the graph outputs.
    """

    def __init__(self, model: ModelWrapper, quantised: Mapping[str, Quantised]) -> None:
        self.model = model
        self._quantised = quantised
        names = [tensor.name for tensor in model.graph.initializer]
        self.constants: dict[str, NDArray[Any]] = {name: model.get_initializer(name) for name in names}
        self.nodes = tuple(model.graph.node)
        self.inputs = network_inputs(model)
        self.outputs = tuple(str(tensor.name) for tensor in model.graph.output)
        self._regions = regions_of(self, self.outputs, self.shape)
        self._inner = {name for region in self._regions.values() for name in region.inner}

    def node(self, name: str) -> NodeProto:
        """The node of that name."""
        return next(node for node in self.nodes if node.name == name)

    def is_fork(self, tensor: str) -> bool:
        """Whether several nodes read a tensor, or one does and it is a graph output.

        Not where all that is made of it meets again as one function of it.
        """
        if tensor in self._inner:
            return False
        reads = sum(list(node.input).count(tensor) for node in self.nodes)
        return reads + (tensor in self.outputs) > 1

    def kind(self, node: NodeProto) -> str:
        """``elementwise``, ``layer`` (product, convolution, pooling, resampling), ``join`` or ``other``."""
        moving = self.moving(node)
        if node.name in self._regions:
            return "elementwise"
        if node.op_type == "MatMul" and moving == [node.input[0]]:
            return "layer" if self.constants[node.input[1]].ndim == 2 else "other"
        if node.op_type in REDUCTIONS and not self._sums_pixels(node):
            return "join" if moving == [node.input[0]] else "other"
        if node.op_type in WINDOWED:
            return "layer" if moving == [node.input[0]] else "other"
        if node.op_type in PICKING:
            return "join" if moving == [node.input[0]] else "other"
        if node.op_type in JOINS and len(moving) > 1 and len(moving) == len(node.input):
            return "join"
        known = node.op_type in (*ELEMENTWISE, *LAYOUT)
        return "elementwise" if known and len(moving) == 1 else "other"

    def _sums_pixels(self, node: NodeProto) -> bool:
        """Whether a sum is one over all pixels of each channel, as a pooling is."""
        pixels = np.arange(2, 1 + len(self.shape(node.input[0])))
        if node.op_type != "ReduceSum":
            return False
        kept = attributes(node, keepdims=1)["keepdims"]
        axes = np.sort(self.constants[node.input[1]])
        return bool(kept and pixels.size > 1 and np.array_equal(axes, pixels))

    def row(self, tensor: str) -> tuple[list[NodeProto], NodeProto | None]:
        """The element-wise operators behind a tensor, and the other one behind them; None at a fork."""
        row: list[NodeProto] = []
        while tensor not in self.outputs:
            readers = self.readers(tensor)
            if len(readers) != 1 or self.is_fork(tensor):
                return row, None
            if self.kind(readers[0]) != "elementwise":
                return row, readers[0]
            row.append(readers[0])
            tensor = str(readers[0].output[0])
        return row, None

    def sources(self, tensor: str) -> set[str]:
        """The graph inputs that a tensor depends on."""
        reached = {tensor}
        for node in reversed(self.nodes):
            if reached & set(node.output):
                reached |= set(self.moving(node))
        return reached & set(self.inputs)

    def picks(self, node: NodeProto) -> bool:
        """Whether it takes rows, columns or channels of a tensor, and does not divide all channels."""
        divides = node.op_type == "Split" and attributes(node, axis=0)["axis"] == 1
        return node.op_type in PICKING and not divides

    def reduces_images(self, node: NodeProto) -> bool:
        """Whether it is a sum, mean or maximum over other axes of an image than its pixels."""
        return node.op_type in REDUCTIONS and len(self.shape(node.input[0])) == _IMAGE_AXES

    def first_layer(self, tensor: str) -> NodeProto | None:
        """The first layer that a tensor reaches through element-wise operators and joins."""
        reached = {tensor}
        for node in self.nodes:
            if not reached & set(node.input):
                continue
            kind = self.kind(node)
            if kind == "layer" and self.runs_in_hardware(node):
                return node
            if kind in ("elementwise", "join"):
                reached |= set(node.output)
        return None

    def shape(self, tensor: str) -> tuple[int, ...]:
        """Shape for one image."""
        return tuple(int(n) for n in self.model.get_tensor_shape(tensor)[1:])

    def weights(self, node: NodeProto) -> Quantised | None:
        """The quantised weights of a matrix product; None where they are not quantised."""
        return self._quantised.get(node.input[1]) if len(node.input) > 1 else None

    def runs_in_hardware(self, node: NodeProto) -> bool:
        """Whether it needs no weights, or has quantised ones."""
        return node.op_type in (*POOLINGS, *RESAMPLING) or self.weights(node) is not None

    def quantisers(self, nodes: Sequence[NodeProto]) -> list[int]:
        """Indices of the quantisers that all of what is behind them is made of."""
        return [index for index in cuts(nodes, self.constants) if nodes[index].op_type in QUANTISERS]

    def lattice(self, nodes: Sequence[NodeProto]) -> Lattice | None:
        """The lattice of the last quantiser and what follows it; None without a quantiser.

        Raises
        ------
        FinnError
            If there is a quantiser and its values are not integers on one scale.
        """
        index = next(reversed(self.quantisers(nodes)), None)
        if index is None:
            return None
        lattice = self.end_lattice(nodes[index:])
        if lattice is None:
            bits = declared_bits(nodes[index], self.constants)
            if bits > MAX_BITS:
                raise refusal(nodes[index], f"has {bits} bits; at most {MAX_BITS} are supported in hardware")
            raise self._uneven(nodes[index:])
        return lattice

    def _uneven(self, nodes: Sequence[NodeProto]) -> FinnError:
        """Names the quantiser, or what follows it, behind which values are on no scale any more."""
        whole = [k for k in range(len(nodes)) if self.end_lattice(nodes[: k + 1]) is not None]
        text = "gives values that are not whole multiples of one scale"
        if not whole:
            return refusal(nodes[0], text)
        return refusal(nodes[whole[-1] + 1], f"{text}, which a layer reads; put a quantiser behind it")

    def normalised_behind(self, nodes: Sequence[NodeProto]) -> int | None:
        """The place of the last quantiser where it gives whole multiples of a scale and ``nodes`` do not."""
        place = next(reversed(self.quantisers(nodes)), None)
        if place in (None, len(nodes) - 1) or self.end_lattice(nodes[place:]) is not None:
            return None
        return place if self.end_lattice(nodes[place : place + 1]) is not None else None

    def end_lattice(self, nodes: Sequence[NodeProto]) -> Lattice | None:
        """The lattice of the quantiser ``nodes[0]`` and what follows; None where there is none."""
        return lattice_of(nodes, self.constants, self.shape(nodes[0].input[0]))

    def affine(
        self, nodes: Sequence[NodeProto], value: Affine, stream: tuple[Order, int], reader: NodeProto
    ) -> Affine | None:
        """As `affine_behind`, for ``reader``: sums and products take scales per channel of ``nodes``."""
        if any(len(self.moving(node)) > 1 for node in nodes):
            return None
        found = affine_behind(nodes, self.constants, value, *stream)
        alike = found is None or not nodes or found.scale.size == 1
        return (
            found
            if alike or reader.op_type in (*SUMS, *PAIRED, "Conv", "MatMul") or self.picks(reader)
            else None
        )
