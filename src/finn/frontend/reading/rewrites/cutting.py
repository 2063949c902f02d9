"""Rewrites of operators that cut tensors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.frontend.graph.attributes import attributes
from finn.frontend.graph.working_graph import WorkingGraph

__all__ = ("CUTTING_REWRITES",)

_KEYS = ("starts", "ends", "axes", "steps")
_AXIS = 1


class SlicesAsSplit(Transformation):  # type: ignore[misc]
    """``Slice`` nodes that share all channels of a tensor among them become one ``Split``.

    Others are left as they are.
    """

    op_types = ("Slice",)

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """All tensors that are cut."""
        graph = WorkingGraph(model)
        cut = [str(node.input[0]) for node in graph.nodes if node.op_type in self.op_types]
        for tensor in dict.fromkeys(cut):
            parts = _parts(graph, tensor)
            if parts:
                _split(graph, tensor, parts)
        return model, False


def _parts(graph: WorkingGraph, tensor: str) -> list[tuple[int, int, NodeProto]]:
    """First channel, the one behind the last, and node of each part; empty where they are no partition."""
    nodes = [node for node in graph.readers(tensor) if node.op_type == "Slice"]
    ranges = [(_range(graph, node), node) for node in nodes]
    parts = sorted((*found, place) for place, (found, _) in enumerate(ranges) if found is not None)
    starts = [start for start, _, _ in parts]
    ends = [end for _, end, _ in parts]
    shape = graph.shape(tensor)
    whole = shape is not None and len(parts) > 1 and [0, *ends] == [*starts, shape[_AXIS]]
    return [(start, end, nodes[place]) for start, end, place in parts] if whole else []


def _range(graph: WorkingGraph, node: NodeProto) -> tuple[int, int] | None:
    """The channels that a node takes; None where it takes no range of channels alone."""
    shape = graph.shape(node.input[0])
    given = {key: _values(graph, node, place, key) for place, key in enumerate(_KEYS, 1)}
    starts, ends, axes, steps = (given[key] for key in _KEYS)
    if shape is None or starts is None or ends is None or starts.size != 1 or ends.size != 1:
        return None
    axis = 0 if axes is None else int(axes.flat[0])
    step = 1 if steps is None else int(steps.flat[0])
    if len(shape) <= _AXIS or axis % len(shape) != _AXIS or step != 1:
        return None
    start, end, _ = slice(int(starts.flat[0]), int(ends.flat[0])).indices(shape[_AXIS])
    return (start, end) if start < end else None


def _values(graph: WorkingGraph, node: NodeProto, place: int, key: str) -> NDArray[np.int64] | None:
    """An input of newer opsets, or the attribute of older ones; None where it is not known."""
    if len(node.input) > place and node.input[place]:
        value = graph.model.get_initializer(node.input[place])
    else:
        value = attributes(node).get(key)
    return None if value is None else np.asarray(value)


def _split(graph: WorkingGraph, tensor: str, parts: list[tuple[int, int, NodeProto]]) -> None:
    first = min((node for _, _, node in parts), key=graph.place)
    name = f"{first.name}_channels"
    graph.add_constant(name, np.array([end - start for start, end, _ in parts], dtype=np.int64))
    outputs = [node.output[0] for _, _, node in parts]
    split = helper.make_node("Split", [tensor, name], outputs, name=first.name, axis=_AXIS)
    graph.nodes.insert(graph.place(first), split)
    for _, _, node in parts:
        graph.nodes.remove(node)


CUTTING_REWRITES: tuple[type[Transformation], ...] = (SlicesAsSplit,)
"""Of graphs that are written for ONNX' opset 13 then."""
