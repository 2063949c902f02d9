"""The original model's own results, and their comparison with measured ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
from finn.frontend.attributes import attributes
from finn.frontend.channels_last import ChannelsLastOperators
from finn.frontend.folding import FoldConstants
from finn.frontend.guard import first_line, guarded
from finn.frontend.load import load_model
from finn.frontend.normalise import NameNodes, NormaliseQuantisers
from finn.frontend.shapes import KnownShapes

__all__ = ("Comparison", "Rebatch", "compare_outputs", "reference_execution")

Arrays = dict[str, NDArray[Any]]
ABSOLUTE = 1e-4
RELATIVE = 1e-4


def reference_execution(source: Path | str | ModelWrapper, inputs: Mapping[str, NDArray[Any]]) -> Arrays:
    """Execute the original model by qonnx on a batch of any size.

    Parameters
    ----------
    source
        The QONNX file, or the model.
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
        return _executed(load_model(source), inputs)


def _executed(model: ModelWrapper, inputs: Mapping[str, NDArray[Any]]) -> Arrays:
    named = (NormaliseQuantisers(), NameNodes(), ChannelsLastOperators())
    for step in (*named, RemoveStaticGraphInputs()):
        model = model.transform(step, make_deepcopy=False, cleanup=False)
    given = {t.name: _input(t, inputs) for t in model.graph.input}
    batch = len(next(iter(given.values())))
    sizes = (ReshapeAnyBatch(), ResizeAnyBatch(batch))
    for step in (Rebatch(batch), FoldConstants(), *sizes, Rebatch(batch), KnownShapes()):
        model = model.transform(step, make_deepcopy=False, cleanup=False)
    try:
        return dict(execute_onnx(model, given))
    except Exception as error:  # onnxruntime's errors have no common class but this
        first = first_line(error) or type(error).__name__
        raise FinnError(f"qonnx cannot execute the original model on this batch: {first}") from error


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


@dataclass(frozen=True)
class Comparison:
    """How one output compares with its reference.

    Attributes
    ----------
    ok
        Whether every image agrees.
    images, mismatches
        Number of images, and of those that do not agree.
    text
        Both counts, and the first mismatch by image and index.
    """

    ok: bool
    images: int
    mismatches: int
    text: str


def compare_outputs(measured: NDArray[Any], reference: NDArray[Any]) -> Comparison:
    """Compare one output, batch in axis 0.

    Integers must be equal. Floats may differ by 1e-4 + 1e-4 |reference|, for their sums depend on
    their order; along the last axis they must have the same largest element, unless the
    reference's two best lie within that bound.
    """
    measured, reference = np.asarray(measured), np.asarray(reference)
    images = len(reference) if reference.ndim else 1
    if measured.shape != reference.shape:
        text = f"shape {measured.shape} instead of {reference.shape}"
        return Comparison(False, images, images, text)
    exact = _is_integer(reference) and _is_integer(measured)
    bound = np.zeros(reference.shape) if exact else ABSOLUTE + RELATIVE * np.abs(reference, dtype=np.float64)
    distance = np.abs(measured.astype(np.float64) - reference.astype(np.float64))
    wrong = ~(distance <= bound)
    other_best = np.zeros(images, dtype=bool) if exact else _other_best(measured, reference)
    bad = wrong.reshape(images, -1).any(axis=1) | other_best
    count = int(bad.sum())
    text = f"{images - count} of {images} images equal the reference"
    if count:
        text += f"; first mismatch: {_first(int(np.argmax(bad)), wrong, measured, reference)}"
    return Comparison(not count, images, count, text)


def _is_integer(values: NDArray[Any]) -> bool:
    return not np.issubdtype(values.dtype, np.floating) or bool(np.all(values == np.rint(values)))


def _other_best(measured: NDArray[Any], reference: NDArray[Any]) -> NDArray[np.bool_]:
    """Images whose largest element along the last axis is another one, and clearly so."""
    images = len(reference)
    if reference.ndim < 2 or reference.shape[-1] < 2:
        return np.zeros(images, dtype=bool)
    best = np.sort(reference.astype(np.float64), axis=-1)[..., -2:]
    clear = best[..., 1] - best[..., 0] > ABSOLUTE + RELATIVE * np.abs(best[..., 1])
    other = (measured.argmax(axis=-1) != reference.argmax(axis=-1)) & clear
    found: NDArray[np.bool_] = other.reshape(images, -1).any(axis=1)
    return found


def _first(image: int, wrong: NDArray[np.bool_], measured: NDArray[Any], reference: NDArray[Any]) -> str:
    places = np.argwhere(wrong[image])
    if not len(places):
        return (
            f"image {image}, largest element expected at {int(reference[image].argmax())},"
            f" got {int(measured[image].argmax())}"
        )
    index = tuple(int(i) for i in places[0])
    expected, got = reference[image][index], measured[image][index]
    return f"image {image}, index {list(index)}: expected {expected}, got {got}"
