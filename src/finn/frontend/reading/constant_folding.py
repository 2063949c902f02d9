"""Computes what is constant in a graph, shapes among it."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, helper, numpy_helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.frontend.graph.attributes import STANDARD_DOMAINS, refusal
from finn.frontend.graph.guard import at_node, first_line
from finn.frontend.graph.sizes import MAX_ELEMENTS
from finn.frontend.reading.shapes import KnownShapes

__all__ = ("LINEAR", "FoldConstants", "evaluate_constant")

_IR_VERSION = 8
LINEAR = ("QuantizeLinear", "DequantizeLinear")
_SMALL = 2**10


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
        model = model.transform(KnownShapes(), make_deepcopy=False, cleanup=False)
        constants = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
        folded = [node for node in model.graph.node if self._folded(model, node, constants)]
        for node in folded:
            model.graph.node.remove(node)
        return model, bool(folded)

    def _folded(self, model: ModelWrapper, node: NodeProto, constants: dict[str, NDArray[Any]]) -> bool:
        with at_node(node):
            return self._fold(model, node, constants)

    def _fold(self, model: ModelWrapper, node: NodeProto, constants: dict[str, NDArray[Any]]) -> bool:
        if node.domain not in STANDARD_DOMAINS or node.op_type in LINEAR:
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


def _require_small(node: NodeProto, single: ModelProto, constants: Mapping[str, NDArray[Any]]) -> None:
    """Refuse a result of a size that ONNX' rules tell before it is computed."""
    sized = ModelProto()
    sized.CopyFrom(single)
    small = [name for name in dict.fromkeys(node.input) if name and constants[name].size <= _SMALL]
    sized.graph.initializer.extend(numpy_helper.from_array(constants[name], name) for name in small)
    for tensor in onnx.shape_inference.infer_shapes(sized, data_prop=True).graph.output:
        shape = tuple(dim.dim_value for dim in tensor.type.tensor_type.shape.dim)
        if prod(shape) > MAX_ELEMENTS or min(shape, default=0) < 0:
            reason = f"gives a constant of shape {shape}; at most {MAX_ELEMENTS} elements are supported"
            raise refusal(node, reason)


def _quiet() -> onnxruntime.SessionOptions:
    """What goes wrong comes as an exception, and need not be written to stderr too."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return options


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
        opset_imports=[o for o in model.model.opset_import if o.domain in STANDARD_DOMAINS],
        ir_version=_IR_VERSION,
    )
    _require_small(node, single, constants)
    try:
        session = onnxruntime.InferenceSession(
            single.SerializeToString(), _quiet(), providers=["CPUExecutionProvider"]
        )
        return list(session.run(None, {n: constants[n] for n in names}))
    except Exception as error:  # onnxruntime has no common base class of its own
        reason = f"cannot be computed on its constants ({first_line(error)})"
        raise refusal(node, f"{reason}; check the export") from error
