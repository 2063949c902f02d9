"""Transpositions of networks with channels last, as Keras and qonnx write them: they cancel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.frontend.graph.attributes import attributes, channel_axis, data_layout, set_attribute
from finn.frontend.graph.operators import ELEMENTWISE
from finn.frontend.graph.working_graph import Perm, WorkingGraph
from finn.frontend.reading.shapes import KnownShapes

__all__ = ("TransposesBehind",)

_SAME_EVERYWHERE = (*ELEMENTWISE, "Dropout", "Cast")
_LAYOUTS = {(4, 1): "NCHW", (4, 3): "NHWC", (3, 1): "NCW", (3, 2): "NWC", (2, 1): "NC"}
_OF_SEVERAL = ("Add", "Sub", "Mul", "Concat", "RequantizedAdd")
_REDUCTIONS = ("ReduceMean", "ReduceSum", "ReduceMax")

_AXES_AT = {"Slice": 3}
_RESIZING = ("Resize", "Upsample")


class TransposesBehind(Transformation):  # type: ignore[misc]
    """A ``Transpose`` changes places with operators behind it, until it meets another and both become one.

    What then lies behind the network's input, with element-wise operators between, goes to that input.
    """

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """All of them, until none can move."""
        graph = WorkingGraph(model)
        if not graph.transposed():
            return model, False
        for step in (_moved, _raised):
            while sum(step(graph, tensor) for tensor in graph.transposed()):
                pass
        return model.transform(KnownShapes(), make_deepcopy=False, cleanup=False), False


def _moved(graph: WorkingGraph, tensor: str) -> bool:
    """Whether the transposition that gives ``tensor`` vanished, or went a step further."""
    node = graph.transpose(tensor)
    if node is None:
        return False
    perm, readers = graph.perm(node), graph.readers(tensor)
    if tensor in graph.outputs or not readers or perm[0] != 0:
        return False
    if list(perm) == sorted(perm):
        _replace(readers, tensor, node.input[0])
        graph.nodes.remove(node)
        return True
    if len(readers) > 1:
        if any(_passes(graph, reader, tensor, perm) for reader in readers):
            _copied(graph, node, readers[1:])
            return True
        return False
    if not _passes(graph, readers[0], tensor, perm):
        return False
    _exchange(graph, readers[0], perm)
    return True


def _replace(readers: Sequence[NodeProto], old: str, new: str) -> None:
    for reader in readers:
        for index, name in enumerate(reader.input):
            if name == old:
                reader.input[index] = new


def _copied(graph: WorkingGraph, node: NodeProto, readers: Sequence[NodeProto]) -> None:
    """A transposition of its own for each of ``readers``."""
    place = graph.place(node) + 1
    for index, reader in enumerate(readers):
        copy = helper.make_node(
            "Transpose", [node.input[0]], [f"{node.output[0]}_{index}_{reader.name}"],
            name=f"{node.name}_{index}_{reader.name}", perm=list(graph.perm(node)),
        )  # fmt: skip
        _replace([reader], node.output[0], copy.output[0])
        graph.model.set_tensor_shape(copy.output[0], graph.shape(node.output[0]))
        graph.nodes.insert(place, copy)


def _passes(graph: WorkingGraph, node: NodeProto, tensor: str, perm: Perm) -> bool:
    """Whether ``node`` can change places with the transposition that gives ``tensor``."""
    if list(node.input).count(tensor) != 1:
        return False
    moving = graph.moving(node)
    if len(moving) > 1:
        makers = [n for n in graph.nodes if set(n.output) & set(moving)]
        alike = all(n.op_type == "Transpose" and graph.perm(n) == perm for n in makers)
        alone = all(len(graph.readers(name)) == 1 for name in moving)
        enough = len(makers) == len(set(moving))
        return node.op_type in _OF_SEVERAL and alike and alone and enough
    if node.op_type == "BatchNormalization":
        return perm[1] == 1
    if node.op_type == "MultiThreshold":
        return (len(perm), perm[channel_axis(data_layout(node, len(perm)))]) in _LAYOUTS
    if node.op_type in (*_REDUCTIONS, "Slice"):
        return _axes(graph, node) is not None
    if node.op_type == "Gather":
        indices = graph.model.get_initializer(node.input[1])
        return indices is not None and indices.ndim == 1
    if node.op_type in _RESIZING:
        return "axes" not in attributes(node) and all(
            value is not None and value.size == len(perm) for value in _sizes(graph, node).values()
        )
    if node.op_type == "Pad":
        return len(node.input) < 4 and (
            len(node.input) < 2 or graph.model.get_initializer(node.input[1]) is not None
        )
    return node.op_type in (*_SAME_EVERYWHERE, "Transpose", "Split")


def _sizes(graph: WorkingGraph, node: NodeProto) -> dict[int, NDArray[Any] | None]:
    """Scales or sizes of a resizing, one for each axis, by the place of the input; None where unknown."""
    places = [i for i, name in enumerate(node.input) if name and i]
    found = {i: graph.model.get_initializer(node.input[i]) for i in places}
    return {i: value for i, value in found.items() if value is None or value.size}


def _axes(graph: WorkingGraph, node: NodeProto) -> NDArray[np.int64] | None:
    """The axes that a reduction or a ``Slice`` takes; None where they are not known."""
    place = _AXES_AT.get(node.op_type, 1)
    if len(node.input) > place and node.input[place]:
        value = graph.model.get_initializer(node.input[place])
    else:
        value = attributes(node).get("axes")
    return None if value is None else np.asarray(value, dtype=np.int64)


def _exchange(graph: WorkingGraph, node: NodeProto, perm: Perm) -> None:
    """Let ``node`` read what its transpositions read, and put these behind its outputs."""
    if node.op_type == "Transpose":
        _merge(graph, node, perm)
        return
    after = _adapt(graph, node, perm)
    for name in graph.moving(node):
        maker = graph.maker(name)
        assert maker is not None
        _replace([node], name, maker.input[0])
        graph.nodes.remove(maker)
    place = graph.place(node) + 1
    for index, target in enumerate(node.output):
        source = node.output[index] = f"{target}_first"
        shape = graph.shape(target)
        if shape:
            back = np.argsort(after)
            graph.model.set_tensor_shape(source, [shape[axis] for axis in back])
        name = f"{target}_Transpose"
        graph.nodes.insert(place, helper.make_node("Transpose", [source], [target], name=name, perm=after))


def _merge(graph: WorkingGraph, node: NodeProto, perm: Perm) -> None:
    maker = graph.maker(node.input[0])
    assert maker is not None
    both = [perm[axis] for axis in graph.perm(node)]
    node.input[0] = maker.input[0]
    del node.attribute[:]
    node.attribute.append(helper.make_attribute("perm", both))
    graph.nodes.remove(maker)


def _adapt(graph: WorkingGraph, node: NodeProto, perm: Perm) -> Perm:
    """Write ``node`` for its inputs' axes before ``perm``; what its outputs have to be transposed by."""
    rank, axis = len(perm), attributes(node).get("axis", 0)
    if node.op_type in ("Concat", "Split", "Gather"):
        set_attribute(node, "axis", perm[axis % rank])
    elif node.op_type == "MultiThreshold":
        set_attribute(node, "data_layout", _LAYOUTS[rank, perm[channel_axis(data_layout(node, rank))]])
    elif node.op_type in _REDUCTIONS:
        return _adapt_reduction(graph, node, perm)
    elif node.op_type == "Slice":
        axes = _axes(graph, node)
        assert axes is not None
        node.input[_AXES_AT["Slice"]] = f"{node.name}_axes_first"
        graph.add_constant(
            f"{node.name}_axes_first", np.array([perm[a % rank] for a in axes], dtype=np.int64)
        )
    elif node.op_type in _RESIZING:
        for index, value in _sizes(graph, node).items():
            assert value is not None
            node.input[index] = f"{node.name}_sizes_{index}_first"
            graph.add_constant(node.input[index], value[np.argsort(perm)])
    elif node.op_type == "Pad":
        _adapt_pads(graph, node, perm)
    elif node.op_type not in ("BatchNormalization", "Cast", "Dropout"):
        graph.move_constants(node, tuple(int(place) for place in np.argsort(perm)))
    return perm


