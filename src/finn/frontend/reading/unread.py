"""Leaves out what no output of a network depends on."""

from __future__ import annotations

from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

__all__ = ("UnreadNodes",)


class UnreadNodes(Transformation):  # type: ignore[misc]
    """Removes every node whose results reach no output of the graph, as training and splitting leave them."""

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """All of them; the order of the others stays."""
        read = {tensor.name for tensor in model.graph.output}
        kept = []
        for node in reversed(model.graph.node):
            if read.intersection(node.output):
                read.update(node.input)
                kept.append(node)
        if len(kept) < len(model.graph.node):
            del model.graph.node[:]
            model.graph.node.extend(reversed(kept))
        return model, False
