"""Writes a plan as the parent graph: host prefix, hardware layers, host tail."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper
from qonnx.core.datatype import BaseDataType
from qonnx.core.modelwrapper import ModelWrapper

from finn.frontend.layers.layers import LabelLayer
from finn.frontend.levels.activations import Activation
from finn.frontend.planning.plan import Entry, Exit, Placed, Plan
from finn.frontend.writing.graph_builder import HARDWARE_DOMAIN, GraphBuilder
from finn.frontend.writing.node_text import node_text

__all__ = ("TIES", "WARNINGS", "ParentGraph")

TIES = "finn_ties"
"""Metadata: JSON {node: [[channel, accumulator value], ...]}."""

WARNINGS = "finn_warnings"
"""Metadata: JSON list of sentences."""

Shape = tuple[int, ...]


class ParentGraph:
    """Builds the parent graph of a plan.

    Parameters
    ----------
    model
        The normalised network: source of host nodes, constants and shapes.
    plan
        Where it is cut.
    """

    def __init__(self, model: ModelWrapper, plan: Plan) -> None:
        self._source = model
        self._plan = plan
        self._graph = GraphBuilder(model)
        self._ties: dict[str, list[list[int]]] = {}
        self._counts: dict[str, int] = {}
        # Tensors of each stream that wait for a reader.
        self._streams: dict[int, list[str]] = {}

    def build(self) -> ModelWrapper:
        """The parent as a qonnx model."""
        self._graph.copy(self._plan.prefix)
        entered = [(entry, self._enter(entry)) for entry in self._plan.entries]
        for entry, tensor in entered:
            self._offer(entry.edge.wire, tensor, entry.edge.shape, entry.edge.datatype)
        for placed in self._plan.layers:
            self._layer(placed)
        self._leave()
        metadata = {TIES: self._ties, WARNINGS: self._plan.warnings}
        return self._graph.model({key: json.dumps(value) for key, value in metadata.items()})

    # Into the hardware

    def _enter(self, entry: Entry) -> str:
        """The integer tensor that enters the hardware; its name."""
        tensor, edge = entry.tensor, entry.edge
        shape = self._graph.shape_of(tensor)
        if not entry.integer:
            tensor = self._to_integers(entry, shape)
        if entry.image:
            tensor, shape = self._channels_last(tensor, shape, entry.image)
        if shape != edge.shape:
            tensor = self._reshape(tensor, self._graph.fresh(f"{tensor}_vector"), edge.shape)
        self._graph.annotate(tensor, edge.datatype)
        return tensor

    def _channels_last(self, tensor: str, shape: Shape, image: Shape) -> tuple[str, Shape]:
        """The image that enters, as it is streamed."""
        if shape != image:
            tensor = self._reshape(tensor, self._graph.fresh(f"{tensor}_image"), image)
        target, streamed = self._graph.fresh(f"{tensor}_streamed"), (*image[1:], image[0])
        return self._graph.host("Transpose", [tensor], target, streamed, perm=[0, 2, 3, 1]), streamed

    def _to_integers(self, entry: Entry, shape: Shape) -> str:
        source = tensor = entry.tensor
        if np.any(entry.scale != 1):
            value = self._graph.constant(f"{source}_scale", _broadcast(entry, shape).astype(np.float32))
            tensor = self._graph.host("Div", [tensor, value], self._graph.fresh(f"{source}_scaled"), shape)
        tensor = self._graph.host("Round", [tensor], self._graph.fresh(f"{source}_int"), shape)
        self._graph.annotate(tensor, entry.edge.datatype)
        return tensor

    def _reshape(self, tensor: str, target: str, shape: Shape) -> str:
        layout = self._graph.constant(f"{target}_shape", np.asarray([0, *shape], dtype=np.int64))
        return self._graph.host("Reshape", [tensor, layout], target, shape)

    # Hardware

    def _layer(self, placed: Placed) -> None:
        """The node of a layer; its streams are then offered to those that read them."""
        layer, text = placed.layer, node_text(placed.layer)
        name = self._next_name(text.op_type)
        inputs = [self._streams[wire].pop(0) for wire in placed.inputs]
        for what, (values, datatype) in text.constants.items():
            inputs.append(self._graph.integer_constant(f"{name}_{what}", values, datatype))
        activation: Activation | None = getattr(layer, "activation", None)
        if activation is not None and activation.ties:
            self._ties[name] = [list(pair) for pair in activation.ties]
        shapes: Sequence[Shape] = getattr(layer, "output_shapes", (layer.output_shape,))
        outputs = self._names(name, placed)
        attributes = {"outputDataType": layer.output_datatype.name, **text.attributes}
        if hasattr(layer, "input_datatype"):
            attributes["inputDataType"] = layer.input_datatype.name
        self._write(name, text.op_type, (inputs, outputs), attributes, " ".join(layer.origin))
        for wire, tensor, shape in zip(placed.outputs, outputs, shapes, strict=True):
            self._graph.declare(tensor, shape, layer.output_datatype)
            self._offer(wire, tensor, shape, layer.output_datatype)

    def _names(self, name: str, placed: Placed) -> list[str]:
        """Names of a layer's outputs: the graph output's own where its integers are that output."""
        if len(placed.outputs) > 1:
            return [self._graph.fresh(f"{name}_out{index}") for index in range(len(placed.outputs))]
        leaving = [one for one in self._plan.exits if one.edge.wire == placed.outputs[0]]
        plain = len(leaving) == 1 and self._is_plain_output(leaving[0])
        return [leaving[0].edge.tensor if plain else self._graph.fresh(f"{name}_out")]

    def _offer(self, wire: int, tensor: str, shape: Shape, datatype: BaseDataType) -> None:
        """Let those read a stream that do; several read it through a DuplicateStreams."""
        uses = self._plan.uses(wire)
        self._streams[wire] = [tensor]
        if uses < 2:
            return
        name = self._next_name("DuplicateStreams")
        copies = [self._graph.fresh(f"{name}_out{index}") for index in range(uses)]
        vectors = {"NumChannels": shape[-1], "numInputVectors": [1, *shape[:-1]]}
        attributes = {**vectors, "PE": 1, "NumOutputStreams": uses, "inputDataType": datatype.name}
        self._write(name, "DuplicateStreams", ([tensor], copies), attributes, "")
        for copy in copies:
            self._graph.declare(copy, shape, datatype)
        self._streams[wire] = copies

    def _write(
        self,
        name: str,
        op_type: str,
        tensors: tuple[list[str], list[str]],
        attributes: dict[str, Any],
        origin: str,
    ) -> None:
        node = helper.make_node(op_type, *tensors, name=name, domain=HARDWARE_DOMAIN)
        node.doc_string = origin
        for key, value in attributes.items():
            if value != []:
                node.attribute.append(helper.make_attribute(key, value))
        self._graph.hardware(node)

    def _next_name(self, op_type: str) -> str:
        count = self._counts.get(op_type, 0)
        self._counts[op_type] = count + 1
        return f"{op_type}_{count}"

    # Out of the hardware

    def _is_plain_output(self, leaving: Exit) -> bool:
        """Whether a stream's integers are a graph output as they stand."""
        edge, outputs = leaving.edge, {t.name for t in self._source.graph.output}
        if leaving.image or edge.tensor not in outputs or self._plan.uses(edge.wire) > 1:
            return False
        read = any(edge.tensor in node.input for node in self._plan.tail)
        return bool(edge.value.is_identity and not read and self._graph.shape_of(edge.tensor) == edge.shape)

    def _leave(self) -> None:
        """What follows the hardware's last tensors."""
        last = self._plan.layers[-1]
        if isinstance(last.layer, LabelLayer):
            self._label_output(self._streams[last.outputs[0]][0])
            return
        left: dict[int, str] = {}
        for leaving in self._plan.exits:
            wire, target = leaving.edge.wire, leaving.edge.tensor
            if wire not in left:
                left[wire] = self._streams[wire].pop(0)
            if left[wire] != target:
                self._dequantise(left[wire], leaving)
        self._graph.copy(self._plan.tail)

    def _label_output(self, tensor: str) -> None:
        """The indices as the one graph output, int64."""
        kind, name = TensorProto.INT64, self._graph.outputs[0].name
        self._graph.host("Cast", [tensor], name, self._graph.shape_of(tensor), kind, to=kind)
        self._graph.outputs = [self._graph.output_info(name, kind)]

    def _dequantise(self, tensor: str, leaving: Exit) -> None:
        """The float tensor that a stream's integers stand for."""
        target, value = leaving.edge.tensor, leaving.edge.value
        wanted, shape = self._graph.shape_of(target), self._graph.shape_of(tensor)
        double = TensorProto.DOUBLE
        wide = self._graph.fresh(f"{target}_double")
        tensor = self._graph.host("Cast", [tensor], wide, shape, double, to=double)
        tensor = self._with_constant("Mul", tensor, f"{target}_scale", value.scale)
        if np.any(value.offset):
            tensor = self._with_constant("Add", tensor, f"{target}_offset", value.offset)
        if leaving.image:
            name, shape = self._graph.fresh(f"{target}_image"), (shape[2], *shape[:2])
            tensor = self._graph.host("Transpose", [tensor], name, shape, double, perm=[0, 3, 1, 2])
        name = target if wanted == shape else self._graph.fresh(f"{target}_vector")
        tensor = self._graph.host("Cast", [tensor], name, shape, to=TensorProto.FLOAT)
        if wanted != shape:
            self._reshape(tensor, target, wanted)

    def _with_constant(self, op_type: str, tensor: str, name: str, value: NDArray[np.float64]) -> str:
        """A float64 operator with a constant, one value or one per channel."""
        constant = self._graph.constant(name, value.reshape(()) if value.size == 1 else value)
        output = self._graph.fresh(f"{name}d")
        shape = self._graph.shape_of(tensor)
        return self._graph.host(op_type, [tensor, constant], output, shape, TensorProto.DOUBLE)


def _broadcast(entry: Entry, shape: Shape) -> NDArray[np.float64]:
    """The scale of an entry in the form that broadcasts with its tensor."""
    if entry.scale.size == 1:
        return entry.scale.reshape(())
    if entry.scale.size == prod(shape):
        return entry.scale.reshape(shape)
    return entry.scale.reshape((-1, *(1,) * (len(shape) - 1)) if entry.image else (-1,))
