"""Rewrites of what changes places with a function that never falls, up to a quantiser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import NodeProto
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.frontend.graph.attributes import attributes
from finn.frontend.graph.integer_operators import is_rising
from finn.frontend.graph.operators import ELEMENTWISE, QUANTISERS
from finn.frontend.graph.working_graph import WorkingGraph
from finn.frontend.host.programs import program_of
from finn.frontend.levels.evaluate import run

__all__ = ("RISING_REWRITES",)

_RISING = ("Relu", "Clip", "Identity", "Sigmoid", "Tanh", "Add", *QUANTISERS)

# What takes a part of a tensor, and what brings values to other channels or adds some.
_PARTS = ("Slice", "Gather")
_MOVING = ("DepthToSpace", "Pad", *_PARTS)


class BehindQuantiser(Transformation):  # type: ignore[misc]
    """A ``MaxPool`` changes places with rising operators behind it, up to a quantiser; so do some others.

    The largest of some values and a function that never falls can be taken in either order, so
    this is exact; the pooling then works on the quantiser's few bits. Pixels that are only repeated or
    moved are left alone by any such function, and those of a padding become its value for them. So are
    parts that are all that is read of a tensor.
    """

    op_types = ("MaxPool", "Resize", "DepthToSpace", "Pad", *_PARTS)

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """Every one of them once."""
        for pool in [node for node in model.graph.node if node.op_type in self.op_types]:
            graph = WorkingGraph(model)
            row = [] if pool.op_type in _PARTS and not _is_all(graph, pool) else _rising_row(graph, pool)
            if row and pool.op_type == "Pad":
                _evaluate_padding(model, pool, row)
            if row:
                _exchange(model, pool, row)
        return model, False


def _is_all(graph: WorkingGraph, part: NodeProto) -> bool:
    """Whether a layer's result, not quantised yet, is read by ``part`` alone."""
    data, *others = [name for name in part.input if name]
    constant = all(graph.model.get_initializer(name) is not None for name in others)
    sole = len(graph.readers(data)) == 1 and data not in graph.outputs
    return constant and sole and _is_of_a_layer(graph, data)


def _is_of_a_layer(graph: WorkingGraph, tensor: str) -> bool:
    maker = graph.maker(tensor)
    while maker is not None and maker.op_type in ELEMENTWISE and maker.op_type not in QUANTISERS:
        maker = graph.maker(graph.moving(maker)[0])
    return maker is not None and maker.op_type not in QUANTISERS


class ComparedBehindQuantiser(Transformation):  # type: ignore[misc]
    """``Max`` or ``Min`` of two tensors on different scales goes behind the quantiser of its result.

    The larger of two values, and a function that never falls of either, can be taken in any order. The
    rising operators and the quantiser then stand before both inputs, which they bring to one scale.
    """

    op_types = ("Max", "Min")

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """Every one of them once."""
        for node in [node for node in model.graph.node if node.op_type in self.op_types]:
            graph = WorkingGraph(model)
            row = _rising_row(graph, node)
            if row and len(graph.moving(node)) == len(node.input) == 2 and not _on_one_scale(graph, node):
                _repeated(model, node, row)
        return model, False


def _on_one_scale(graph: WorkingGraph, node: NodeProto) -> bool:
    """Whether both inputs come straight from quantisers with the same constants."""
    makers = [graph.maker(name) for name in node.input]
    if any(m is None or m.op_type not in QUANTISERS or len(m.input) < 2 for m in makers):
        return False
    scales = [graph.model.get_initializer(maker.input[1]) for maker in makers if maker is not None]
    return all(scale is not None for scale in scales) and np.array_equal(*scales)


