"""Weights that lie in files beside a model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePath

from onnx import ModelProto, TensorProto, helper
from onnx.external_data_helper import ExternalDataInfo, load_external_data_for_model, uses_external_data

from finn.errors import FinnError

__all__ = ("has_external_data", "load_external_data")


def has_external_data(model: ModelProto) -> bool:
    """Whether values of a model lie in other files."""
    return any(uses_external_data(tensor) for tensor in _tensors(model))


def load_external_data(model: ModelProto, path: Path) -> None:
    """Read the values that ``model``, of the file ``path``, keeps in other files of its folder.

    Raises
    ------
    FinnError
        If such a file is missing, too short, or outside the folder.
    """
    for tensor in _tensors(model):
        if uses_external_data(tensor):
            _require_data(tensor, path)
    try:
        load_external_data_for_model(model, str(path.parent))
    except Exception as error:  # onnx' checker has classes of its own beside OSError and ValueError
        raise FinnError(
            f"the data beside {path} cannot be read; copy the model and its data again"
        ) from error


def _tensors(model: ModelProto) -> Iterator[TensorProto]:
    yield from model.graph.initializer
    for node in model.graph.node:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)


def _require_data(tensor: TensorProto, path: Path) -> None:
    try:
        info = ExternalDataInfo(tensor)
        needed = (info.offset or 0) + max(info.length or 0, _bytes(tensor))
    except (KeyError, TypeError, ValueError) as error:
        raise FinnError(
            f"{path} does not say where the data of tensor {tensor.name!r} is; export it again"
        ) from error
    place = PurePath(info.location)
    if place.is_absolute() or ".." in place.parts:
        reason = f"keeps tensor {tensor.name!r} in {info.location!r}, outside its folder"
        raise FinnError(f"{path} {reason}; export it with its data beside it")
    data = path.parent / place
    if not data.is_file():
        reason = f"keeps its weights in {data}, which does not exist"
        raise FinnError(f"{path} {reason}; copy that file together with the model")
    if data.stat().st_size < needed:
        raise FinnError(f"{data} is too short for tensor {tensor.name!r} of {path}; copy it again")


def _bytes(tensor: TensorProto) -> int:
    count = 1
    for size in tensor.dims:
        count *= size
    # Several elements of fewer than eight bits share a byte.
    packed = tensor.data_type in (TensorProto.UINT4, TensorProto.INT4)
    size = int(helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize)
    return -(-count // 2) if packed else count * size
