"""Transpositions of networks with channels last, as Keras and qonnx write them: they cancel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation
from qonnx.transformation.infer_shapes import InferShapes

from finn.frontend.attributes import attributes
from finn.frontend.chain import ELEMENTWISE
from finn.frontend.constant_tensors import constant_names, moved_constant

__all__ = ("TransposesBehind",)

_SAME_EVERYWHERE = (*ELEMENTWISE, "Dropout", "Cast")
_LAYOUTS = {(4, 1): "NCHW", (4, 3): "NHWC", (3, 1): "NCW", (3, 2): "NWC", (2, 1): "NC"}
_REDUCTIONS = ("ReduceMean", "ReduceSum", "ReduceMax")
Perm = tuple[int, ...]


class TransposesBehind(Transformation):  # type: ignore[misc]
    """A ``Transpose`` changes places with operators behind it, until it meets another and both become one.

    What then lies behind the network's input, with element-wise operators between, goes to that input.
    """

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """All of them, until none can move."""
        while any(_moved(model, node) for node in _transposes(model)):
            pass
        while any(_raised(model, node) for node in _transposes(model)):
            pass
        return model.transform(InferShapes(), make_deepcopy=False, cleanup=False), False


def _transposes(model: ModelWrapper) -> list[NodeProto]:
    constants = constant_names(model)
    return [n for n in model.graph.node if n.op_type == "Transpose" and n.input[0] not in constants]


def _perm(model: ModelWrapper, node: NodeProto) -> Perm:
    rank = len(model.get_tensor_shape(node.input[0]))
    return tuple(int(axis) for axis in attributes(node, perm=list(reversed(range(rank))))["perm"])


def _readers(model: ModelWrapper, tensor: str) -> list[NodeProto]:
    return [node for node in model.graph.node if tensor in node.input]


def _moving(model: ModelWrapper, node: NodeProto) -> list[str]:
    constants = constant_names(model)
    return [str(name) for name in node.input if name and name not in constants]


def _moved(model: ModelWrapper, node: NodeProto) -> bool:
    """Whether the transposition ``node`` vanished, or went a step further."""
    perm, tensor = _perm(model, node), node.output[0]
    readers = _readers(model, tensor)
    if tensor in {t.name for t in model.graph.output} or not readers or perm[0] != 0:
        return False
    if list(perm) == sorted(perm):
        _replace(readers, tensor, node.input[0])
        model.graph.node.remove(node)
        return True
    if len(readers) > 1:
        if any(_passes(model, reader, tensor, perm) for reader in readers):
            _copied(model, node, readers[1:])
            return True
        return False
    if not _passes(model, readers[0], tensor, perm):
        return False
    _exchange(model, readers[0], perm)
    return True


def _replace(readers: Sequence[NodeProto], old: str, new: str) -> None:
    for reader in readers:
        for index, name in enumerate(reader.input):
            if name == old:
                reader.input[index] = new


def _copied(model: ModelWrapper, node: NodeProto, readers: Sequence[NodeProto]) -> None:
    """A transposition of its own for each of ``readers``."""
    place = list(model.graph.node).index(node) + 1
    for index, reader in enumerate(readers):
        copy = helper.make_node(
            "Transpose", [node.input[0]], [f"{node.output[0]}_{index}_{reader.name}"],
            name=f"{node.name}_{index}_{reader.name}", perm=list(_perm(model, node)),
        )  # fmt: skip
        _replace([reader], node.output[0], copy.output[0])
        model.set_tensor_shape(copy.output[0], model.get_tensor_shape(node.output[0]))
        model.graph.node.insert(place, copy)


def _passes(model: ModelWrapper, node: NodeProto, tensor: str, perm: Perm) -> bool:
    """Whether ``node`` can change places with the transposition that gives ``tensor``."""
    if list(node.input).count(tensor) != 1:
        return False
    moving = _moving(model, node)
    if len(moving) > 1:
        makers = [n for n in model.graph.node if set(n.output) & set(moving)]
        alike = all(n.op_type == "Transpose" and _perm(model, n) == perm for n in makers)
        alone = all(len(_readers(model, name)) == 1 for name in moving)
        enough = len(makers) == len(set(moving))
        return node.op_type in ("Add", "Sub", "Mul", "Concat") and alike and alone and enough
    if node.op_type == "BatchNormalization":
        return perm[1] == 1
    if node.op_type == "MultiThreshold":
        return (len(perm), perm[_threshold_axis(node, len(perm))]) in _LAYOUTS
    if node.op_type in _REDUCTIONS:
        return _axes(model, node) is not None
    if node.op_type == "Pad":
        return len(node.input) < 4 and (
            len(node.input) < 2 or model.get_initializer(node.input[1]) is not None
        )
    return node.op_type in (*_SAME_EVERYWHERE, "Transpose", "Split")


def _threshold_axis(node: NodeProto, rank: int) -> int:
    layout = attributes(node, data_layout="")["data_layout"] or {2: "NC", 3: "NWC", 4: "NCHW"}.get(rank, "NC")
    return str(layout).index("C") if "C" in layout else 1


def _axes(model: ModelWrapper, node: NodeProto) -> NDArray[np.int64] | None:
    """The axes that a reduction takes; None where they are not known."""
    if len(node.input) > 1 and node.input[1]:
        value = model.get_initializer(node.input[1])
    else:
        value = attributes(node).get("axes")
    return None if value is None else np.asarray(value, dtype=np.int64)


def _exchange(model: ModelWrapper, node: NodeProto, perm: Perm) -> None:
    """Let ``node`` read what its transpositions read, and put these behind its outputs."""
    if node.op_type == "Transpose":
        _merge(model, node, perm)
        return
    after = _adapt(model, node, perm)
    for name in _moving(model, node):
        maker = next(n for n in model.graph.node if name in n.output)
        _replace([node], name, maker.input[0])
        model.graph.node.remove(maker)
    place = list(model.graph.node).index(node) + 1
    for index, target in enumerate(node.output):
        source = node.output[index] = f"{target}_first"
        shape = model.get_tensor_shape(target)
        if shape:
            back = np.argsort(after)
            model.set_tensor_shape(source, [shape[axis] for axis in back])
        name = f"{target}_Transpose"
        model.graph.node.insert(
            place, helper.make_node("Transpose", [source], [target], name=name, perm=after)
        )


def _merge(model: ModelWrapper, node: NodeProto, perm: Perm) -> None:
    maker = next(n for n in model.graph.node if node.input[0] in n.output)
    both = [perm[axis] for axis in _perm(model, node)]
    node.input[0] = maker.input[0]
    del node.attribute[:]
    node.attribute.append(helper.make_attribute("perm", both))
    model.graph.node.remove(maker)


def _adapt(model: ModelWrapper, node: NodeProto, perm: Perm) -> Perm:
    """Write ``node`` for its inputs' axes before ``perm``; what its outputs have to be transposed by."""
    rank, axis = len(perm), attributes(node).get("axis", 0)
    if node.op_type in ("Concat", "Split"):
        _set(node, "axis", perm[axis % rank])
    elif node.op_type == "MultiThreshold":
        _set(node, "data_layout", _LAYOUTS[rank, perm[_threshold_axis(node, rank)]])
    elif node.op_type in _REDUCTIONS:
        return _adapt_reduction(model, node, perm)
    elif node.op_type == "Pad":
        _adapt_pads(model, node, perm)
    elif node.op_type not in ("BatchNormalization", "Cast", "Dropout"):
        _move_constants(model, node, tuple(int(place) for place in np.argsort(perm)))
    return perm


