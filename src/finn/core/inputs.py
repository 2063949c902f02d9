"""Reads a user's arrays and checks them against the model; writes results."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qonnx.core.modelwrapper import ModelWrapper

from finn.core.build_dir import hardware_child
from finn.core.network import Boundary, boundaries
from finn.errors import FinnError

__all__ = ("load_arrays", "load_inputs", "model_inputs", "save_outputs")

Arrays = dict[str, NDArray[Any]]


def load_arrays(path: Path) -> Arrays:
    """The arrays of an ``.npy`` (under the name "") or ``.npz`` file; nothing is unpickled."""
    try:
        loaded = np.load(path, allow_pickle=False)
    except OSError as error:
        raise FinnError(f"the file {path} cannot be read: {error.strerror or error}") from error
    except (ValueError, EOFError) as error:
        raise FinnError(f"the file {path} is not a .npy or .npz array file, or is truncated") from error
    if isinstance(loaded, np.ndarray):
        return {"": loaded}
    with loaded:
        return {name: loaded[name] for name in loaded.files}


def load_inputs(model: ModelWrapper, path: Path) -> Arrays:
    """The model's input tensors from a file, checked; ready for ``execute_onnx``.

    An array of integer type is the raw quantised input: with ``--input-datatype`` it is scaled to
    the model's own input, otherwise it goes to the hardware as it is.
    """
    return model_inputs(model, load_arrays(path), str(path))


def model_inputs(model: ModelWrapper, arrays: Mapping[str, NDArray[Any]], source: str) -> Arrays:
    """As :func:`load_inputs`, from arrays; ``source`` names them in errors."""
    shapes = _shapes(model)
    named = dict(arrays)
    if len(shapes) == 1 and len(named) == 1:
        named = {next(iter(shapes)): next(iter(named.values()))}
    missing = [name for name in shapes if name not in named]
    if missing:
        raise FinnError(
            f"{source} has no array for the model's input {missing[0]!r}; use .npz with that name"
        )
    checked = {name: _checked(named[name], shape, source) for name, shape in shapes.items()}
    counts = {len(values) for values in checked.values()}
    if len(counts) != 1:
        raise FinnError(f"{source} holds inputs of different batch sizes: {sorted(counts)}")
    return _quantised(model, checked, source)


def _shapes(model: ModelWrapper) -> dict[str, tuple[int, ...]]:
    constants = {tensor.name for tensor in model.graph.initializer}
    names = [tensor.name for tensor in model.graph.input if tensor.name not in constants]
    return {name: tuple(model.get_tensor_shape(name)[1:]) for name in names}


def _checked(values: NDArray[Any], shape: tuple[int, ...], source: str) -> NDArray[Any]:
    if values.dtype.kind not in "fiub":
        raise FinnError(f"{source} holds {values.dtype} where numbers are wanted")
    if values.ndim < 1 or len(values) == 0:
        raise FinnError(f"{source} holds no image; batch is axis 0")
    if math.prod(values.shape[1:]) != math.prod(shape) or values.ndim < 2:
        wanted = ", ".join(str(n) for n in shape)
        raise FinnError(f"{source} has shape {values.shape}; the model takes (N, {wanted})")
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        raise FinnError(f"{source} holds {values[index]} at index {index}; every value must be finite")
    return values.reshape(-1, *shape)


def _quantised(model: ModelWrapper, arrays: Arrays, source: str) -> Arrays:
    if all(values.dtype.kind == "f" for values in arrays.values()):
        return {name: values.astype(np.float32) for name, values in arrays.items()}
    scale = json.loads(model.get_metadata_prop("finn_input_scale") or "null")
    sides = boundaries(hardware_child(model))[0]
    if len(sides) != len(arrays):
        raise FinnError(f"{source} holds integers, but {len(sides)} quantisers read the input; give floats")
    raw = [_in_range(values, side, source) for values, side in zip(arrays.values(), sides, strict=True)]
    if scale is not None:
        return {n: (v * scale).astype(np.float32) for n, v in zip(arrays, raw, strict=True)}
    return {s.tensor: v.reshape(-1, *s.normal_shape) for v, s in zip(raw, sides, strict=True)}


def _in_range(values: NDArray[Any], side: Boundary, source: str) -> NDArray[np.int64]:
    datatype = side.stream.datatype
    integers = values.astype(np.int64)
    bad = (integers < int(datatype.min())) | (integers > int(datatype.max()))
    if datatype.name == "BIPOLAR":
        bad |= integers == 0
    if bad.any():
        index = tuple(int(i) for i in np.argwhere(bad)[0])
        raise FinnError(f"{source} holds {integers[index]} at index {index}, which is no {datatype.name}")
    return integers


def save_outputs(path: Path, outputs: Mapping[str, NDArray[Any]]) -> None:
    """Write one output as ``.npy``, or several by name as ``.npz``, whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            if len(outputs) == 1:
                np.save(file, next(iter(outputs.values())))
            else:
                np.savez(file, **outputs)  # type: ignore[arg-type]
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise FinnError(f"the result cannot be written to {path}: {error.strerror}") from error
