"""The nodes of a graph by the tensors between them."""

from __future__ import annotations

from collections.abc import Container, Sequence

from onnx import NodeProto

__all__ = ("GraphView",)


class GraphView:
    """Nodes, and which tensors are constant.

    Attributes
    ----------
    nodes
        In graph order.
    constants
        Names of the tensors that do not depend on the graph's inputs.
    """

    nodes: Sequence[NodeProto]
    constants: Container[str]

    def maker(self, tensor: str) -> NodeProto | None:
        """The node that gives a tensor."""
        return next((node for node in self.nodes if tensor in node.output), None)

    def readers(self, tensor: str) -> list[NodeProto]:
        """The nodes that read a tensor, in graph order."""
        return [node for node in self.nodes if tensor in node.input]

    def moving(self, node: NodeProto) -> list[str]:
        """The inputs of ``node`` that are not constant."""
        return [str(name) for name in node.input if name and name not in self.constants]
