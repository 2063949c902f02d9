"""A normalised network as the planner reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto
from qonnx.core.modelwrapper import ModelWrapper

from finn.frontend.graph.attributes import refusal
from finn.frontend.graph.graph_view import GraphView
from finn.frontend.graph.operators import ELEMENTWISE, JOINS, LAYOUT, POOLINGS, RESAMPLING, WINDOWED
from finn.frontend.graph.order import Order, behind
from finn.frontend.host.programs import program_of
from finn.frontend.levels.activations import per_element
from finn.frontend.levels.affine import Affine, compact
from finn.frontend.levels.evaluate import run
from finn.frontend.levels.quantised import Quantised
from finn.frontend.levels.quantisers import (
    MAX_BITS,
    Lattice,
    declared_bits,
    last_quantiser,
    lattice_of,
    scaled,
)
from finn.frontend.levels.rounding import as_double

__all__ = ("Network",)

_AFFINE = ("Add", "Sub", "Mul", "Div")
_FLOATS = (TensorProto.FLOAT, TensorProto.DOUBLE)


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
    input
        Name of the graph input.
    outputs
        Names of the graph outputs.
    """

    def __init__(self, model: ModelWrapper, quantised: Mapping[str, Quantised]) -> None:
        self.model = model
        self._quantised = quantised
        names = [tensor.name for tensor in model.graph.initializer]
        self.constants: dict[str, NDArray[Any]] = {name: model.get_initializer(name) for name in names}
        self.nodes = tuple(model.graph.node)
        self.input = str(model.graph.input[0].name)
        self.outputs = tuple(str(tensor.name) for tensor in model.graph.output)

    def node(self, name: str) -> NodeProto:
        """The node of that name."""
        return next(node for node in self.nodes if node.name == name)

    def is_fork(self, tensor: str) -> bool:
        """Whether several nodes read a tensor, or one does and it is a graph output."""
        reads = sum(list(node.input).count(tensor) for node in self.nodes)
        return reads + (tensor in self.outputs) > 1

    def kind(self, node: NodeProto) -> str:
        """``elementwise``, ``layer`` (product, convolution, pooling, resampling), ``join`` or ``other``."""
        moving = self.moving(node)
        if node.op_type == "MatMul" and moving == [node.input[0]]:
            return "layer" if self.constants[node.input[1]].ndim == 2 else "other"
        if node.op_type in WINDOWED:
            return "layer" if moving == [node.input[0]] else "other"
        if node.op_type == "Split":
            return "join" if moving == [node.input[0]] else "other"
        if node.op_type in JOINS and len(moving) > 1 and len(moving) == len(node.input):
            return "join"
        known = node.op_type in (*ELEMENTWISE, *LAYOUT)
        return "elementwise" if known and len(moving) == 1 else "other"

    def row(self) -> tuple[list[NodeProto], NodeProto | None]:
        """The element-wise operators from the input on, and the other one behind them; None at a fork."""
        row: list[NodeProto] = []
        tensor = self.input
        while tensor not in self.outputs:
            readers = self.readers(tensor)
            if len(readers) != 1 or self.is_fork(tensor):
                return row, None
            if self.kind(readers[0]) != "elementwise":
                return row, readers[0]
            row.append(readers[0])
            tensor = str(readers[0].output[0])
        return row, None

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

    def lattice(self, nodes: Sequence[NodeProto]) -> Lattice | None:
        """The lattice of the last quantiser and what follows it; None without a quantiser.

        Raises
        ------
        FinnError
            If there is a quantiser and its values are not integers on one scale.
        """
        index = last_quantiser(nodes)
        if index is None:
            return None
        lattice = self.end_lattice(nodes[index:])
        if lattice is None:
            bits = declared_bits(nodes[index], self.constants)
            if bits > MAX_BITS:
                raise refusal(nodes[index], f"has {bits} bits; at most {MAX_BITS} are supported in hardware")
            raise refusal(nodes[index], "gives values that are not whole multiples of one scale")
        return lattice

    def end_lattice(self, nodes: Sequence[NodeProto]) -> Lattice | None:
        """The lattice of the quantiser ``nodes[0]`` and what follows; None where there is none."""
        return lattice_of(nodes, self.constants, self.shape(nodes[0].input[0]))

    def affine(self, nodes: Sequence[NodeProto], value: Affine, order: Order, channels: int) -> Affine | None:
        """What a tensor stands for behind ``nodes`` where they are products with one constant, sums
        with constants and layouts only; ``order`` is the tensor's before them."""
        if value.knots is not None:
            return None
        program, arrays = program_of(nodes, self.constants)
        scale, arrays = value.scale, as_double(arrays)
        for step in program:
            if not _is_affine(step) or _is_reversed(step, arrays):
                return None
            scale = scaled(step, arrays, scale).reshape(-1)
        start = np.broadcast_to(per_element(value.offset, order, channels), (1, *order.shape))
        offsets = run(program, arrays, _tensor(nodes[0], arrays), start) if nodes else start
        streamed = np.empty(order.size)
        streamed[behind(nodes, self.constants, order).reshape(-1)] = offsets.reshape(-1)
        vectors = streamed.reshape(-1, channels)
        if scale.size != 1 or np.any(vectors != vectors[0]):
            return None
        return Affine(scale, compact(vectors[0]))


def _is_affine(step: dict[str, Any]) -> bool:
    """A product, a sum, a layout, or a cast that keeps whole numbers."""
    keeps = step["op"] == "Cast" and step["attributes"]["to"] in _FLOATS
    return keeps or step["op"] in (*_AFFINE, *LAYOUT)


def _is_reversed(step: dict[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bool:
    """A constant less, or divided by, the tensor."""
    return bool(step["op"] in ("Sub", "Div") and step["inputs"][0] in arrays)


def _tensor(node: NodeProto, arrays: Mapping[str, NDArray[Any]]) -> str:
    """The input of ``node`` that is not constant."""
    return next(str(name) for name in node.input if name not in arrays)