def _adapt_reduction(graph: WorkingGraph, node: NodeProto, perm: Perm) -> Perm:
    axes = _axes(graph, node)
    assert axes is not None
    given = sorted(perm[axis % len(perm)] for axis in axes)
    if len(node.input) > 1 and node.input[1]:
        node.input[1] = f"{node.name}_axes_first"
        graph.add_constant(node.input[1], np.asarray(given, dtype=np.int64))
    else:
        set_attribute(node, "axes", given)
    if attributes(node, keepdims=1)["keepdims"]:
        return perm
    kept = [axis for axis in perm if axis not in given]
    return tuple(sorted(kept).index(axis) for axis in kept)


def _adapt_pads(graph: WorkingGraph, node: NodeProto, perm: Perm) -> None:
    back = np.argsort(perm)
    if len(node.input) > 1:
        pads = graph.model.get_initializer(node.input[1]).reshape(2, -1)[:, back]
        node.input[1] = f"{node.name}_pads_first"
        graph.add_constant(node.input[1], pads.reshape(-1))
    else:
        set_attribute(
            node, "pads", np.reshape(attributes(node)["pads"], (2, -1))[:, back].reshape(-1).tolist()
        )


def _raised(graph: WorkingGraph, tensor: str) -> bool:
    """Whether the transposition that gives ``tensor`` went a step towards the input, which it will reach."""
    node = graph.transpose(tensor)
    if node is None:
        return False
    row, perm = _row_before(graph, node), graph.perm(node)
    if not row or perm[0] != 0 or not all(_passes_back(before, perm) for before in row):
        return False
    before = row[0]
    (moving,) = graph.moving(before)
    if before.op_type == "MultiThreshold":
        axis = perm.index(channel_axis(data_layout(before, len(perm))))
        set_attribute(before, "data_layout", _LAYOUTS[len(perm), axis])
    elif before.op_type in ELEMENTWISE and before.op_type != "BatchNormalization":
        graph.move_constants(before, perm)
    source = f"{moving}_for_{before.name}"
    graph.model.set_tensor_shape(source, [(graph.shape(moving) or [])[axis] for axis in perm])
    graph.nodes.remove(node)
    transpose = helper.make_node("Transpose", [moving], [source], name=node.name, perm=list(perm))
    graph.nodes.insert(graph.place(before), transpose)
    _replace([before], moving, source)
    before.output[0] = tensor
    return True


