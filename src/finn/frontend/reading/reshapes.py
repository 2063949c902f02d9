"""Brings reshapes of a network's input before what acts on its elements one by one."""

from __future__ import annotations

from onnx import NodeProto
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.frontend.graph.operators import ELEMENTWISE
from finn.frontend.graph.working_graph import WorkingGraph
from finn.frontend.reading.shapes import KnownShapes

__all__ = ("ReshapesBefore",)


class ReshapesBefore(Transformation):  # type: ignore[misc]
    """A ``Reshape`` changes places with the operators between it and the input that treat all elements alike.

    What is then between the input and the first layer is the input's own elements in another shape, as the
    networks on rows begin that Keras writes as images of one column.
    """

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """All of them, as far as they can go."""
        graph = WorkingGraph(model)
        moved = False
        for node in [node for node in graph.nodes if node.op_type == "Reshape"]:
            row = _row_before(graph, node)
            for before in row:
                _exchange(graph, node, before)
                moved = True
        if not moved:
            return model, False
        return model.transform(KnownShapes(), make_deepcopy=False, cleanup=False), False


def _row_before(graph: WorkingGraph, node: NodeProto) -> list[NodeProto]:
    """The operators between the input and ``node``, the last one first; none where one is not as they are."""
    row: list[NodeProto] = []
    tensor = str(node.input[0])
    while tensor not in graph.inputs:
        maker = graph.maker(tensor)
        if maker is None or tensor in graph.outputs or len(graph.readers(tensor)) != 1:
            return []
        if maker.op_type != "Reshape":
            if not _treats_all_alike(graph, maker, len(graph.shape(node.output[0]) or ())):
                return []
            row.append(maker)
        tensor = str(maker.input[0])
    return row


def _treats_all_alike(graph: WorkingGraph, node: NodeProto, rank: int) -> bool:
    """Whether it has only constants of one value, which add no axis to a tensor of ``rank``."""
    constants = [graph.model.get_initializer(name) for name in node.input[1:] if name]
    alike = all(value is not None and value.size == 1 and value.ndim <= rank for value in constants)
    return alike and node.op_type in (*ELEMENTWISE, "Cast") and node.op_type != "MultiThreshold"


def _exchange(graph: WorkingGraph, node: NodeProto, before: NodeProto) -> None:
    """``node`` reads what ``before`` read, and the other way round."""
    source, between, target = str(before.input[0]), str(before.output[0]), str(node.output[0])
    node.input[0], node.output[0] = source, f"{between}_before_{before.name}"
    before.input[0], before.output[0] = node.output[0], target
    graph.nodes.remove(before)
    graph.nodes.insert(graph.place(node) + 1, before)
