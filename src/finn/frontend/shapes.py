"""Shapes of a model's tensors, by ONNX' own rules."""

from __future__ import annotations

import re
from math import prod

import onnx
from onnx import NodeProto
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.infer_shapes import InferShapes

from finn.errors import FinnError
from finn.frontend.attributes import refusal
from finn.frontend.sizes import MAX_ELEMENTS

__all__ = ("KnownShapes", "require_shapes")

_TAG = re.compile(r"\[\w+Error\] *|\(op_type:[^)]*\):? *")


class KnownShapes(InferShapes):  # type: ignore[misc]
    """qonnx' inference of shapes; a model that contradicts itself is refused."""

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """One pass; FinnError says what does not fit."""
        try:
            return super().apply(model)  # type: ignore[no-any-return]
        except FinnError:
            raise
        except Exception as error:  # onnx' and qonnx' own
            reason = "what the model declares of its tensors does not fit its nodes"
            raise FinnError(f"{reason} ({_told(str(error))}); export it again") from error


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
    for node in model.graph.node:
        shape = model.get_tensor_shape(node.output[0])
        if shape is None or 0 in shape:
            raise refusal(node, _why_unknown(model, node))
        if min(shape, default=1) < 0 or prod(shape) > MAX_ELEMENTS:
            reason = f"gives a tensor of shape {tuple(shape)}; tensors have 1 to {MAX_ELEMENTS} elements"
            raise refusal(node, f"{reason}, so check its attributes and constants")


def _why_unknown(model: ModelWrapper, node: NodeProto) -> str:
    """What ONNX' inference has against a node; nothing where its shape is found at run time only."""
    try:
        onnx.shape_inference.infer_shapes(model.model, strict_mode=True)
    except Exception as error:  # an InferenceError, or what onnx raises for a bad protobuf
        own = [line for line in str(error).splitlines() if f"node name: {node.name})" in line]
        if own:
            return f"does not fit its inputs ({_told(own[0])}); check the export"
    return "has a shape that depends on the input; export the model with fixed shapes"


def _told(text: str) -> str:
    lines = text.strip().splitlines()
    return _TAG.sub("", lines[0]).strip().rstrip(".") if lines else ""
