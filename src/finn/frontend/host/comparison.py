"""How the outputs of a target compare with those of a reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ("Comparison", "compare_outputs")

ABSOLUTE = 1e-4
RELATIVE = 1e-4


@dataclass(frozen=True)
class Comparison:
    """How one output compares with its reference, batch in axis 0.

    Attributes
    ----------
    measured, reference
        The values that were compared.
    integers
        Whether both are integers, which must be equal.
    wrong
        (N,) the images that do not agree.
    same
        (N,) the images of which every value is the reference's very own.
    """

    measured: NDArray[Any]
    reference: NDArray[Any]
    integers: bool
    wrong: NDArray[np.bool_]
    same: NDArray[np.bool_]

    @property
    def ok(self) -> bool:
        """Whether every image agrees."""
        return self.comparable and not self.mismatches

    @property
    def images(self) -> int:
        """Number of images."""
        return len(self.wrong)

    @property
    def mismatches(self) -> int:
        """Number of images that do not agree."""
        return int(self.wrong.sum())

    @property
    def comparable(self) -> bool:
        """Whether the two have one shape."""
        return self.measured.shape == self.reference.shape

    @property
    def counts(self) -> str:
        """How many images agree; "equal" is said only of images whose values are the very same."""
        if not self.comparable:
            return f"shape {self.measured.shape} instead of {self.reference.shape}"
        images, good, same = self.images, self.images - self.mismatches, int(self.same.sum())
        if self.integers or good == same > 0:
            return f"{good} of {images} images equal the reference"
        return f"{good} of {images} images within 1e-4 of the reference ({same} of them equal)"

    @property
    def text(self) -> str:
        """Both counts, and the first mismatch by image and index."""
        if self.ok or not self.comparable:
            return self.counts
        return f"{self.counts}; first mismatch: {self.mismatch(int(np.argmax(self.wrong)))}"

    def mismatch(self, image: int) -> str:
        """The first value of an image that does not agree."""
        measured, reference = self.measured[image], self.reference[image]
        places = np.argwhere(_apart(measured, reference, self.integers))
        if not len(places):
            best, got = int(reference.argmax()), int(measured.argmax())
            return f"image {image}, largest element expected at {best}, got {got}"
        index = tuple(int(i) for i in places[0])
        return f"image {image}, index {list(index)}: expected {reference[index]}, got {measured[index]}"


def compare_outputs(
    measured: NDArray[Any], reference: NDArray[Any], integers: bool | None = None
) -> Comparison:
    """Compare one output, batch in axis 0.

    Integers must be equal. Floats may differ by 1e-4 + 1e-4 |reference|, for their sums depend on
    their order; along the last axis they must have the same largest element, unless the
    reference's two best lie within that bound. ``integers`` says which of the two rules holds;
    None: as the values are.
    """
    measured, reference = np.asarray(measured), np.asarray(reference)
    images = len(reference) if reference.ndim else 1
    if measured.shape != reference.shape:
        wrong = np.ones(images, dtype=bool)
        return Comparison(measured, reference, False, wrong, ~wrong)
    exact = _is_integer(reference) and _is_integer(measured) if integers is None else integers
    wrong = _anywhere(_apart(measured, reference, exact))
    if not exact:
        wrong |= _other_best(measured, reference)
    same = ~_anywhere(np.asarray(measured != reference))
    return Comparison(measured, reference, exact, wrong, same)


def _is_integer(values: NDArray[Any]) -> bool:
    """Whether every value is a whole number, of whatever type."""
    return not np.issubdtype(values.dtype, np.floating) or bool(np.all(values == np.rint(values)))


def _apart(measured: NDArray[Any], reference: NDArray[Any], integers: bool) -> NDArray[np.bool_]:
    wide = reference.astype(np.float64)
    bound = np.zeros(wide.shape) if integers else ABSOLUTE + RELATIVE * np.abs(wide)
    # So written, a NaN is apart from everything.
    apart: NDArray[np.bool_] = ~(np.abs(measured.astype(np.float64) - wide) <= bound)
    return apart


def _anywhere(values: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(N,) whether an image has a true value; a scalar is one image."""
    images = values.shape[0] if values.ndim else 1
    return np.asarray(values.reshape(images, -1).any(axis=1))


def _other_best(measured: NDArray[Any], reference: NDArray[Any]) -> NDArray[np.bool_]:
    """Images whose largest element along the last axis is another one, and clearly so."""
    images = len(reference)
    if reference.ndim < 2 or reference.shape[-1] < 2:
        return np.zeros(images, dtype=bool)
    best = np.sort(reference.astype(np.float64), axis=-1)[..., -2:]
    clear = best[..., 1] - best[..., 0] > ABSOLUTE + RELATIVE * np.abs(best[..., 1])
    other = (measured.argmax(axis=-1) != reference.argmax(axis=-1)) & clear
    return _anywhere(other)
