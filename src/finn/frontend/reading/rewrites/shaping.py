"""Operators that cut, join, repeat and reduce tensors, each in one spelling."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.frontend.graph.attributes import attributes, refusal, set_attribute
from finn.frontend.reading.rewrites.linear import NodeRewrite

__all__ = ("SHAPING_REWRITES",)

_MIXED = "mixes the images of a batch; keep the first axis as the batch"
# An end from here on is that of the axis, in 32 bits too.
_WHOLE = 2**31 - 1


def _rank(model: ModelWrapper, node: NodeProto) -> int:
    return len(model.get_tensor_shape(node.input[0]) or ())


def _own_axes(model: ModelWrapper, node: NodeProto, axes: Sequence[int]) -> list[int]:
    """The axes counted from the first; FinnError where the batch is among them, or there are no such."""
    rank = _rank(model, node)
    if any(not -rank <= axis < rank for axis in axes):
        raise refusal(node, f"works on axes {list(axes)} of a tensor of {rank}; check the export")
    counted = [int(axis) % rank for axis in axes]
    if 0 in counted:
        raise refusal(node, _MIXED)
    return counted


def _given(model: ModelWrapper, node: NodeProto, index: int, key: str) -> NDArray[np.int64] | None:
    """Integers that are an attribute in old opsets and an input in new ones; None where there are none."""
    if len(node.input) > index and node.input[index]:
        value = model.get_initializer(node.input[index])
        if value is None:
            raise refusal(node, f"has {key} that are computed; export it with constants")
        return np.asarray(value, dtype=np.int64).reshape(-1)
    values = attributes(node).get(key)
    return None if values is None else np.asarray(values, dtype=np.int64).reshape(-1)


def _constants(
    model: ModelWrapper, node: NodeProto, **values: Sequence[int] | NDArray[np.int64]
) -> list[str]:
    names = []
    for key, value in values.items():
        name = f"{node.name}_{key}"
        model.set_initializer(name, np.asarray(value, dtype=np.int64))
        names.append(name)
    return names


class AxisWritten(NodeRewrite):
    """``Concat``, ``Gather``, ``ArgMax``, ``ArgMin`` with an axis counted from the first."""

    op_types = ("Concat", "Gather", "ArgMax", "ArgMin")

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """Refuses the axis of the batch."""
        if _rank(model, node) and not _reads_constants_only(model, node):
            (axis,) = _own_axes(model, node, [attributes(node, axis=0)["axis"]])
            set_attribute(node, "axis", axis)
        return [node]


def _reads_constants_only(model: ModelWrapper, node: NodeProto) -> bool:
    return all(model.get_initializer(name) is not None for name in node.input if name)


class ReductionWritten(NodeRewrite):
    """Reductions with their axes as the written opset has them: inputs of ``ReduceSum``, else attributes."""

    op_types = ("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd")

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """Refuses reductions over the batch, among them those over all axes."""
        values = attributes(node, keepdims=1, noop_with_empty_axes=0)
        given = _given(model, node, 1, "axes")
        if given is None and values["noop_with_empty_axes"]:
            return [helper.make_node("Identity", node.input[:1], node.output, name=node.name)]
        every = np.arange(_rank(model, node)) if given is None or not given.size else given
        axes = sorted(_own_axes(model, node, [int(axis) for axis in every]))
        kept, inputs = {"keepdims": int(values["keepdims"])}, [node.input[0]]
        if node.op_type == "ReduceSum":
            inputs += _constants(model, node, axes=axes)
            return [helper.make_node(node.op_type, inputs, node.output, name=node.name, **kept)]
        return [helper.make_node(node.op_type, inputs, node.output, name=node.name, axes=axes, **kept)]


class SliceWritten(NodeRewrite):
    """``Slice`` with starts, ends, axes and steps as constant inputs."""

    op_types = ("Slice",)

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """Refuses cuts of the batch."""
        keys = ("starts", "ends", "axes", "steps")
        starts, ends, axes, steps = (_given(model, node, index, key) for index, key in enumerate(keys, 1))
        if starts is None or ends is None:
            raise refusal(node, "has no starts or no ends; check the export")
        axes = np.arange(len(starts)) if axes is None else axes
        steps = np.ones(len(starts), dtype=np.int64) if steps is None else steps
        cut = (starts != 0) | (ends < _WHOLE) | (steps != 1)
        if not cut.any():
            return [helper.make_node("Identity", node.input[:1], node.output, name=node.name)]
        counted = _own_axes(model, node, [int(axis) for axis in axes[cut]])
        names = _constants(model, node, starts=starts[cut], ends=ends[cut], axes=counted, steps=steps[cut])
        return [helper.make_node("Slice", [node.input[0], *names], node.output, name=node.name)]


class SplitWritten(NodeRewrite):
    """``Split`` with the sizes of its parts as a constant input; ``Slice`` nodes where some are not read."""

    op_types = ("Split",)

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """Parts of one size, the last one smaller, where no sizes are given."""
        (axis,) = _own_axes(model, node, [attributes(node, axis=0)["axis"]])
        size, parts = model.get_tensor_shape(node.input[0])[axis], len(node.output)
        sizes = _given(model, node, 1, "split")
        if sizes is None:
            each = -(-size // parts)
            sizes = np.asarray([each] * (parts - 1) + [size - each * (parts - 1)])
        if len(sizes) != parts or sizes.sum() != size or sizes.min() < 1:
            raise refusal(node, f"cuts {size} elements into {sizes.tolist()}; check the export")
        kept = [place for place, name in enumerate(node.output) if _is_read(model, name)]
        if len(kept) < parts:
            ends = [int(end) for end in np.cumsum([0, *sizes])]
            return [_cut(model, node, place, (axis, ends[place], ends[place + 1])) for place in kept]
        names = _constants(model, node, split=[int(n) for n in sizes])
        return [helper.make_node("Split", [node.input[0], *names], node.output, name=node.name, axis=axis)]


def _is_read(model: ModelWrapper, tensor: str) -> bool:
    outputs = {output.name for output in model.graph.output}
    return tensor in outputs or any(tensor in node.input for node in model.graph.node)


def _cut(model: ModelWrapper, node: NodeProto, place: int, part: tuple[int, int, int]) -> NodeProto:
    """The part (axis, start, end) that is an output of ``node``, as a ``Slice``."""
    axis, start, end = part
    row = helper.make_node("Slice", node.input[:1], [node.output[place]], name=f"{node.name}_{place}")
    row.input.extend(_constants(model, row, starts=[start], ends=[end], axes=[axis], steps=[1]))
    return row


class ExpandWritten(NodeRewrite):
    """``Expand`` with the shape of its result as the constant."""

    op_types = ("Expand",)

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """Refuses new axes, which would come before the batch."""
        shape = list(model.get_tensor_shape(node.output[0]) or [])
        if len(shape) != _rank(model, node) or shape[:1] != model.get_tensor_shape(node.input[0])[:1]:
            raise refusal(node, _MIXED)
        names = _constants(model, node, shape=shape)
        return [helper.make_node("Expand", [node.input[0], *names], node.output, name=node.name)]


class SumAsAdd(NodeRewrite):
    """``Sum`` and ``Mean`` of several tensors as ``Add`` one by one, and a ``Div`` by their number."""

    op_types = ("Sum", "Mean")

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """One tensor alone is itself."""
        first, *others = node.input
        if not others:
            return [helper.make_node("Identity", [first], node.output, name=node.name)]
        ends = [f"{node.name}_sum_{index}" for index in range(len(others))]
        if node.op_type == "Sum":
            ends[-1] = node.output[0]
        starts = [first, *ends[:-1]]
        nodes = [
            helper.make_node("Add", [start, other], [end], name=f"{node.name}_Add_{index}")
            for index, (start, other, end) in enumerate(zip(starts, others, ends, strict=True))
        ]
        if node.op_type == "Mean":
            name = f"{node.name}_count"
            model.set_initializer(name, np.asarray(len(node.input), dtype=np.float32))
            nodes.append(helper.make_node("Div", [ends[-1], name], node.output, name=node.name))
        return nodes


SHAPING_REWRITES: tuple[type[Transformation], ...] = (
    AxisWritten,
    ReductionWritten,
    SliceWritten,
    SplitWritten,
    ExpandWritten,
    SumAsAdd,
)
"""After constants are evaluated: every node left works on activations."""
