"""Writes a plan as the parent graph: host prefix, hardware layers, host tail."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper
from qonnx.core.datatype import BaseDataType
from qonnx.core.modelwrapper import ModelWrapper

from finn.frontend.graph_builder import HARDWARE_DOMAIN, GraphBuilder
from finn.frontend.host import INPUT_CHECK
from finn.frontend.image_layers import PadLayer, PoolLayer, WindowLayer
from finn.frontend.layers import (
    Activation,
    DepthwiseLayer,
    LabelLayer,
    Layer,
    MatrixLayer,
    ThresholdLayer,
)
from finn.frontend.plan import IntegerInput, Plan
from finn.frontend.ranges import smallest_datatype

__all__ = ("TIES", "WARNINGS", "ParentGraph", "host_tail")

TIES = "finn_ties"
"""Metadata: JSON {node: [[channel, accumulator value], ...]}."""

WARNINGS = "finn_warnings"
"""Metadata: JSON list of sentences."""


def host_tail(model: ModelWrapper, plan: Plan) -> list[NodeProto]:
    """The nodes of the normalised ``model`` that run on the host behind the hardware."""
    done = {node.name for node in plan.prefix} | plan.consumed
    return [node for node in model.graph.node if node.name not in done]


class ParentGraph:
    """Builds the parent graph of a plan.

    Parameters
    ----------
    model
        The normalised network: source of host nodes, constants and shapes.
    plan
        Where it is cut.
    checked
        The integers that the graph input must hold, where an option says so.
    """

    def __init__(self, model: ModelWrapper, plan: Plan, checked: IntegerInput | None) -> None:
        self._source = model
        self._plan = plan
        self._checked = checked
        self._graph = GraphBuilder(model)
        self._ties: dict[str, list[list[int]]] = {}
        self._checks: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def build(self) -> ModelWrapper:
        """The parent as a qonnx model."""
        self._graph.copy(self._plan.prefix)
        tensor = self._enter()
        for layer in self._plan.layers:
            tensor = self._layer(layer, tensor)
        self._leave(tensor)
        metadata = {TIES: self._ties, WARNINGS: self._plan.warnings, INPUT_CHECK: self._checks}
        return self._graph.model({key: json.dumps(value) for key, value in metadata.items()})

    # Into the hardware

    def _enter(self) -> str:
        """The integer tensor that enters the hardware; its name."""
        layer, tensor = self._plan.layers[0], self._plan.entry
        shape = self._graph.shape_of(tensor)
        if self._checked is not None or not self._plan.integer_entry:
            tensor = self._to_integers(tensor, shape)
        if self._plan.entry_image:
            tensor, shape = self._channels_last(tensor, shape)
        if shape != layer.shape:
            tensor = self._reshape(tensor, self._graph.fresh(f"{tensor}_vector"), layer.shape)
        self._graph.annotate(tensor, layer.input_datatype)
        return tensor

    def _channels_last(self, tensor: str, shape: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
        """The image that enters, as it is streamed."""
        image = self._plan.entry_image
        if shape != image:
            tensor = self._reshape(tensor, self._graph.fresh(f"{tensor}_image"), image)
        target, streamed = self._graph.fresh(f"{tensor}_streamed"), (*image[1:], image[0])
        return self._graph.host("Transpose", [tensor], target, streamed, perm=[0, 2, 3, 1]), streamed

    def _to_integers(self, tensor: str, shape: tuple[int, ...]) -> str:
        source, scale = tensor, self._plan.entry_scale
        if scale[0] != 1:
            value = self._graph.constant(f"{source}_scale", scale.reshape(()).astype(np.float32))
            tensor = self._graph.host("Div", [tensor, value], self._graph.fresh(f"{source}_scaled"), shape)
        tensor = self._graph.host("Round", [tensor], self._graph.fresh(f"{source}_int"), shape)
        datatype = self._plan.layers[0].input_datatype
        if self._checked is not None:
            datatype = self._checked.datatype
            self._checks[tensor] = datatype.name
        self._graph.annotate(tensor, datatype)
        return tensor

    def _reshape(self, tensor: str, target: str, shape: tuple[int, ...]) -> str:
        layout = self._graph.constant(f"{target}_shape", np.asarray([0, *shape], dtype=np.int64))
        return self._graph.host("Reshape", [tensor, layout], target, shape)

    # Hardware

    def _layer(self, layer: Layer, source: str) -> str:
        if isinstance(layer, MatrixLayer):
            return self._weighted(layer, source)
        if isinstance(layer, ThresholdLayer):
            return self._thresholding(layer, source)
        op_type, values = _attributes_of(layer)
        return self._write(self._next_name(op_type), op_type, [source], layer, values)

    def _weighted(self, layer: MatrixLayer, source: str) -> str:
        """``MVAU`` or ``VVAU``."""
        op_type, values, integers = _weighted_attributes(layer)
        name = self._next_name(op_type)
        inputs = [source, self._graph.integer_constant(f"{name}_weights", integers, layer.weight_datatype)]
        values["weightDataType"] = layer.weight_datatype.name
        values["accDataType"] = layer.accumulator_datatype.name
        values |= {"noActivation": int(layer.activation is None), "ram_style": "auto", "ActVal": 0}
        if layer.activation is not None:
            inputs.append(self._thresholds(name, layer.activation)[0])
            values |= _activation_attributes(layer.activation)
        return self._write(name, op_type, inputs, layer, values)

    def _thresholding(self, layer: ThresholdLayer, source: str) -> str:
        name = self._next_name("Thresholding")
        tensor, datatype = self._thresholds(name, layer.activation)
        values: dict[str, Any] = {"NumChannels": layer.shape[-1], "weightDataType": datatype.name}
        values |= _vectors(layer)
        values["numSteps"] = layer.activation.thresholds.shape[1]
        values |= _activation_attributes(layer.activation)
        return self._write(name, "Thresholding", [source, tensor], layer, values)

    def _thresholds(self, name: str, activation: Activation) -> tuple[str, BaseDataType]:
        values = activation.thresholds
        datatype = smallest_datatype(int(values.min()), int(values.max()))
        if activation.ties:
            self._ties[name] = [list(pair) for pair in activation.ties]
        return self._graph.integer_constant(f"{name}_thresholds", values, datatype), datatype

    def _write(self, name: str, op_type: str, inputs: list[str], layer: Layer, values: dict[str, Any]) -> str:
        target = self._plan.exit if self._is_plain_output(layer) else self._graph.fresh(f"{name}_out")
        node = helper.make_node(op_type, inputs, [target], name=name, domain=HARDWARE_DOMAIN)
        node.doc_string = " ".join(layer.origin)
        types = {"inputDataType": layer.input_datatype.name, "outputDataType": layer.output_datatype.name}
        for key, value in {**types, **values}.items():
            if value != []:
                node.attribute.append(helper.make_attribute(key, value))
        self._graph.hardware(node, layer.output_shape, layer.output_datatype)
        return target

    def _next_name(self, op_type: str) -> str:
        count = self._counts.get(op_type, 0)
        self._counts[op_type] = count + 1
        return f"{op_type}_{count}"

    # Out of the hardware

    def _is_plain_output(self, layer: Layer) -> bool:
        """Whether a layer's integers are a graph output as they stand."""
        plan, outputs = self._plan, {t.name for t in self._source.graph.output}
        if layer is not plan.layers[-1] or isinstance(layer, LabelLayer) or plan.exit not in outputs:
            return False
        if plan.exit_image:
            return False
        read = any(plan.exit in node.input for node in self._source.graph.node)
        return bool(
            plan.exit_value.is_identity and not read and self._graph.shape_of(plan.exit) == layer.output_shape
        )

    def _leave(self, tensor: str) -> None:
        """What follows the hardware's last tensor."""
        if isinstance(self._plan.layers[-1], LabelLayer):
            self._label_output(tensor)
            return
        if tensor != self._plan.exit:
            self._dequantise(tensor)
        self._graph.copy(host_tail(self._source, self._plan))

    def _label_output(self, tensor: str) -> None:
        """The indices as the one graph output, int64."""
        kind, name = TensorProto.INT64, self._graph.outputs[0].name
        self._graph.host("Cast", [tensor], name, self._graph.shape_of(tensor), kind, to=kind)
        self._graph.outputs = [self._graph.output_info(name, kind)]

    def _dequantise(self, tensor: str) -> None:
        """The float tensor that the last layer's integers stand for."""
        target, value = self._plan.exit, self._plan.exit_value
        wanted, shape = self._graph.shape_of(target), self._graph.shape_of(tensor)
        double = TensorProto.DOUBLE
        wide = self._graph.fresh(f"{target}_double")
        tensor = self._graph.host("Cast", [tensor], wide, shape, double, to=double)
        tensor = self._with_constant("Mul", tensor, "scale", value.scale)
        if np.any(value.offset):
            tensor = self._with_constant("Add", tensor, "offset", value.offset)
        if self._plan.exit_image:
            name, shape = self._graph.fresh(f"{target}_image"), (shape[2], *shape[:2])
            tensor = self._graph.host("Transpose", [tensor], name, shape, double, perm=[0, 3, 1, 2])
        name = target if wanted == shape else self._graph.fresh(f"{target}_vector")
        tensor = self._graph.host("Cast", [tensor], name, shape, to=TensorProto.FLOAT)
        if wanted != shape:
            self._reshape(tensor, target, wanted)

    def _with_constant(self, op_type: str, tensor: str, name: str, value: NDArray[np.float64]) -> str:
        """A float64 operator with a constant, one value or one per channel."""
        target = self._plan.exit
        constant = self._graph.constant(f"{target}_{name}", value.reshape(()) if value.size == 1 else value)
        output = self._graph.fresh(f"{target}_{op_type.lower()}")
        shape = self._graph.shape_of(tensor)
        return self._graph.host(op_type, [tensor, constant], output, shape, TensorProto.DOUBLE)


