"""Reads what a user gives as a model's inputs, by the one reader there is; writes results."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qonnx.core.modelwrapper import ModelWrapper

from finn.core.build_dir import hardware_child
from finn.core.network import boundaries
from finn.core.raw_codes import raw_program
from finn.errors import FinnError
from finn.frontend.planning.input_meaning import input_entries
from finn.runtime import BoardError
from finn.runtime.images import images_of, is_images
from finn.runtime.numeric import run_program
from finn.runtime.reader import InputOptions, ModelInputs

__all__ = (
    "InputOptions",
    "load_arrays",
    "load_inputs",
    "model_inputs",
    "model_values",
    "read_arrays",
    "save_outputs",
)

Arrays = dict[str, NDArray[Any]]


def _warn(text: str) -> None:
    print(f"warning: {text}", file=sys.stderr, flush=True)


def load_arrays(path: Path) -> Arrays:
    """The arrays of an ``.npy`` (under the name "") or ``.npz`` file; nothing is unpickled."""
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return {"": loaded}
        with loaded:
            return {name: loaded[name] for name in loaded.files}
    except OSError as error:
        raise FinnError(f"the file {path} cannot be read: {error.strerror or error}") from error
    except Exception as error:  # of zipfile, zlib and NumPy, according to what is damaged
        raise FinnError(f"the file {path} is not a .npy or .npz array file, or is truncated") from error


def load_inputs(
    model: ModelWrapper,
    source: Path | str,
    options: InputOptions | None = None,
    tell: Callable[[str], None] = _warn,
) -> Arrays:
    """The model's inputs from a file of arrays, an image file, a folder or a glob of them.

    Ready for ``execute_onnx``; raises and warns as :func:`model_inputs`.
    """
    options = options or InputOptions()
    with _told():
        if is_images(str(source)):
            images = images_of(str(source), ModelInputs(input_entries(model)), options.resize)
            return model_inputs(model, {"": images}, str(source), tell=tell)
    return model_inputs(model, load_arrays(Path(source)), str(source), options, tell)


def model_inputs(
    model: ModelWrapper,
    arrays: Mapping[str, Any],
    source: str,
    options: InputOptions | None = None,
    tell: Callable[[str], None] = _warn,
) -> Arrays:
    """What a parent takes, from arrays by name; a single one may have any name.

    Parameters
    ----------
    model
        The parent of a build, or a model that was never built.
    arrays
        The model's own inputs, batch in axis 0, as `finn.runtime.reader` takes them.
    source
        What to call them in errors.
    options
        Where they are given in another way.
    tell
        Called with a sentence where many values will be clipped.

    Returns
    -------
    dict
        The graph inputs by name; with ``raw``, the integer tensor that enters the hardware.

    Raises
    ------
    FinnError
        An input is missing, or its shape, type or values are not what the model takes.
    """
    options = options or InputOptions()
    with _told():
        reader = ModelInputs(input_entries(model))
        if options.raw:
            read = _raw(model, reader, arrays, source, options.layout)
        else:
            read = reader.read(arrays, source, options.layout, tell)
    if not len(next(iter(read.values()))):
        raise FinnError(f"{source} holds no image; batch is axis 0")
    return read


def _raw(
    model: ModelWrapper, reader: ModelInputs, arrays: Mapping[str, Any], source: str, layout: str | None
) -> Arrays:
    program, constants = raw_program(model)
    (side,) = boundaries(hardware_child(model))[0]
    codes = reader.codes(arrays, side.stream.datatype.name, source, layout)
    tensors = run_program(program, constants, codes)
    port = program[-1]["outputs"][0] if program else next(iter(codes))
    return {port: tensors[port]}


def read_arrays(model: ModelWrapper, arrays: Mapping[str, Any]) -> Arrays:
    """As :func:`model_inputs`, for arrays that a program gives; an empty batch is one too."""
    with _told():
        return ModelInputs(input_entries(model)).read(arrays)


def model_values(model: ModelWrapper, read: Mapping[str, NDArray[Any]]) -> Arrays:
    """What :func:`model_inputs` has returned as the original model takes it: pixels become its own floats."""
    return ModelInputs(input_entries(model)).model_values(read)


@contextmanager
def _told() -> Iterator[None]:
    """What the reader, which is the board's too, has to say becomes an error of the host."""
    try:
        yield
    except BoardError as error:
        raise FinnError(str(error)) from error


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
