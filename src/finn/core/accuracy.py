"""How many images a target and its reference put into their true class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finn.core.inputs import load_arrays
from finn.errors import FinnError

__all__ = ("accuracy", "accuracy_line", "read_classes")


def read_classes(path: Path, images: int) -> NDArray[np.int64]:
    """The true class of each image, integers (N,); FinnError where the file holds anything else."""
    arrays = load_arrays(path)
    classes = np.asarray(next(iter(arrays.values()), np.empty(0)))
    if len(arrays) != 1 or classes.dtype.kind not in "iu" or classes.shape != (images,):
        held = f"{classes.dtype} of shape {classes.shape}"
        raise FinnError(f"{path} holds {held}; give the true class of each image, integers ({images},)")
    return classes.astype(np.int64)


def accuracy(outputs: NDArray[Any], classes: NDArray[np.int64]) -> float:
    """The part of images whose best class is the true one.

    Parameters
    ----------
    outputs
        Scores (N, classes), or indices (N, K), best first, of integer type.
    classes
        (N,)

    Raises
    ------
    FinnError
        If the outputs are no row for each image.
    """
    if outputs.ndim != 2:
        raise FinnError(f"outputs of shape {outputs.shape} hold no scores of classes; leave --classes out")
    best = outputs[:, 0] if outputs.dtype.kind in "iu" else outputs.argmax(axis=1)
    return float((best == classes).mean())


def accuracy_line(measured: NDArray[Any], reference: NDArray[Any], classes: NDArray[np.int64]) -> str:
    """Both accuracies for a person."""
    given, wanted = (100 * accuracy(np.asarray(each), classes) for each in (measured, reference))
    return f"accuracy {given:.2f} %, of the reference {wanted:.2f} %, on {len(classes)} images"
