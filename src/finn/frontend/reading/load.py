"""Reads model files, and copies them."""

from __future__ import annotations

import shutil
import warnings
from copy import deepcopy
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import ModelProto
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError
from finn.frontend.reading.external_data import has_external_data, load_external_data
from finn.frontend.reading.lowered import refuse_lowered
from finn.frontend.reading.structure import require_sound
from finn.frontend.reading.tflite.load import SUFFIX, is_tflite, read_tflite

__all__ = ("ORIGINALS", "copy_model", "load_model", "original_name")

ORIGINALS = ("model.onnx", "model.tflite")
"""What a build may call the file that it was made from."""

_PROTOBUF_LIMIT = 2**31 - 2**20
"""Bytes of a file that protobuf surely writes, with room for what is not tensors."""


def load_model(source: Path | str | ModelWrapper) -> ModelWrapper:
    """The model in ``source``, a copy that the caller may change.

    Raises
    ------
    FinnError
        If the file, or one with its data beside it, is missing, unreadable or truncated, holds no
        ONNX graph or one that is none by ONNX' rules, or was lowered by FINN already.
    """
    if isinstance(source, ModelWrapper):
        model, name = deepcopy(source.model), "the model"
    else:
        path = Path(source)
        model, name = _parse(path, _read(path)), str(path)
    if not model.graph.node:
        raise FinnError(f"{name} is not an ONNX model: it holds no graph; export the network to QONNX")
    missing = _undefined_tensors(model)
    if missing:
        reason = f"tensor {missing[0]!r} is never defined"
        raise FinnError(f"{name} is truncated: {reason}; export the network again")
    if not isinstance(source, ModelWrapper):
        load_external_data(model, path)
    require_sound(model)
    refuse_lowered(model)
    with warnings.catch_warnings():
        # qonnx renames FINN's old domains and says so; the user need not know.
        warnings.simplefilter("ignore", UserWarning)
        return ModelWrapper(model)


def copy_model(source: Path, target: Path) -> None:
    """Copy a model file so that the copy does without others than those in its own folder.

    A file that holds all of its data is copied byte by byte. Data beside it goes into the copy, or
    where that would exceed protobuf's 2 GiB into one file beside it.

    Raises
    ------
    FinnError
        If the file, or one with its data, cannot be read.
    """
    content = _read(source)
    if _is_tflite(source, content):
        shutil.copyfile(source, target)
        return
    model = _parse(source, content)
    if not has_external_data(model):
        shutil.copyfile(source, target)
        return
    load_external_data(model, source)
    held = sum(len(tensor.raw_data) for tensor in model.graph.initializer)
    beside = {"save_as_external_data": True, "location": f"{target.name}.data"}
    onnx.save_model(model, str(target), **(beside if held > _PROTOBUF_LIMIT else {}))


def original_name(source: Path) -> str:
    """The one of `ORIGINALS` that says what ``source`` is; FinnError where it cannot be read."""
    return ORIGINALS[_is_tflite(source, _read(source))]


def _is_tflite(path: Path, content: bytes) -> bool:
    return path.suffix == SUFFIX or is_tflite(content)


def _undefined_tensors(model: ModelProto) -> list[str]:
    """Names that a node or the graph's output uses and nothing defines."""
    graph = model.graph
    defined = {t.name for t in [*graph.input, *graph.initializer]}
    defined |= {t.values.name for t in graph.sparse_initializer}
    defined |= {name for node in graph.node for name in node.output}
    used = [name for node in graph.node for name in node.input if name]
    return [name for name in [*used, *(t.name for t in graph.output)] if name not in defined]


def _read(path: Path) -> bytes:
    if not path.exists():
        raise FinnError(f"{path} does not exist; name an existing ONNX file")
    try:
        return path.read_bytes()
    except OSError as error:
        raise FinnError(f"{path} cannot be read ({error.strerror}); name an ONNX file") from error


def _parse(path: Path, content: bytes) -> ModelProto:
    if _is_tflite(path, content):
        return read_tflite(content, str(path))
    model = ModelProto()
    try:
        model.ParseFromString(content)
    except DecodeError as error:
        raise FinnError(f"{path} is truncated or not an ONNX file; export the network again") from error
    return model
