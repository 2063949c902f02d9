"""Whether the constants of element-wise operators fit the tensors that they are combined with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto
from qonnx.core.modelwrapper import ModelWrapper

from finn.frontend.graph.attributes import refusal
from finn.frontend.graph.operators import ELEMENTWISE

__all__ = ("require_fitting", "require_quantisable")

# Those whose constants are vectors along the channels.
_BY_CHANNEL = ("BatchNormalization", "MultiThreshold")
_QUANTISERS = ("Quant", "BipolarQuant", "Trunc")
Shape = tuple[int, ...]


def require_fitting(model: ModelWrapper) -> None:
    """Refuse the first element-wise node whose operands do not fit one another; FinnError names it."""
    for node in model.graph.node:
        if node.op_type not in ELEMENTWISE:
            continue
        first, *others = (tuple(model.get_tensor_shape(name) or ()) for name in node.input if name)
        if node.op_type == "BatchNormalization":
            _require_by_channel(node, first, others)
        elif node.op_type not in _BY_CHANNEL:
            _require_broadcast(node, first, others)


def require_quantisable(node: NodeProto, values: Sequence[NDArray[Any]]) -> None:
    """Refuse a quantiser on constants that are no numbers, or do not fit one another."""
    for value in values:
        if value.dtype.kind not in "fiu":
            raise refusal(node, f"reads constants of type {value.dtype}; export them as float32")
    if node.op_type in _QUANTISERS:
        _require_broadcast(node, values[0].shape, [value.shape for value in values[1:]])


def _require_by_channel(node: NodeProto, shape: Shape, others: list[Shape]) -> None:
    if len(shape) < 2 or any(other != shape[1:2] for other in others):
        told = ", ".join(map(str, others))
        raise refusal(node, f"has parameters of shapes {told} for a tensor of {shape}; check the export")


def _require_broadcast(node: NodeProto, shape: Shape, others: list[Shape]) -> None:
    """A quantiser's constants must leave the shape as it is."""
    try:
        result = np.broadcast_shapes(shape, *others)
    except ValueError as error:
        told = ", ".join(map(str, [shape, *others]))
        raise refusal(node, f"combines shapes that do not fit: {told}; check the export") from error
    if node.op_type in _QUANTISERS and result != shape:
        reason = f"has constants that make {result} of a tensor of shape {shape}"
        raise refusal(node, f"{reason}; use one scale, or one for each channel")
