"""The original model evaluated in float64, which says who is right where float32 rounding decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError
from finn.frontend.graph.attributes import attributes, refusal
from finn.frontend.graph.guard import guarded
from finn.frontend.graph.operators import QUANTISERS
from finn.frontend.host.exact_linear import exact_linear
from finn.frontend.host.exact_operators import (
    Arrays,
    as_double_cast,
    conv_transpose,
    host_operator,
    upsample_as_resize,
)
from finn.frontend.host.exact_pooling import pool
from finn.frontend.host.integer_execution import integer_execution, is_whole
from finn.frontend.host.reference import prepared
from finn.frontend.reading.constant_folding import FoldConstants
from finn.frontend.reading.integer_operators import IntegerOperators
from finn.frontend.reading.linear_quantisation import LINEAR, ConstantValues
from finn.frontend.reading.load import load_model

__all__ = ("exact_execution",)

Step = Callable[[Arrays], Arrays]

_FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.DOUBLE)
# Quantisers are qonnx'; onnx' evaluator takes a BatchNormalization of old opsets for one in training.
_ON_HOST = (*QUANTISERS, "BatchNormalization")
_RESIZE_OPSET = 13


def exact_execution(source: Path | str | ModelWrapper, inputs: Mapping[str, NDArray[Any]]) -> Arrays:
    """Evaluate the original model in float64 throughout, on a batch of any size.

    Every float32 constant and input is taken as the float64 of the same value: products of two of
    them are exact, and sums nearly so. Operators are those of ``onnx.reference`` and, for what is
    qonnx' own, of ``finn.runtime``. Images are evaluated one by one.

    Parameters
    ----------
    source
        The QONNX file, or the model.
    inputs
        Graph inputs by their names in the file, batch in axis 0.

    Returns
    -------
    dict
        Graph outputs by name, floats as float64.

    Raises
    ------
    FinnError
        If an input is missing, its shape is not the model's, or an operator cannot be evaluated.
    """
    with guarded("the original model"):
        source = load_model(source)
        if is_whole(source):
            return integer_execution(source, inputs)
    model, given = prepared(source, inputs, FoldConstants(floats=False), batch=1)
    constants, steps = _program(model)
    images = []
    for image in range(len(next(iter(given.values())))):
        values = {**constants, **{name: _wide(value[image : image + 1]) for name, value in given.items()}}
        for step in steps:
            values.update(step(values))
        images.append([values[output.name] for output in model.graph.output])
    outputs = [np.concatenate(parts) for parts in zip(*images, strict=True)]
    return {o.name: value for o, value in zip(model.graph.output, outputs, strict=True)}


def _program(model: ModelWrapper) -> tuple[Arrays, list[Step]]:
    """Values of all that is constant, and what is left to do for an image."""
    model = model.transform(IntegerOperators(), make_deepcopy=False, cleanup=False)
    constants = {t.name: _wide(numpy_helper.to_array(t)) for t in model.graph.initializer}
    linear = ConstantValues(model)
    steps = []
    for node in model.graph.node:
        step = _step(model, node, linear)
        if all(name in constants for name in node.input if name):
            constants.update(step(constants))
        else:
            steps.append(step)
    return constants, steps


def _step(model: ModelWrapper, node: NodeProto, linear: ConstantValues) -> Step:
    try:
        outputs = _evaluator(model, node, linear)
    except Exception as error:  # the evaluator's errors have no common class but this
        raise _unknown(node) from error

    def step(values: Arrays) -> Arrays:
        try:
            with np.errstate(all="ignore"):
                made = outputs(values)
        except Exception as error:  # as above
            raise _unknown(node) from error
        return {name: _wide(np.asarray(made[name])) for name in node.output if name}

    return step


def _unknown(node: NodeProto) -> FinnError:
    return refusal(node, "cannot be evaluated in float64; compare with another reference")


def _evaluator(model: ModelWrapper, node: NodeProto, linear: ConstantValues) -> Step:
    if node.op_type in LINEAR:
        return partial(exact_linear, node, constants=linear)
    if node.op_type in _ON_HOST:
        return partial(host_operator, node)
    if node.op_type == "Cast" and attributes(node)["to"] in _FLOATS:
        return partial(as_double_cast, node)
    if node.op_type == "ConvTranspose":
        return partial(conv_transpose, node, size=model.get_tensor_shape(node.output[0])[2:])
    if node.op_type in ("AveragePool", "MaxPool"):
        return partial(pool, node)
    versions = {o.domain.removeprefix("ai.onnx"): o.version for o in model.model.opset_import}
    if node.op_type == "Upsample":
        return _by_onnx(upsample_as_resize(node), {**versions, "": _RESIZE_OPSET})
    return _by_onnx(node, versions)


def _by_onnx(node: NodeProto, versions: Mapping[str, int]) -> Step:
    names = [name for name in dict.fromkeys(node.input) if name]
    made = [name for name in node.output if name]
    inputs, outputs = ([helper.make_empty_tensor_value_info(n) for n in ends] for ends in (names, made))
    graph = helper.make_graph([node], node.name, inputs, outputs)
    graph.node[0].domain = node.domain.removeprefix("ai.onnx")
    evaluator = ReferenceEvaluator(graph, opsets=dict(versions))
    return lambda values: dict(zip(made, evaluator.run(made, {n: values[n] for n in names}), strict=True))


def _wide(values: NDArray[Any]) -> NDArray[Any]:
    """Floating-point numbers of any size as float64, each of the same value."""
    return values if values.dtype.kind in "iub" else values.astype(np.float64)