def _move_constants(model: ModelWrapper, node: NodeProto, perm: Perm) -> None:
    """Transpose the constants that ``node`` combines with each element."""
    constants = constant_names(model)
    for index, name in enumerate(node.input):
        if name in constants:
            node.input[index] = moved_constant(model, node, name, perm)


def _adapt_reduction(model: ModelWrapper, node: NodeProto, perm: Perm) -> Perm:
    axes = _axes(model, node)
    assert axes is not None
    given = sorted(perm[axis % len(perm)] for axis in axes)
    if len(node.input) > 1 and node.input[1]:
        node.input[1] = f"{node.name}_axes_first"
        model.set_initializer(node.input[1], np.asarray(given, dtype=np.int64))
    else:
        _set(node, "axes", given)
    if attributes(node, keepdims=1)["keepdims"]:
        return perm
    kept = [axis for axis in perm if axis not in given]
    return tuple(sorted(kept).index(axis) for axis in kept)


def _adapt_pads(model: ModelWrapper, node: NodeProto, perm: Perm) -> None:
    back = np.argsort(perm)
    if len(node.input) > 1:
        pads = model.get_initializer(node.input[1]).reshape(2, -1)[:, back]
        node.input[1] = f"{node.name}_pads_first"
        model.set_initializer(node.input[1], pads.reshape(-1))
    else:
        _set(node, "pads", np.reshape(attributes(node)["pads"], (2, -1))[:, back].reshape(-1).tolist())


def _set(node: NodeProto, key: str, value: Any) -> None:
    for attribute in [a for a in node.attribute if a.name == key]:
        node.attribute.remove(attribute)
    node.attribute.append(helper.make_attribute(key, value))


def _raised(model: ModelWrapper, node: NodeProto) -> bool:
    """Whether the transposition ``node`` went a step towards the network's input, which it will reach."""
    row, perm = _row_before(model, node), _perm(model, node)
    if not row or perm[0] != 0 or not all(_passes_back(before, perm) for before in row):
        return False
    before = row[0]
    (tensor,) = _moving(model, before)
    if before.op_type == "MultiThreshold":
        axis = perm.index(_threshold_axis(before, len(perm)))
        _set(before, "data_layout", _LAYOUTS[len(perm), axis])
    elif before.op_type in ELEMENTWISE and before.op_type != "BatchNormalization":
        _move_constants(model, before, perm)
    source = f"{tensor}_for_{before.name}"
    shape, target = model.get_tensor_shape(tensor), node.output[0]
    model.set_tensor_shape(source, [shape[axis] for axis in perm])
    place = list(model.graph.node).index(before)
    model.graph.node.remove(node)
    transpose = helper.make_node("Transpose", [tensor], [source], name=node.name, perm=list(perm))
    model.graph.node.insert(place, transpose)
    _replace([before], tensor, source)
    before.output[0] = target
    return True


def _row_before(model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
    """The element-wise operators between ``node`` and the network's input, the last one first; else none."""
    row: list[NodeProto] = []
    outputs, tensor = {t.name for t in model.graph.output}, node.input[0]
    while tensor not in {t.name for t in model.graph.input}:
        maker = next((n for n in model.graph.node if tensor in n.output), None)
        alone = len(_readers(model, tensor)) == 1 and tensor not in outputs
        if (
            maker is None
            or not alone
            or maker.op_type not in _SAME_EVERYWHERE
            or len(_moving(model, maker)) != 1
        ):
            return []
        row.append(maker)
        tensor = _moving(model, maker)[0]
    return row


def _passes_back(node: NodeProto, perm: Perm) -> bool:
    if node.op_type == "BatchNormalization":
        return perm[1] == 1
    if node.op_type == "MultiThreshold":
        return (len(perm), perm.index(_threshold_axis(node, len(perm)))) in _LAYOUTS
    return True
