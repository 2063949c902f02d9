"""Limits on what one model may take of the host's memory and time."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from onnx import NodeProto
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError
from finn.frontend.attributes import refusal

__all__ = ("MAX_ELEMENTS", "require_sizes")

MAX_ELEMENTS = 2**24
"""Elements of a constant, or of a tensor for one image."""


def require_sizes(model: ModelWrapper) -> None:
    """Refuse the first tensor whose size is not known, or which is empty or too large.

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
        _require_output(node, model.get_tensor_shape(node.output[0]))


def _require_output(node: NodeProto, shape: Sequence[int] | None) -> None:
    if shape is None or 0 in shape:
        raise refusal(node, "has a shape that depends on the input; export the model with fixed shapes")
    if min(shape, default=1) < 0 or prod(shape) > MAX_ELEMENTS:
        reason = f"gives a tensor of shape {tuple(shape)}; tensors have 1 to {MAX_ELEMENTS} elements"
        raise refusal(node, f"{reason}, so check its attributes and constants")
