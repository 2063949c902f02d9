"""Ends the hardware with the indices of the largest outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from finn.errors import FinnError
from finn.frontend.attributes import refusal
from finn.frontend.chain import LAYOUT
from finn.frontend.layers import LabelLayer
from finn.frontend.plan import Plan

__all__ = ("TOP_K", "select_labels")

TOP_K = "finn_top_k"
"""Metadata: the number of indices that replace the model's own output."""

_INCREASING = ("Identity", "Sigmoid", "Softmax", "Exp", "Tanh", *LAYOUT)


def select_labels(
    plan: Plan, rest: Sequence[NodeProto], constants: Mapping[str, NDArray[Any]], top_k: int
) -> None:
    """Append a ``LabelSelect`` to the plan in place of the host nodes ``rest``.

    Raises
    ------
    FinnError
        If there are fewer labels than ``top_k``, or the host nodes are not one strictly increasing
        function for all labels: indices from the hardware would then not be the model's.
    """
    last = plan.layers[-1]
    labels = last.output_shape[-1]
    if not 1 <= top_k <= labels:
        raise FinnError(f"--top-k {top_k} is not possible with {labels} outputs; use 1 to {labels}")
    if np.prod(last.output_shape) != labels:
        raise FinnError(f"--top-k needs one vector per image; the last layer gives {last.output_shape}")
    if not plan.exit_value.is_uniform or plan.exit_value.scale[0] <= 0:
        raise FinnError(
            f"{last.origin[0]} has outputs on different scales, so that --top-k cannot compare its integers;"
            " leave --top-k out"
        )
    for node in rest:
        if not _is_increasing(node, constants):
            reason = (
                "follows the last layer and is not one increasing function for all labels; leave --top-k out"
            )
            raise refusal(node, reason)
    plan.layers.append(LabelLayer((), last.output_shape, last.output_datatype, top_k))
    plan.consumed |= {node.name for node in rest}


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
