"""Writes a plan as the parent graph: host prefix, hardware layers, host tail."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper
from qonnx.core.datatype import BaseDataType
from qonnx.core.modelwrapper import ModelWrapper

from finn.frontend.host import INPUT_CHECK
from finn.frontend.layers import Activation, Layer, MatrixLayer, ThresholdLayer
from finn.frontend.normalise import OPSET
from finn.frontend.planner import IntegerInput, Plan
from finn.frontend.ranges import smallest_datatype

__all__ = ("HARDWARE_DOMAIN", "TIES", "WARNINGS", "ParentGraph")

HARDWARE_DOMAIN = "finn.custom_op.fpgadataflow"
TIES = "finn_ties"
WARNINGS = "finn_warnings"
_FLOAT_EXACT = 2**24


class ParentGraph:
    """Builds the parent graph of a plan.

    Parameters
    ----------
    model
        The normalised network: source of host nodes, constants and shapes.
    plan
        Where it is cut.
    checked
        The integer type of the graph input, where ``--input-datatype`` gave it.
    """

    def __init__(self, model: ModelWrapper, plan: Plan, checked: IntegerInput | None) -> None:
        self._source = model
        self._plan = plan
        self._checked = checked
        self._nodes: list[NodeProto] = []
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._types: dict[str, int] = {}
        self._datatypes: dict[str, BaseDataType] = {}
        self._constants: dict[str, NDArray[Any]] = {}
        self._ties: dict[str, list[list[int]]] = {}
        self._checks: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._batch = int(model.get_tensor_shape(model.graph.input[0].name)[0])

    def build(self) -> ModelWrapper:
        """The parent as a qonnx model."""
        tensor = self._prefix()
        for index, layer in enumerate(self._plan.layers):
            last = index == len(self._plan.layers) - 1
            tensor = self._layer(layer, tensor, self._output_name(layer, last))
        done = {node.name for node in self._plan.prefix} | self._plan.consumed
        rest = [node for node in self._source.graph.node if node.name not in done]
        self._dequantise(tensor, rest)
        self._copy(rest)
        return self._model()

    # Host prefix

    def _prefix(self) -> str:
        """Nodes up to the integer tensor that enters the hardware; its name."""
        self._copy(self._plan.prefix)
        layer, tensor = self._plan.layers[0], self._plan.entry
        shape = self._shape_of(tensor)
        is_input = tensor == self._source.graph.input[0].name and not self._plan.prefix
        if not is_input or self._checked is not None:
            tensor = self._to_integers(tensor, shape, self._plan.entry_scale)
        if shape != layer.shape:
            target = self._constant(f"{tensor}_shape", np.asarray([0, *layer.shape], dtype=np.int64))
            tensor = self._add("Reshape", [tensor, target], f"{tensor}_vector", layer.shape)
        self._datatypes[tensor] = layer.input_datatype
        return tensor

    def _to_integers(self, tensor: str, shape: tuple[int, ...], scale: NDArray[np.float64]) -> str:
        source = tensor
        if scale[0] != 1:
            value = self._constant(f"{source}_scale", scale.reshape(()).astype(np.float32))
            tensor = self._add("Div", [tensor, value], f"{source}_scaled", shape)
        tensor = self._add("Round", [tensor], f"{source}_int", shape)
        datatype = self._checked.datatype if self._checked is not None else self._plan.layers[0].input_datatype
        if self._checked is not None:
            self._checks[tensor] = datatype.name
        self._datatypes[tensor] = datatype
        return tensor

    # Hardware

    def _output_name(self, layer: Layer, last: bool) -> str:
        if last and self._is_plain_output():
            return self._plan.exit
        return f"{layer.origin[-1] if layer.origin else 'input'}_int"

    def _layer(self, layer: Layer, source: str, target: str) -> str:
        if isinstance(layer, MatrixLayer):
            self._mvau(layer, source, target)
            self._shapes[target] = layer.output_shape
        else:
            self._thresholding(layer, source, target)
            self._shapes[target] = layer.shape
        self._datatypes[target] = layer.output_datatype
        return target

    def _mvau(self, layer: MatrixLayer, source: str, target: str) -> None:
        name = self._next_name("MVAU")
        inputs = [source, self._constant(f"{name}_weights", layer.weights, layer.weight_datatype)]
        values: dict[str, Any] = {"MW": layer.weights.shape[0], "MH": layer.weights.shape[1], "SIMD": 1}
        values |= {"weightDataType": layer.weight_datatype.name, "accDataType": layer.accumulator_datatype.name}
        values |= {"noActivation": int(layer.activation is None), "ram_style": "auto", "ActVal": 0}
        if layer.activation is not None:
            inputs.append(self._thresholds(name, layer.activation, layer.input_datatype)[0])
            values |= _activation_attributes(layer.activation)
        self._hardware(name, "MVAU", inputs, target, layer, values)

    def _thresholding(self, layer: ThresholdLayer, source: str, target: str) -> None:
        name = self._next_name("Thresholding")
        tensor, datatype = self._thresholds(name, layer.activation, layer.input_datatype)
        values: dict[str, Any] = {"NumChannels": layer.shape[-1], "weightDataType": datatype.name}
        values |= {"numSteps": layer.activation.thresholds.shape[1], **_activation_attributes(layer.activation)}
        self._hardware(name, "Thresholding", [source, tensor], target, layer, values)

    def _hardware(
        self, name: str, op_type: str, inputs: list[str], target: str, layer: Layer, values: dict[str, Any]
    ) -> None:
        node = helper.make_node(
            op_type,
            inputs,
            [target],
            name=name,
            doc_string=" ".join(layer.origin),
            domain=HARDWARE_DOMAIN,
            PE=1,
            inputDataType=layer.input_datatype.name,
            outputDataType=layer.output_datatype.name,
            numInputVectors=[1, *layer.shape[:-1]],
            **{key: value for key, value in values.items() if value != []},
        )
        self._nodes.append(node)

    def _thresholds(self, name: str, activation: Activation, datatype: BaseDataType) -> tuple[str, BaseDataType]:
        values = activation.thresholds
        low, high = int(values.min()), int(values.max())
        kind = smallest_datatype(min(low, int(datatype.min())), high) if low < 0 else smallest_datatype(low, high)
        if activation.ties:
            self._ties[name] = [list(pair) for pair in activation.ties]
        return self._constant(f"{name}_thresholds", values, kind), kind

    def _next_name(self, op_type: str) -> str:
        count = self._counts.get(op_type, 0)
        self._counts[op_type] = count + 1
        return f"{op_type}_{count}"

    # Host tail

    def _is_plain_output(self) -> bool:
        """Whether the hardware's integers are a graph output as they stand."""
        unit = self._plan.exit_scale.size == 1 and self._plan.exit_scale[0] == 1
        readers = [n for n in self._source.graph.node if self._plan.exit in n.input]
        outputs = {t.name for t in self._source.graph.output}
        return bool(unit and not readers and self._plan.exit in outputs)

    def _dequantise(self, tensor: str, rest: Sequence[NodeProto]) -> None:
        """Nodes that give the float tensor which the last layer's integers stand for."""
        if tensor == self._plan.exit:
            return
        target, shape = self._plan.exit, self._shapes[tensor]
        scale = self._plan.exit_scale
        value = self._constant(f"{target}_scale", scale.reshape(()) if scale.size == 1 else scale)
        tensor = self._add("Cast", [tensor], f"{target}_double", shape, TensorProto.DOUBLE, to=TensorProto.DOUBLE)
        tensor = self._add("Mul", [tensor, value], f"{target}_product", shape, TensorProto.DOUBLE)
        wanted = self._shape_of(target)
        name = target if wanted == shape else f"{target}_vector"
        tensor = self._add("Cast", [tensor], name, shape, to=TensorProto.FLOAT)
        if wanted != shape:
            layout = self._constant(f"{target}_shape", np.asarray([0, *wanted], dtype=np.int64))
            self._add("Reshape", [tensor, layout], target, wanted)

    # Parts

    def _shape_of(self, name: str) -> tuple[int, ...]:
        return tuple(int(n) for n in self._source.get_tensor_shape(name)[1:])

    def _constant(self, name: str, value: NDArray[Any], datatype: BaseDataType | None = None) -> str:
        if datatype is not None:
            exact = bool(np.all(np.abs(value) <= _FLOAT_EXACT))
            value = value.astype(np.float32 if exact else np.float64)
            self._datatypes[name] = datatype
        self._constants[name] = value
        return name

    def _add(
        self,
        op_type: str,
        inputs: list[str],
        output: str,
        shape: tuple[int, ...],
        element_type: int = TensorProto.FLOAT,
        **values: Any,
    ) -> str:
        self._nodes.append(helper.make_node(op_type, inputs, [output], name=f"{op_type}_{output}", **values))
        self._shapes[output] = shape
        self._types[output] = element_type
        return output

    def _copy(self, nodes: Sequence[NodeProto]) -> None:
        for node in nodes:
            self._nodes.append(node)
            for name in node.input:
                value = self._source.get_initializer(name)
                if value is not None:
                    self._constants[name] = value
            for name in node.output:
                if name and self._source.get_tensor_shape(name) is not None:
                    self._shapes[name] = self._shape_of(name)
                    self._types[name] = _element_type(self._source, name)

    def _model(self) -> ModelWrapper:
        graph = self._source.graph
        outer = {t.name for t in [*graph.input, *graph.output]}
        infos = [
            helper.make_tensor_value_info(n, self._types.get(n, TensorProto.FLOAT), (self._batch, *shape))
            for n, shape in self._shapes.items()
            if n not in outer
        ]
        parent = helper.make_graph(self._nodes, graph.name or "network", graph.input, graph.output, value_info=infos)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(HARDWARE_DOMAIN, 1)]
        opsets += [o for o in self._source.model.opset_import if o.domain not in ("", HARDWARE_DOMAIN)]
        model = ModelWrapper(helper.make_model(parent, opset_imports=opsets, producer_name="finn-pynq"))
        for name, value in self._constants.items():
            model.set_initializer(name, value)
        for name, datatype in self._datatypes.items():
            model.set_tensor_datatype(name, datatype)
        model.set_metadata_prop(TIES, json.dumps(self._ties))
        model.set_metadata_prop(WARNINGS, json.dumps(self._plan.warnings))
        model.set_metadata_prop(INPUT_CHECK, json.dumps(self._checks))
        return model


def _activation_attributes(activation: Activation) -> dict[str, Any]:
    return {"ActVal": activation.offset, "flip": list(activation.flip)}


def _element_type(model: ModelWrapper, name: str) -> int:
    info = model.get_tensor_valueinfo(name)
    return int(info.type.tensor_type.elem_type) if info is not None else int(TensorProto.FLOAT)
