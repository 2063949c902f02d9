"""Graph rewrites to canonical ONNX operators, one class each."""

from __future__ import annotations

from abc import abstractmethod
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.frontend.graph.attributes import (
    QONNX_DOMAIN,
    STANDARD_DOMAINS,
    attributes,
    channel_axis,
    data_layout,
    refusal,
    set_attribute,
)
from finn.frontend.graph.guard import at_node

__all__ = ("ACTIVATION_REWRITES", "LINEAR_REWRITES", "NodeRewrite")

_LAYOUTS_OF = {3: ("NCW", "NWC"), 4: ("NCHW", "NHWC")}


class NodeRewrite(Transformation):  # type: ignore[misc]
    """Replaces nodes of some operator types by others, in place."""

    op_types: tuple[str, ...] = ()
    domains: tuple[str, ...] = STANDARD_DOMAINS

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """One sweep over the graph."""
        nodes = []
        for node in model.graph.node:
            concerned = node.domain in self.domains and node.op_type in self.op_types
            with at_node(node):
                nodes.extend(self.rewrite(model, node) if concerned else [node])
        copies = [helper.make_node("", [], []) for _ in nodes]
        for copy, node in zip(copies, nodes, strict=True):
            copy.CopyFrom(node)
        del model.graph.node[:]
        model.graph.node.extend(copies)
        return model, False

    @abstractmethod
    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """The nodes that stand for ``node``."""


def _constant(model: ModelWrapper, name: str, value: NDArray[Any]) -> str:
    model.set_initializer(name, value)
    return name


class RemoveIdentities(NodeRewrite):
    """``Identity`` and ``Dropout`` vanish, unless a graph input would be a graph output."""

    op_types = ("Identity", "Dropout")

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """Readers of the output read the input; a graph output keeps its name."""
        if node.output[0] in {t.name for t in model.graph.output}:
            return [helper.make_node("Identity", node.input[:1], node.output[:1], name=node.name)]
        for reader in model.graph.node:
            for index, name in enumerate(reader.input):
                if name == node.output[0]:
                    reader.input[index] = node.input[0]
        return []


class ClipBoundsAsInputs(NodeRewrite):
    """``Clip`` of opset 6 (attributes) as ``Clip`` of opset 11 (inputs)."""

    op_types = ("Clip",)

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """Bounds become initialisers."""
        bounds = attributes(node)
        if not bounds:
            return [node]
        names = [self._bound(model, node, bounds, key) for key in ("min", "max")]
        return [helper.make_node("Clip", [node.input[0], *names], node.output, name=node.name)]

    @staticmethod
    def _bound(model: ModelWrapper, node: NodeProto, bounds: dict[str, Any], key: str) -> str:
        if key not in bounds:
            return ""
        return _constant(model, f"{node.name}_{key}", np.asarray(bounds[key], dtype=np.float32))


class BatchNormalizationForInference(NodeRewrite):
    """``BatchNormalization`` with one output and its epsilon only."""

    op_types = ("BatchNormalization",)

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """Drops the running statistics' outputs of older opsets."""
        values = attributes(node, epsilon=1e-5, training_mode=0)
        if values["training_mode"]:
            raise refusal(node, "is in training mode; export the network in evaluation mode")
        return [
            helper.make_node(
                "BatchNormalization", node.input, node.output[:1], name=node.name, epsilon=values["epsilon"]
            )
        ]


class GemmAsMatMul(NodeRewrite):
    """``Gemm`` as ``MatMul``, ``Mul`` by alpha and ``Add`` of beta * C."""

    op_types = ("Gemm",)

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """Only the parts that do something are written."""
        values = attributes(node, alpha=1.0, beta=1.0, transA=0, transB=0)
        if values["transA"]:
            raise refusal(node, "transposes its activations (transA=1); export it with transA=0")
        weights, nodes = node.input[1], []
        if values["transB"]:
            weights = f"{node.name}_B"
            nodes.append(helper.make_node("Transpose", [node.input[1]], [weights], perm=[1, 0], name=weights))
        steps = [("MatMul", weights)]
        if values["alpha"] != 1:
            alpha = np.asarray(values["alpha"], dtype=np.float32)
            steps.append(("Mul", _constant(model, f"{node.name}_alpha", alpha)))
        if len(node.input) > 2 and node.input[2]:
            steps.append(("Add", self._bias(model, node, values["beta"], nodes)))
        return nodes + _sequence(node, steps)

    @staticmethod
    def _bias(model: ModelWrapper, node: NodeProto, beta: float, nodes: list[NodeProto]) -> str:
        if beta == 1:
            return str(node.input[2])
        factor = _constant(model, f"{node.name}_beta", np.asarray(beta, dtype=np.float32))
        name = f"{node.name}_C"
        nodes.append(helper.make_node("Mul", [node.input[2], factor], [name], name=name))
        return name


