"""Shapes of a model's tensors, by ONNX' own rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from math import prod

import onnx
from onnx import NodeProto, helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.infer_shapes import InferShapes

from finn.errors import FinnError
from finn.frontend.graph.attributes import printable, refusal
from finn.frontend.graph.sizes import MAX_ELEMENTS

__all__ = ("KnownShapes", "require_shapes")

# Constants that hold a shape, axes or sizes are far smaller.
_MOST_SHAPE_BYTES = 2**12
_TAG = re.compile(r"\[\w+Error\] *|Inference error\(s\): *|\(op_type:[^)]*\):? *")


class KnownShapes(InferShapes):  # type: ignore[misc]
    """qonnx' inference of shapes, that of outputs too; a model that contradicts itself is refused."""

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """One pass; FinnError says what does not fit."""
        # onnx would hold what is declared of the outputs against what it finds.
        outputs = [deepcopy(tensor) for tensor in model.graph.output]
        del model.graph.output[:]
        values = _without_large(model)
        try:
            model, changed = super().apply(model)
        except FinnError:
            raise
        except Exception as error:  # onnx' and qonnx' own
            reason = "what the model declares of its tensors does not fit its nodes"
            raise FinnError(f"{reason} ({_told(str(error))}); export it again") from error
        _give_back(model, values)
        found = {info.name: info for info in model.graph.value_info}
        for tensor in outputs:
            model.graph.output.append(found.get(tensor.name, tensor))
            if tensor.name in found:
                model.graph.value_info.remove(found[tensor.name])
        return model, changed


def _without_large(model: ModelWrapper) -> dict[str, bytes]:
    """Takes the values of large constants away, by name: inference would copy and never look at them."""
    large = [tensor for tensor in model.graph.initializer if len(tensor.raw_data) > _MOST_SHAPE_BYTES]
    values = {tensor.name: tensor.raw_data for tensor in large}
    for tensor in large:
        tensor.ClearField("raw_data")
    return values


def _give_back(model: ModelWrapper, values: Mapping[str, bytes]) -> None:
    for tensor in model.graph.initializer:
        if tensor.name in values:
            tensor.raw_data = values[tensor.name]


def require_shapes(model: ModelWrapper) -> None:
    """Refuse the first tensor whose shape is not known, or which is empty or too large.

    Raises
    ------
    FinnError
        For such a tensor; the text names its node, and what to look at.
    """
    for tensor in model.graph.input:
        shape = model.get_tensor_shape(tensor.name)
        if min(shape) < 1 or prod(shape) > MAX_ELEMENTS:
            reason = f"has shape {tuple(shape)}; tensors have 1 to {MAX_ELEMENTS} elements"
            raise FinnError(f"input {tensor.name!r} {reason}")
    outputs = {tensor.name for tensor in model.graph.output}
    for node in model.graph.node:
        shape = model.get_tensor_shape(node.output[0])
        if shape is None or 0 in shape or (not shape and node.output[0] in outputs):
            raise refusal(node, _why_unknown(model, node))
        if min(shape, default=1) < 0 or prod(shape) > MAX_ELEMENTS:
            reason = f"gives a tensor of shape {tuple(shape)}; tensors have 1 to {MAX_ELEMENTS} elements"
            raise refusal(node, f"{reason}, so check its attributes and constants")


def _why_unknown(model: ModelWrapper, node: NodeProto) -> str:
    """What ONNX' inference has against a node; nothing where its shape is found at run time only."""
    names = list(dict.fromkeys(name for name in node.input if name))
    inputs = [info for info in map(model.get_tensor_valueinfo, names) if info is not None]
    constants = [tensor for tensor in model.graph.initializer if tensor.name in names]
    outputs = [helper.make_empty_tensor_value_info(name) for name in node.output]
    graph = helper.make_graph([node], "one", inputs, outputs, constants)
    single = helper.make_model(graph, opset_imports=model.model.opset_import)
    try:
        onnx.shape_inference.infer_shapes(single, strict_mode=True, data_prop=True)
    except Exception as error:  # an InferenceError, or what onnx raises for a bad protobuf
        told = _told(str(error))
        return f"does not fit what it reads ({told}); check the export"
    return "has a shape that depends on the input; export the model with fixed shapes"


def _told(text: str) -> str:
    lines = text.strip().splitlines()
    return printable(_TAG.sub("", lines[0])).strip().rstrip(".") if lines else ""
