"""The streams between layers, and how a layer is put on one."""

from __future__ import annotations

from typing import NamedTuple

from onnx import NodeProto, TensorProto, helper
from qonnx.core.modelwrapper import ModelWrapper

from finn.core.network import instances
from finn.kernels.base import Stream
from finn.kernels.node import DOMAIN

__all__ = ("Edge", "edges_of", "insert_on")


class Edge(NamedTuple):
    """A stream between two layers: the one that reads it, and at which of its inputs."""

    consumer: str
    port: int = 0

    def tensor(self, model: ModelWrapper) -> str:
        """The tensor that the edge carries."""
        return str(_consumer(model, self).input[self.port])

    def __str__(self) -> str:
        return f"{self.consumer}_{self.port}" if self.port else self.consumer


def edges_of(model: ModelWrapper) -> list[tuple[Edge, Stream, Stream]]:
    """All streams between two layers in graph order, as they leave the one and enter the other."""
    parts = instances(model)
    sources = {
        name: stream
        for part in parts
        for name, stream in zip(part.outputs, part.kernel.output_streams, strict=True)
    }
    return [
        (Edge(part.name, port), sources[name], sink)
        for part in parts
        for port, (name, sink) in enumerate(zip(part.inputs, part.kernel.input_streams, strict=True))
        if name in sources
    ]


def _consumer(model: ModelWrapper, edge: Edge) -> NodeProto:
    return next(node for node in model.graph.node if node.name == edge.consumer)


def insert_on(model: ModelWrapper, edge: Edge, op_type: str, name: str, **attributes: object) -> None:
    """Put a node that changes no value on an edge."""
    before, after = edge.tensor(model), f"{name}_out"
    shape, datatype = model.get_tensor_shape(before), model.get_tensor_datatype(before)
    node = helper.make_node(op_type, [before], [after], name=name, domain=DOMAIN, **attributes)
    position = next(i for i, n in enumerate(model.graph.node) if n.name == edge.consumer)
    model.graph.node.insert(position, node)
    model.graph.value_info.append(helper.make_tensor_value_info(after, TensorProto.FLOAT, shape))
    model.set_tensor_datatype(after, datatype)
    _consumer(model, edge).input[edge.port] = after
