"""What a program on the board gives to a deployed network: arrays, or files of arrays or images."""

from typing import Any, Dict, Optional, Sequence

import numpy as np

from . import BoardError
from .batches import ModelBatch
from .description import Description
from .images import images_of, is_images
from .reader import InputOptions, Tell

__all__ = ("load", "model_batch")


def model_batch(
    description: Description,
    arrays: Dict[str, Any],
    inputs: Sequence[Any],
    options: InputOptions,
    tell: Optional[Tell] = None,
    source: Optional[str] = None,
) -> ModelBatch:
    """A batch of the model's inputs, in their order.

    Parameters
    ----------
    description, arrays
        The deployment, and the constants of its host programs.
    inputs
        Arrays, or names of image files, folders or globs.
    options
        How they are given.
    tell
        Gets a sentence where many values will be clipped.
    source
        The file that they come from; None where a program gives them.

    Raises
    ------
    BoardError
        Number, shape, type or values do not fit; the text names the first that does not.
    """
    reader = description.reader
    if len(inputs) != len(reader.inputs):
        raise BoardError("%s takes %d inputs, not %d" % (description.name, len(reader.inputs), len(inputs)))
    given, layout = list(inputs), options.layout
    if any(isinstance(each, str) for each in given):
        source, layout = str(given[0]), None
        given = [images_of(source, reader, options.resize)]
    named = {each.name: values for each, values in zip(reader.inputs, given)}
    if not options.raw:
        return ModelBatch(description, arrays, reader.read(named, source, layout, tell))
    if description.host["raw"] is None:
        raise BoardError("raw codes cannot be given: more than one quantiser lies before the accelerator")
    codes = reader.codes(named, description.inputs[0].datatype, source, layout)
    return ModelBatch(description, arrays, codes, raw=True)


def load(path: str, description: Description) -> Sequence[Any]:
    """The model's inputs from a file, in their order; the path itself where it names images.

    Raises
    ------
    BoardError
        The file cannot be read, or lacks an input.
    """
    if is_images(path):
        return [path]
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return [loaded]
        with loaded:
            return [_member(loaded, each.name, path) for each in description.reader.inputs]
    except BoardError:
        raise
    except EnvironmentError as error:
        raise BoardError("%s cannot be read: %s" % (path, error.strerror or error))
    except Exception:  # of zipfile, zlib and NumPy, according to what is damaged
        raise BoardError("%s is not a .npy or .npz array file, or is truncated" % path)


def _member(loaded: Any, name: str, path: str) -> Any:
    if name not in loaded.files:
        raise BoardError("%s has no array for the model's input %r; use that name" % (path, name))
    return loaded[name]