def _weighted_attributes(layer: MatrixLayer) -> tuple[str, dict[str, Any], NDArray[np.int64]]:
    """Operator, attributes and weights of a product or a depthwise convolution."""
    if isinstance(layer, DepthwiseLayer):
        channels = layer.weights.shape[1]
        values = {"Channels": channels, "Kernel": list(layer.kernel), "Dim": list(layer.shape[:2]), "PE": 1}
        return "VVAU", values, layer.weights.T.reshape(channels, 1, *layer.kernel)
    mw, mh = layer.weights.shape
    return "MVAU", {"MW": mw, "MH": mh, "SIMD": 1, **_vectors(layer)}, layer.weights


def _vectors(layer: Layer) -> dict[str, Any]:
    return {"PE": 1, "numInputVectors": [1, *layer.shape[:-1]]}


def _attributes_of(layer: LabelLayer | PadLayer | WindowLayer | PoolLayer) -> tuple[str, dict[str, Any]]:
    """Operator and attributes of a layer without constants."""
    if isinstance(layer, LabelLayer):
        return "LabelSelect", {"PE": 1, "Labels": layer.shape[-1], "K": layer.count}
    if isinstance(layer, PadLayer):
        image = {"ImgDim": list(layer.shape[:2]), "NumChannels": layer.shape[2], "SIMD": 1}
        return "FMPadding", {**image, "Padding": list(layer.padding), "value": layer.value}
    if isinstance(layer, WindowLayer):
        one, image = layer.window, {"IFMDim": list(layer.shape[:2]), "IFMChannels": layer.shape[2]}
        places = {"Stride": list(one.stride), "Dilation": list(one.dilation)}
        kernel = {"ConvKernelDim": list(one.kernel), "OFMDim": list(layer.output_shape[:2])}
        return "ConvolutionInputGenerator", {**image, **kernel, **places, "SIMD": 1}
    pixels = {"KernelSize": list(layer.kernel), "OutImgDims": list(layer.output_shape[:2])}
    return "Pool", {"PE": 1, "Channels": layer.output_shape[2], "Function": layer.function, **pixels}


def _activation_attributes(activation: Activation) -> dict[str, Any]:
    return {"ActVal": activation.offset, "flip": list(activation.flip)}
