"""The original model's own results, in float32; of whole numbers, in whole numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, ValueInfoProto, helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.core.onnx_exec import execute_onnx
from qonnx.transformation.base import Transformation
from qonnx.transformation.general import RemoveStaticGraphInputs

from finn.errors import FinnError
from finn.frontend.graph.attributes import attributes
from finn.frontend.graph.guard import first_line, guarded
from finn.frontend.host.integer_execution import integer_execution, is_whole
from finn.frontend.host.onnxruntime_models import execute_whole, is_of_onnxruntime
from finn.frontend.reading.channels_last import ChannelsLastOperators
from finn.frontend.reading.constant_folding import FoldConstants
from finn.frontend.reading.load import load_model
from finn.frontend.reading.normalise import NameNodes, NormaliseQuantisers
from finn.frontend.reading.rewrites.pooling import RoundedUpPools
from finn.frontend.reading.shapes import KnownShapes

__all__ = ("Rebatch", "prepared", "reference_execution")

Arrays = dict[str, NDArray[Any]]


def reference_execution(source: Path | str | ModelWrapper, inputs: Mapping[str, NDArray[Any]]) -> Arrays:
    """Execute the original model on a batch of any size: by qonnx, by onnxruntime, or in integers.

    Parameters
    ----------
    source
        The QONNX file, or the model; onnxruntime executes one that has operators of QDQ or QOperator models.
    inputs
        Graph inputs by their names in the file, batch in axis 0.

    Returns
    -------
    dict
        Graph outputs by name.

    Raises
    ------
    FinnError
        If an input is missing or its shape is not the model's.
    """
    with guarded("the original model"):
        source = load_model(source)
        if is_whole(source):
            return integer_execution(source, inputs)
    model, given = prepared(source, inputs, FoldConstants())
    whole = is_of_onnxruntime(model)
    try:
        return execute_whole(model, given) if whole else dict(execute_onnx(model, given))
    except Exception as error:  # onnxruntime's errors have no common class but this
        first, who = first_line(error) or type(error).__name__, "onnxruntime" if whole else "qonnx"
        raise FinnError(f"{who} cannot execute the original model on this batch: {first}") from error


def prepared(
    source: Path | str | ModelWrapper,
    inputs: Mapping[str, NDArray[Any]],
    fold: FoldConstants,
    batch: int | None = None,
) -> tuple[ModelWrapper, Arrays]:
    """The original model set to a batch, and its inputs in the types that it states.

    Parameters
    ----------
    source, inputs
        As :func:`reference_execution` has them.
    fold
        What computes its constants.
    batch
        Images at a time; None: all of ``inputs``.

    Raises
    ------
    FinnError
        If an input is missing or its shape is not the model's.
    """
    with guarded("the original model"):
        return _prepared(load_model(source), inputs, fold, batch)


def _prepared(
    model: ModelWrapper, inputs: Mapping[str, NDArray[Any]], fold: FoldConstants, batch: int | None
) -> tuple[ModelWrapper, Arrays]:
    named = (NormaliseQuantisers(), NameNodes(), ChannelsLastOperators())
    for step in (*named, RemoveStaticGraphInputs()):
        model = model.transform(step, make_deepcopy=False, cleanup=False)
    given = {t.name: _input(t, inputs) for t in model.graph.input}
    batch = batch or len(next(iter(given.values())))
    sizes = (ReshapeAnyBatch(), ResizeAnyBatch(batch))
    for step in (Rebatch(batch), fold, *sizes, Rebatch(batch), RoundedUpPools(every=False), KnownShapes()):
        model = model.transform(step, make_deepcopy=False, cleanup=False)
    return model, given


def _input(tensor: ValueInfoProto, inputs: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    if tensor.name not in inputs:
        raise FinnError(f"input {tensor.name!r} is missing; give it by that name")
    kind = tensor.type.tensor_type
    value = np.asarray(inputs[tensor.name]).astype(helper.tensor_dtype_to_np_dtype(kind.elem_type))
    shape = tuple(dim.dim_value for dim in kind.shape.dim[1:])
    if value.shape[1:] != shape:
        raise FinnError(f"input {tensor.name!r} has shape {value.shape}; the model takes (N, {_text(shape)})")
    return value


def _text(shape: tuple[int, ...]) -> str:
    return ", ".join(str(n) for n in shape)


class Rebatch(Transformation):  # type: ignore[misc]
    """Sets the batch axis of all graph inputs and outputs, and forgets the shapes between them."""

    def __init__(self, batch: int) -> None:
        super().__init__()
        self._batch = batch

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """One pass."""
        for tensor in [*model.graph.input, *model.graph.output]:
            for dim in tensor.type.tensor_type.shape.dim[:1]:
                dim.dim_value = self._batch
        del model.graph.value_info[:]
        return model, False


class ReshapeAnyBatch(Transformation):  # type: ignore[misc]
    """A constant target shape copies the batch axis instead of stating it."""

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """Only where the axis is stated; batch and shapes are then to be set again."""
        for node in model.graph.node:
            target = model.get_initializer(node.input[1]) if node.op_type == "Reshape" else None
            if target is None or not _is_activation(model.graph, node.input[0]) or target[0] == -1:
                continue
            name = f"{node.name}_any_batch"
            model.set_initializer(name, np.concatenate([[0], target[1:]]).astype(np.int64))
            node.input[1] = name
            # With it a zero would not stand for the batch.
            for attribute in [a for a in node.attribute if a.name == "allowzero"]:
                node.attribute.remove(attribute)
        return model, False


class ResizeAnyBatch(Transformation):  # type: ignore[misc]
    """Constant sizes of all axes that a ``Resize`` gives its output have the batch in the first one."""

    _SIZES = 3

    def __init__(self, batch: int) -> None:
        super().__init__()
        self._batch = batch

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """One pass; batch and shapes are then to be set again."""
        for node in model.graph.node:
            if node.op_type != "Resize" or len(node.input) <= self._SIZES or attributes(node).get("axes"):
                continue
            sizes = model.get_initializer(node.input[self._SIZES])
            if sizes is not None:
                name = f"{node.name}_any_batch"
                model.set_initializer(name, np.concatenate([[self._batch], sizes[1:]]).astype(np.int64))
                node.input[self._SIZES] = name
        return model, False


def _is_activation(graph: GraphProto, name: str) -> bool:
    """Whether a tensor depends on a graph input."""
    if name in {t.name for t in graph.input}:
        return True
    makers = [node for node in graph.node if name in node.output]
    return any(_is_activation(graph, source) for node in makers for source in node.input)
