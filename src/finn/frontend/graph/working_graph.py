"""A model whose operators change places, as a view that rewrites look things up in."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from onnx import NodeProto
from qonnx.core.modelwrapper import ModelWrapper

from finn.frontend.graph.attributes import attributes
from finn.frontend.graph.graph_view import GraphView
from finn.frontend.graph.initialisers import constant_names, moved_constant

__all__ = ("Perm", "WorkingGraph")

Perm = tuple[int, ...]


class WorkingGraph(GraphView):
    """The model, and which of its tensors are constant: what is looked up at every step."""

    def __init__(self, model: ModelWrapper) -> None:
        self.model = model
        self.nodes: Any = model.graph.node
        self.constants: set[str] = constant_names(model)
        self.outputs = {tensor.name for tensor in model.graph.output}
        self.inputs = {tensor.name for tensor in model.graph.input}

    def transposed(self) -> list[str]:
        """The tensors that transpositions give, in graph order."""
        found = (n for n in self.nodes if n.op_type == "Transpose" and n.input[0] not in self.constants)
        return [str(node.output[0]) for node in found]

    def transpose(self, tensor: str) -> NodeProto | None:
        """The transposition that gives a tensor."""
        maker = self.maker(tensor)
        return maker if maker is not None and maker.op_type == "Transpose" else None

    def perm(self, node: NodeProto) -> Perm:
        """The axes of a transposition."""
        values = attributes(node)
        rank = 0 if "perm" in values else len(self.shape(node.input[0]) or [])
        return tuple(int(axis) for axis in values.get("perm", reversed(range(rank))))

    def shape(self, tensor: str) -> list[int] | None:
        """The shape of a tensor, where it is known."""
        shape = self.model.get_tensor_shape(tensor)
        return None if shape is None else [int(n) for n in shape]

    def place(self, node: NodeProto) -> int:
        """Where a node is."""
        return next(i for i, other in enumerate(self.nodes) if other.output == node.output)

    def add_constant(self, name: str, value: NDArray[Any]) -> None:
        """A new initialiser."""
        self.model.set_initializer(name, value)
        self.constants.add(name)

    def move_constants(self, node: NodeProto, perm: Perm) -> None:
        """Transpose the constants that a node combines with each element."""
        for index, name in enumerate(node.input):
            if name in self.constants:
                node.input[index] = moved_constant(self.model, node, name, perm)
                self.constants.add(node.input[index])
