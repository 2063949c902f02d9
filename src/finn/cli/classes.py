"""What classes a run found, for a person."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ("class_output", "classified", "image_names", "read_labels")


def read_labels(path: Path) -> list[str]:
    """Class names, one a line; FinnError where the file is no text."""
    from finn.errors import FinnError

    try:
        return path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise FinnError(f"{path} is no text in UTF-8; give class names, one a line") from None


def image_names(source: str) -> list[str] | None:
    """Names of the image files that ``--input`` names; None where it is an array."""
    from finn.runtime.images import image_files, is_images

    return [Path(path).name for path in image_files(source)] if is_images(source) else None


def class_output(outputs: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """The output that tells classes: indices where there are some, else the first."""
    indices = (output for output in outputs if output.dtype.kind in "iu" and output.ndim == 2)
    return next(indices, outputs[0])


def classified(
    outputs: NDArray[Any], top: int | None, names: Sequence[str] | None, images: Sequence[str] | None = None
) -> list[str]:
    """One line per image: its name or index, a tab, and its best classes.

    Parameters
    ----------
    outputs
        (N, classes) scores, or (N, K) class indices of integer type as ``--top-k`` gives them.
    top
        How many classes; None for one of the scores, or all K of the indices.
    names
        Of the classes; None for their indices.
    images
        Names of the images; None for their indices.

    Raises
    ------
    FinnError
        There are no scores, fewer classes than asked for, or fewer names than classes.
    """
    best, classes = _best(outputs, top)
    if names is not None and len(names) < classes:
        from finn.errors import FinnError

        raise FinnError(f"--labels has {len(names)} names, the network {classes} classes; add the others")
    shown = [[str(c) if names is None else names[c] for c in row] for row in best.tolist()]
    lines = zip(images if images is not None else range(len(shown)), shown, strict=True)
    return [f"{image}\t{', '.join(row)}" for image, row in lines]


def _best(outputs: NDArray[Any], top: int | None) -> tuple[NDArray[Any], int]:
    """(N, top) class indices, best first, the lowest among equals; and how many classes are known of."""
    from finn.errors import FinnError

    if outputs.ndim != 2:
        raise FinnError(f"outputs of shape {outputs.shape} hold no scores of classes; leave --top out")
    indices = outputs.dtype.kind in "iu"
    if top is not None and top > outputs.shape[1]:
        held = "classes that the build gives" if indices else "classes of the output"
        raise FinnError(f"--top {top} is more than the {outputs.shape[1]} {held}; give at most that")
    if indices:
        return outputs[:, :top], int(outputs.max(initial=0)) + 1
    return (-outputs).argsort(axis=1, kind="stable")[:, : top or 1], outputs.shape[1]