def _sequence(node: NodeProto, steps: list[tuple[str, str]]) -> list[NodeProto]:
    """Nodes in a row from the input to the output of ``node``, each with a second operand."""
    nodes, source = [], node.input[0]
    for index, (op_type, operand) in enumerate(steps):
        last = index == len(steps) - 1
        target = node.output[0] if last else f"{node.output[0]}_{op_type}"
        name = node.name if op_type == "MatMul" else f"{node.name}_{op_type}"
        nodes.append(helper.make_node(op_type, [source, operand], [target], name=name))
        source = target
    return nodes


class LayoutAsReshape(NodeRewrite):
    """``Flatten``, ``Squeeze``, ``Unsqueeze``, ``Reshape``, idle ``Transpose`` as ``Reshape`` of any batch.

    The target is ``[0, ...]``: the batch axis is copied from the input.
    """

    op_types = ("Flatten", "Squeeze", "Unsqueeze", "Reshape", "Transpose")

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """Refuses what mixes images, or whose shape is not known."""
        if node.op_type == "Transpose" and not _is_idle(model, node):
            return [node]
        before, after = (model.get_tensor_shape(n) for n in (node.input[0], node.output[0]))
        if not before or not after or not all(after):
            raise refusal(node, "has a shape that depends on the input; export the model with fixed shapes")
        if before[0] != after[0]:
            raise refusal(node, "mixes the images of a batch; keep the first axis as the batch")
        if prod(before) != prod(after):
            raise refusal(node, f"makes {tuple(after)} of {tuple(before)}; check the export")
        target = np.asarray([0, *after[1:]], dtype=np.int64)
        name = _constant(model, f"{node.name}_shape", target)
        return [helper.make_node("Reshape", [node.input[0], name], node.output, name=node.name)]


def _is_idle(model: ModelWrapper, node: NodeProto) -> bool:
    """Whether a Transpose of activations keeps the order of all elements."""
    shape = model.get_tensor_shape(node.input[0])
    if not shape:
        return False
    perm = attributes(node, perm=list(reversed(range(len(shape)))))["perm"]
    moving = [axis for axis in perm if shape[axis] != 1 and axis != 0]
    return perm[0] == 0 and moving == sorted(moving)


class TopKCountAsInput(NodeRewrite):
    """``TopK`` of opset 1 (attribute k) as ``TopK`` of opset 11 (input k)."""

    op_types = ("TopK",)

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """Writes every attribute."""
        values = attributes(node, axis=-1, largest=1, sorted=1)
        count = node.input[1] if len(node.input) > 1 else ""
        if not count:
            count = _constant(model, f"{node.name}_k", np.asarray([values["k"]], dtype=np.int64))
        kept = {key: values[key] for key in ("axis", "largest", "sorted")}
        return [helper.make_node("TopK", [node.input[0], count], node.output, name=node.name, **kept)]


class SoftmaxOverAxis(NodeRewrite):
    """``Softmax``, ``LogSoftmax`` with the axis written; older opsets normalise over all from ``axis`` on."""

    op_types = ("Softmax", "LogSoftmax")

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """Refuses the old form over several axes."""
        shape = model.get_tensor_shape(node.input[0])
        old = model.model.opset_import[0].version < 13
        axis = attributes(node, axis=1 if old else -1)["axis"] % len(shape)
        if axis == 0 or (old and axis != len(shape) - 1):
            raise refusal(node, "does not normalise over one axis of each image; use axis=-1")
        return [helper.make_node(node.op_type, node.input, node.output, name=node.name, axis=axis)]


class ThresholdLayoutWritten(NodeRewrite):
    """``MultiThreshold`` with its data layout written; qonnx guesses it from the rank."""

    op_types = ("MultiThreshold",)
    domains = (QONNX_DOMAIN,)

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """A rank without a customary layout has its channels in axis 1; refuses other channels than rows."""
        shape = model.get_tensor_shape(node.input[0])
        layout = data_layout(node, len(shape))
        _require_rows(model, node, shape, layout)
        set_attribute(node, "data_layout", layout)
        return [node]


def _require_rows(model: ModelWrapper, node: NodeProto, shape: list[int], layout: str) -> None:
    """One row of thresholds for each channel, or one for all."""
    table, axis = model.get_tensor_shape(node.input[1]), channel_axis(layout)
    if table is None or len(table) != 2 or axis >= len(shape):
        raise refusal(node, "needs a constant table of thresholds, a row for each channel; check the export")
    if table[0] in (1, shape[axis]):
        return
    reason = f"has thresholds for {table[0]} channels where the layout {layout} has {shape[axis]}"
    fitting = [name for name in _LAYOUTS_OF.get(len(shape), ()) if shape[channel_axis(name)] == table[0]]
    advice = f"state data_layout {' or '.join(fitting)}" if fitting else "check the export"
    raise refusal(node, f"{reason}; {advice}")


LINEAR_REWRITES: tuple[type[Transformation], ...] = (GemmAsMatMul, RemoveIdentities)
"""Before constants are evaluated: they add nodes on weights."""

ACTIVATION_REWRITES: tuple[type[Transformation], ...] = (
    ClipBoundsAsInputs,
    BatchNormalizationForInference,
    LayoutAsReshape,
    TopKCountAsInput,
    SoftmaxOverAxis,
    ThresholdLayoutWritten,
)
"""After constants are evaluated: every node left works on activations."""