def _row_before(graph: WorkingGraph, node: NodeProto) -> list[NodeProto]:
    """The element-wise operators between ``node`` and the network's input, the last one first; else none."""
    row: list[NodeProto] = []
    tensor = str(node.input[0])
    while tensor not in graph.inputs:
        maker = graph.maker(tensor)
        alone = len(graph.readers(tensor)) == 1 and tensor not in graph.outputs
        if row and maker is not None and maker.op_type == "Reshape" and _is_reshaped_input(graph, maker):
            return row
        if maker is None or not alone or maker.op_type not in _SAME_EVERYWHERE:
            return []
        if len(graph.moving(maker)) != 1:
            return []
        row.append(maker)
        tensor = graph.moving(maker)[0]
    return row


def _is_reshaped_input(graph: WorkingGraph, node: NodeProto) -> bool:
    source = graph.maker(node.input[0])
    return node.input[0] in graph.inputs or (
        source is not None and source.op_type == "Reshape" and _is_reshaped_input(graph, source)
    )


def _passes_back(node: NodeProto, perm: Perm) -> bool:
    if node.op_type == "BatchNormalization":
        return perm[1] == 1
    if node.op_type == "MultiThreshold":
        return (len(perm), perm.index(channel_axis(data_layout(node, len(perm))))) in _LAYOUTS
    return True
