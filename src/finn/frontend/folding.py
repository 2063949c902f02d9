"""Computes what is constant in a graph, shapes among it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import NodeProto, helper, numpy_helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation
from qonnx.transformation.infer_shapes import InferShapes

from finn.frontend.attributes import refusal

__all__ = ("FoldConstants", "evaluate_constant")

_ONNX_DOMAINS = ("", "ai.onnx")
_IR_VERSION = 8


class FoldConstants(Transformation):  # type: ignore[misc]
    """Standard operators on constants, and shapes of tensors, become initialisers.

    Quantisers stay, so that their integers remain known; ``floats=False`` also leaves what gives
    floating-point numbers, for an evaluation of another precision.
    """

    def __init__(self, floats: bool = True) -> None:
        super().__init__()
        self._floats = floats

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """One sweep in graph order; repeated while it finds something."""
        model = model.transform(InferShapes(), make_deepcopy=False, cleanup=False)
        constants = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
        folded = [node for node in model.graph.node if self._fold(model, node, constants)]
        for node in folded:
            model.graph.node.remove(node)
        return model, bool(folded)

    def _fold(self, model: ModelWrapper, node: NodeProto, constants: dict[str, NDArray[Any]]) -> bool:
        if node.domain not in _ONNX_DOMAINS:
            return False
        if node.op_type == "Shape":
            values = _static_shape(model, node)
        elif all(name in constants for name in node.input if name):
            values = evaluate_constant(model, node, constants)
        else:
            values = None
        if values is None or not (self._floats or all(v.dtype.kind in "iub" for v in values)):
            return False
        for name, value in zip(node.output, values, strict=False):
            constants[name] = value
            model.set_initializer(name, value)
        return True


def _static_shape(model: ModelWrapper, node: NodeProto) -> list[NDArray[Any]] | None:
    shape = model.get_tensor_shape(node.input[0])
    if not shape or not all(shape):
        return None
    bounds = {a.name: a.i for a in node.attribute}
    return [np.asarray(shape[bounds.get("start", 0) : bounds.get("end", len(shape))], dtype=np.int64)]


def evaluate_constant(
    model: ModelWrapper, node: NodeProto, constants: Mapping[str, NDArray[Any]]
) -> list[NDArray[Any]]:
    """Outputs of a standard ``node`` whose inputs are all in ``constants``.

    Raises
    ------
    FinnError
        If onnxruntime cannot run the node.
    """
    if node.op_type == "Constant" and node.attribute[0].name == "value":
        return [numpy_helper.to_array(node.attribute[0].t)]
    names = [name for name in dict.fromkeys(node.input) if name]
    types = {n: helper.np_dtype_to_tensor_dtype(constants[n].dtype) for n in names}
    inputs = [helper.make_tensor_value_info(n, types[n], constants[n].shape) for n in names]
    outputs = [helper.make_empty_tensor_value_info(n) for n in node.output]
    single = helper.make_model(
        helper.make_graph([node], node.op_type, inputs, outputs),
        opset_imports=[o for o in model.model.opset_import if o.domain in _ONNX_DOMAINS],
        ir_version=_IR_VERSION,
    )
    try:
        session = onnxruntime.InferenceSession(single.SerializeToString(), providers=["CPUExecutionProvider"])
        return list(session.run(None, {n: constants[n] for n in names}))
    except Exception as error:  # onnxruntime has no common base class of its own
        raise refusal(node, "cannot be computed on its constants; check the export") from error