def _repeated(model: ModelWrapper, node: NodeProto, row: list[NodeProto]) -> None:
    """The operators of ``row`` before each input of ``node``, which gives what the last of them gave."""
    last = row[-1].output[0]
    position = list(model.graph.node).index(node)
    for place in (0, 1):
        source, moving = str(node.input[place]), str(node.output[0])
        for one in row:
            copy = NodeProto()
            copy.CopyFrom(one)
            copy.name = f"{one.name}_{place}"
            copy.input[list(one.input).index(moving)] = source
            copy.output[0] = source = f"{one.output[0]}_of_{node.name}_{place}"
            moving = str(one.output[0])
            model.graph.node.insert(position, copy)
            position += 1
        node.input[place] = source
    node.output[0] = last
    for one in row:
        model.graph.node.remove(one)


def _rising_row(graph: WorkingGraph, pool: NodeProto) -> list[NodeProto]:
    """The rising operators behind ``pool`` up to the first quantiser; empty where there is none."""
    row: list[NodeProto] = []
    tensor = str(pool.output[0])
    while tensor not in graph.outputs:
        readers = graph.readers(tensor)
        if len(readers) != 1 or not _rises(graph.model, readers[0], tensor):
            return []
        if pool.op_type in ("DepthToSpace", "Pad", *_PARTS) and not _is_scalar(
            graph.model, readers[0], tensor
        ):
            return []
        row.append(readers[0])
        if readers[0].op_type in QUANTISERS:
            return row
        tensor = str(readers[0].output[0])
    return []


def _rises(model: ModelWrapper, node: NodeProto, tensor: str) -> bool:
    constants = [model.get_initializer(name) for name in node.input if name and name != tensor]
    if any(value is None for value in constants) or not _alike(node, constants):
        return False
    if not is_rising(node.op_type, attributes(node)):
        return False
    if node.op_type in _RISING:
        return node.op_type != "MultiThreshold" or bool(attributes(node, out_scale=1.0)["out_scale"] > 0)
    if node.op_type == "BatchNormalization":
        return bool(np.all(constants[0] > 0))
    if node.op_type in ("Mul", "Div", "Sub") and node.input[0] == tensor:
        return node.op_type == "Sub" or bool(np.all(constants[0] > 0))
    return False


def _is_scalar(model: ModelWrapper, node: NodeProto, tensor: str) -> bool:
    """Whether ``node`` treats all channels alike."""
    values = [model.get_initializer(name) for name in node.input if name and name != tensor]
    return all(value is not None and value.size == 1 for value in values)


def _alike(node: NodeProto, constants: Sequence[Any]) -> bool:
    """Whether all pixels are treated alike."""
    if node.op_type in ("BatchNormalization", "MultiThreshold"):
        return True
    return all(value.size == 1 or (value.ndim > 2 and bool(max(value.shape[2:]) == 1)) for value in constants)


def _evaluate_padding(model: ModelWrapper, pad: NodeProto, row: list[NodeProto]) -> None:
    """Pad with what the operators of ``row`` make of the value."""
    constants = {t.name: model.get_initializer(t.name) for t in model.graph.initializer}
    program, arrays = program_of(row, constants)
    rank = len(model.get_tensor_shape(pad.input[0]))
    start = np.full((1,) * rank, model.get_initializer(pad.input[2]), dtype=np.float32)
    name = f"{pad.name}_value_behind"
    model.set_initializer(name, run(program, arrays, pad.output[0], start).astype(np.float32).reshape(()))
    pad.input[2] = name


def _exchange(model: ModelWrapper, pool: NodeProto, row: list[NodeProto]) -> None:
    last, source, moving = row[-1].output[0], pool.input[0], pool.output[0]
    for node in row:
        place, moving = list(node.input).index(moving), node.output[0]
        node.input[place] = source
        node.output[0] = source = f"{moving}_before_{pool.name}"
    pool.input[0], pool.output[0] = source, last
    model.graph.node.remove(pool)
    position = list(model.graph.node).index(row[-1])
    model.graph.node.insert(position + 1, pool)


RISING_REWRITES: tuple[type[Transformation], ...] = (BehindQuantiser, ComparedBehindQuantiser)
"""After constants are evaluated."""
