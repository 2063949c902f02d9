"""Ends the hardware with the indices of the largest outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from finn.errors import FinnError
from finn.frontend.graph.attributes import refusal
from finn.frontend.graph.operators import LAYOUT
from finn.frontend.layers.layers import LabelLayer
from finn.frontend.planning.plan import Plan

__all__ = ("TOP_K", "select_labels")

TOP_K = "finn_top_k"
"""Metadata: the number of indices that replace the model's own output."""

_INCREASING = ("Identity", "Sigmoid", "Softmax", "Exp", "Tanh", "AsInt8", "AsFloat", *LAYOUT)


def select_labels(plan: Plan, constants: Mapping[str, NDArray[Any]], top_k: int) -> None:
    """Append a ``LabelSelect`` to the plan in place of the host nodes behind the hardware.

    Raises
    ------
    FinnError
        If there are fewer labels than ``top_k``, or the host nodes are not one strictly increasing
        function for all labels: indices from the hardware would then not be the model's.
    """
    if len(plan.exits) != 1:
        raise FinnError(f"--top-k needs one vector; {len(plan.exits)} tensors leave the hardware")
    edge = plan.exits[0].edge
    labels = edge.shape[-1]
    if not 1 <= top_k <= labels:
        raise FinnError(f"--top-k {top_k} is not possible with {labels} outputs; use 1 to {labels}")
    if np.prod(edge.shape) != labels:
        raise FinnError(f"--top-k needs one vector per image; the last layer gives {edge.shape}")
    if not edge.value.is_uniform or edge.value.scale[0] <= 0:
        maker = plan.maker(edge.wire)
        name = maker.layer.origin[0] if maker is not None else edge.tensor
        raise FinnError(
            f"{name} has outputs on different scales, so that --top-k cannot compare its integers;"
            " leave --top-k out"
        )
    for node in plan.tail:
        if not _is_increasing(node, constants):
            reason = (
                "follows the last layer and is not one increasing function for all labels; leave --top-k out"
            )
            raise refusal(node, reason)
    plan.place(LabelLayer((), edge.shape, edge.datatype, top_k), (edge.wire,))
    plan.exits, plan.tail = [], []


def _is_increasing(node: NodeProto, constants: Mapping[str, NDArray[Any]]) -> bool:
    values = [constants[name] for name in node.input if name in constants]
    if node.op_type in _INCREASING:
        return True
    if node.op_type == "BatchNormalization":
        same = all(np.all(value == value.flat[0]) for value in values)
        return bool(same and values[0].flat[0] > 0)
    if len(values) != 1 or values[0].size != 1:
        return False
    if node.op_type in ("Sub", "Div") and node.input[0] in constants:
        return False
    return node.op_type in ("Add", "Sub") or (node.op_type in ("Mul", "Div") and bool(values[0].flat[0] > 0))
