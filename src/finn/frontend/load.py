"""Reads a model file."""

from __future__ import annotations

import warnings
from copy import deepcopy
from pathlib import Path

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import ModelProto
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError

__all__ = ("load_model",)


def load_model(source: Path | str | ModelWrapper) -> ModelWrapper:
    """The model in ``source``, a copy that the caller may change.

    Raises
    ------
    FinnError
        If the file is missing, unreadable, truncated, or holds no ONNX graph.
    """
    if isinstance(source, ModelWrapper):
        return ModelWrapper(deepcopy(source.model))
    path = Path(source)
    model = _parse(path, _read(path))
    if not model.graph.node:
        raise FinnError(f"{path} is not an ONNX model: it holds no graph; export the network to QONNX")
    missing = _undefined_tensors(model)
    if missing:
        reason = f"tensor {missing[0]!r} is never defined"
        raise FinnError(f"{path} is truncated: {reason}; export the network again")
    with warnings.catch_warnings():
        # qonnx renames FINN's old domains and says so; the user need not know.
        warnings.simplefilter("ignore", UserWarning)
        return ModelWrapper(model)


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
    model = ModelProto()
    try:
        model.ParseFromString(content)
    except DecodeError as error:
        raise FinnError(f"{path} is truncated or not an ONNX file; export the network again") from error
    return model
