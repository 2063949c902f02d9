"""QDQ and QOperator models executed by onnxruntime, whose operators they are written in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import onnxruntime
from numpy.typing import NDArray
from qonnx.core.modelwrapper import ModelWrapper

from finn.frontend.reading.integer_operators import FLOAT_OPERATORS
from finn.frontend.reading.linear_quantisation import LINEAR, LINEAR_DOMAINS

__all__ = ("execute_whole", "is_of_onnxruntime")

Arrays = dict[str, NDArray[Any]]


def is_of_onnxruntime(model: ModelWrapper) -> bool:
    """Whether a model has such operators, and none that only qonnx executes."""
    nodes = model.graph.node
    found = any(node.op_type in (*LINEAR, *FLOAT_OPERATORS) for node in nodes)
    return found and all(node.domain in LINEAR_DOMAINS for node in nodes)


def execute_whole(model: ModelWrapper, inputs: Mapping[str, NDArray[Any]]) -> Arrays:
    """Graph outputs by name, with no operator exchanged for another by onnxruntime's optimisations."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        model.model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    names = [tensor.name for tensor in session.get_outputs()]
    return dict(zip(names, session.run(names, dict(inputs)), strict=True))
