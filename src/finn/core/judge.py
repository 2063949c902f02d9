"""Says who is right where the hardware's answer is not the reference's: the model in float64."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finn.core.original import OriginalModel
from finn.errors import FinnError
from finn.frontend.host.comparison import Comparison, compare_outputs
from finn.kernels.base import IntArray

__all__ = ("Judge", "Judgement")

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Judgement:
    """What was found about one output.

    Attributes
    ----------
    mismatches
        Images at which the hardware is not shown to be right.
    text
        Counts, what float64 decided, and the first mismatch, for a person.
    """

    mismatches: int
    text: str


class Judge:
    """Evaluates the original model again at the images where an output differs from its reference.

    The hardware is right at such an image if it equals the integer model there, the reference is
    what float32 gives for this very model, and the exact answer is the hardware's.

    Parameters
    ----------
    original
        The model that the build was made from.
    inputs
        Of the whole batch, by name.
    sound
        (N,) whether the hardware equals the integer model at an image.
    ties
        How often each image met a tie, by layer.
    comparisons
        Of every output with its reference, by name.
    given
        Whether the references were given, and may be anything, or are qonnx' own.
    """

    def __init__(
        self,
        original: OriginalModel,
        inputs: Mapping[str, NDArray[Any]],
        sound: NDArray[np.bool_],
        ties: Mapping[str, IntArray],
        comparisons: Mapping[str, Comparison],
        given: bool,
    ) -> None:
        self._original, self._inputs, self._sound, self._ties = original, inputs, sound, ties
        self._comparisons, self._given = comparisons, given
        self._answers: dict[int, Arrays] = {}

    def judge(self, name: str) -> Judgement:
        """What float64 says about output ``name``."""
        comparison = self._comparisons[name]
        if comparison.ok or not comparison.comparable:
            return Judgement(comparison.mismatches, comparison.text)
        try:
            return self._judged(name, comparison)
        except FinnError as error:
            # Whose answer is right is one question, what to do without an answer another.
            reason = str(error).partition(";")[0]
            return Judgement(comparison.mismatches, f"{comparison.text}; it cannot be judged: {reason}")

    def _judged(self, name: str, comparison: Comparison) -> Judgement:
        right = self._right(name)
        wrong = comparison.wrong & ~right
        text = comparison.counts + self._decided(right)
        if wrong.any():
            image = int(np.argmax(wrong))
            text += f"; first mismatch: {comparison.mismatch(image)}; {self._verdict(name, image)}"
        return Judgement(int(wrong.sum()), text)

    def _right(self, name: str) -> NDArray[np.bool_]:
        """The images at which the reference is not the hardware's answer, but the exact one is."""
        comparison = self._comparisons[name]
        right = np.zeros(comparison.images, dtype=bool)
        doubtful = [int(i) for i in np.flatnonzero(comparison.wrong & self._sound)]
        doubtful = [image for image in doubtful if self._is_float32(name, image)]
        self._evaluate(doubtful)
        right[doubtful] = [self._is_exact(name, image, comparison.measured) for image in doubtful]
        return right

    def _verdict(self, name: str, image: int) -> str:
        comparison = self._comparisons[name]
        if self._is_exact(name, image, comparison.reference):
            return "evaluated in float64 the reference is right"
        if not self._is_float32(name, image):
            return "the expected values are neither the float32 nor the exact answer of this model"
        if self._is_exact(name, image, comparison.measured):
            return "evaluated in float64 the reference is wrong"
        return "evaluated in float64 neither is right"

    def _decided(self, right: NDArray[np.bool_]) -> str:
        count = int(right.sum())
        if not count:
            return ""
        met = {name: int(hits[right].sum()) for name, hits in self._ties.items()}
        where = ", ".join(f"{name} {hits}" for name, hits in met.items() if hits)
        decided = f"decided ties ({where})" if where else "decided"
        images = f"{count} image{'s' * (count > 1)}"
        return f"; at {images} float32 rounding {decided}, and the exact answer is the hardware's"

    def _evaluate(self, images: list[int]) -> None:
        """Exact answers of all these images at once, but for those that are known."""
        unknown = [image for image in images if image not in self._answers]
        if unknown:
            outputs = self._original.exact(self._at(np.array(unknown)))
            answers = (
                {name: values[i : i + 1] for name, values in outputs.items()} for i in range(len(unknown))
            )
            self._answers.update(zip(unknown, answers, strict=True))

    def _is_exact(self, name: str, image: int, values: NDArray[Any]) -> bool:
        self._evaluate([image])
        return self._agree(name, values[image : image + 1], self._answers[image][name])

    def _is_float32(self, name: str, image: int) -> bool:
        if not self._given:
            return True
        place = int(np.searchsorted(self._differing, image))
        single = self._float32[name][place : place + 1]
        return self._agree(name, self._comparisons[name].reference[image : image + 1], single)

    def _agree(self, name: str, values: NDArray[Any], reference: NDArray[Any]) -> bool:
        return compare_outputs(values, reference, self._comparisons[name].integers).ok

    @cached_property
    def _differing(self) -> IntArray:
        """Images at which any output is not its reference."""
        return np.flatnonzero(np.any([c.wrong for c in self._comparisons.values()], axis=0))

    @cached_property
    def _float32(self) -> Arrays:
        return self._original.float32(self._at(self._differing))

    def _at(self, images: IntArray) -> Arrays:
        return {name: np.asarray(values)[images] for name, values in self._inputs.items()}
