"""Who is said to be right where the hardware's answer, the reference and the exact one differ."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from finn.core.judge import Judge, Judgement
from finn.errors import FinnError
from finn.frontend.host.comparison import compare_outputs

IMAGES, CLASSES = 5, 3
ANSWERS = np.float32([[0.1, 0.7, -0.3], [1.3, 0.2, 0.6], [-0.4, 0.9, 0.1], [0.3, 2.1, 0.7], [0.5, -0.7, 0.2]])
REMEDY = "; do something about it"


class Original:
    """A model of which both answers are known; it keeps account of what it is asked."""

    def __init__(self, exact: Any, float32: Any, error: str = "") -> None:
        self._exact, self._float32, self._error = exact, float32, error
        self.asked: list[tuple[str, list[int]]] = []

    def exact(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        if self._error:
            raise FinnError(self._error + REMEDY)
        return self._answer("exact", self._exact, inputs)

    def float32(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        return self._answer("float32", self._float32, inputs)

    def _answer(self, which: str, values: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
        images = [int(i) for i in inputs["x"][:, 0]]
        self.asked.append((which, images))
        return {"y": values[images]}


def off(*images: int, by: float = 0.05, start: Any = ANSWERS) -> Any:
    """The answers with another first value at some images."""
    values = start.copy()
    values[list(images), 0] += by
    return values


def judged(
    measured: Any, reference: Any, original: Original, sound: Any = None, given: bool = False
) -> Judgement:
    ties = {
        "MVAU_0": np.array([3, 0, 1, 2, 7]),
        "MVAU_1": np.array([0, 2, 0, 4, 0]),
        "MVAU_2": np.zeros(5, int),
    }
    inputs = {"x": np.arange(IMAGES)[:, None]}
    sound = np.ones(IMAGES, dtype=bool) if sound is None else sound
    comparisons = {"y": compare_outputs(measured, reference)}
    named: Any = original
    return Judge(named, inputs, sound, ties, comparisons, given).judge("y")


WITHIN = "of 5 images within 1e-4 of the reference"


def test_nothing_is_asked_where_all_agree() -> None:
    original = Original(ANSWERS, ANSWERS)
    assert judged(ANSWERS, ANSWERS, original) == Judgement(0, "5 of 5 images equal the reference")
    assert original.asked == []


def test_the_hardware_is_right_where_float32_decided_ties() -> None:
    original = Original(off(0, 3, by=1e-6), None)
    found = judged(off(1, by=1e-5), off(0, 3), original)
    assert found == Judgement(
        0,
        f"3 {WITHIN} (2 of them equal); at 2 images float32 rounding decided ties "
        "(MVAU_0 5, MVAU_1 4), and the exact answer is the hardware's",
    )
    assert original.asked == [("exact", [0, 3])]


def test_one_image_without_a_tie_in_hardware() -> None:
    measured, reference = (np.delete(v, [0, 2, 3, 4], axis=0) for v in (ANSWERS, off(1)))
    comparisons = {"y": compare_outputs(measured, reference)}
    original: Any = Original(ANSWERS, None)
    inputs, ties = {"x": np.array([[1]])}, {"MVAU_0": np.array([0])}
    found = Judge(original, inputs, np.array([True]), ties, comparisons, given=False).judge("y")
    text = "; at 1 image float32 rounding decided, and the exact answer is the hardware's"
    assert (found.mismatches, found.text[-len(text) :]) == (0, text)


def test_the_reference_is_right() -> None:
    found = judged(off(2, 3), ANSWERS, Original(ANSWERS, None))
    assert found == Judgement(
        2,
        "3 of 5 images equal the reference; first mismatch: image 2, index [0]: "
        f"expected {ANSWERS[2, 0]}, got {off(2)[2, 0]}; evaluated in float64 the reference is right",
    )


def test_some_are_right_and_the_first_that_is_not_is_told() -> None:
    original = Original(off(3, by=0.02, start=off(4, by=0.05)), None)
    found = judged(off(3, 4), ANSWERS, original)
    assert found == Judgement(
        1,
        "3 of 5 images equal the reference; at 1 image float32 rounding decided ties (MVAU_0 7), "
        "and the exact answer is the hardware's; first mismatch: image 3, index [0]: "
        f"expected {ANSWERS[3, 0]}, got {off(3)[3, 0]}; evaluated in float64 neither is right",
    )


def test_an_image_that_is_not_the_integer_model_stays_a_mismatch() -> None:
    found = judged(off(2), ANSWERS, Original(off(2), None), sound=np.arange(IMAGES) != 2)
    assert found.mismatches == 1
    assert found.text.endswith("evaluated in float64 the reference is wrong")


NEITHER = "the expected values are neither the float32 nor the exact answer of this model"


def test_expected_values_that_are_float32s_answer() -> None:
    original = Original(off(1), ANSWERS)
    found = judged(off(1), off(4, by=1e-5), original, given=True)
    assert (found.mismatches, "at 1 image float32 rounding decided ties (MVAU_1 2)" in found.text) == (
        0,
        True,
    )
    assert original.asked == [("float32", [1]), ("exact", [1])]


def test_expected_values_that_are_wrong_are_not_waved_through() -> None:
    original = Original(ANSWERS, ANSWERS)
    found = judged(ANSWERS, off(1, 4), original, given=True)
    assert found == Judgement(
        2,
        "3 of 5 images equal the reference; first mismatch: image 1, index [0]: "
        f"expected {off(1)[1, 0]}, got {ANSWERS[1, 0]}; {NEITHER}",
    )
    # Nothing could be decided in the hardware's favour: the exact answer serves the sentence alone.
    assert original.asked == [("float32", [1, 4]), ("exact", [1])]


def test_each_image_has_its_own_answer_of_float32() -> None:
    found = judged(ANSWERS, off(1, 4), Original(ANSWERS, off(4)), given=True)
    assert found.mismatches == 1
    assert "; at 1 image float32 rounding decided ties (MVAU_0 7)" in found.text
    assert found.text.endswith(NEITHER)


def test_each_output_is_judged_for_itself() -> None:
    other = off(*range(IMAGES), by=0.3)
    original: Any = SimpleNamespace(
        exact=lambda inputs: {"y": ANSWERS[inputs["x"]], "z": other[inputs["x"]]},
        float32=lambda inputs: {"y": off(3)[inputs["x"]], "z": off(1, start=other)[inputs["x"]]},
    )
    comparisons = {"y": compare_outputs(ANSWERS, off(3)), "z": compare_outputs(other, off(1, start=other))}
    sound, inputs = np.ones(IMAGES, dtype=bool), {"x": np.arange(IMAGES)}
    ties = {"MVAU_0": np.arange(IMAGES)}
    judge = Judge(original, inputs, sound, ties, comparisons, given=True)
    text = "4 of 5 images equal the reference; at 1 image float32 rounding decided ties (MVAU_0 {}), {}"
    end = "and the exact answer is the hardware's"
    assert judge.judge("y") == Judgement(0, text.format(3, end))
    assert judge.judge("z") == Judgement(0, text.format(1, end))


def test_expected_values_that_are_the_exact_answer() -> None:
    found = judged(off(2), ANSWERS, Original(ANSWERS, off(2)), given=True)
    assert (found.mismatches, found.text.endswith("evaluated in float64 the reference is right")) == (1, True)


def test_integers_are_only_ever_equal() -> None:
    indices = np.array([[4, 0], [7, 8], [1, 8], [2, 11], [0, 3]])
    other = indices.copy()
    other[4, 1] = 5
    found = judged(indices, other, Original(indices, None))
    assert found == Judgement(
        0,
        "4 of 5 images equal the reference; at 1 image float32 rounding decided ties (MVAU_0 7), "
        "and the exact answer is the hardware's",
    )
    # Near 100,000 a float would be within 1e-4 of its neighbours.
    large, next_to_it = indices + 100_000, other + 99_998
    next_to_it[:4] = large[:4]
    assert next_to_it[4].tolist() == [99_998, 100_003]
    assert judged(large, next_to_it, Original(next_to_it, None)).mismatches == 1


@pytest.mark.parametrize("sound", [False, True])
def test_a_model_that_cannot_be_evaluated(sound: bool) -> None:
    original = Original(None, None, "Odd_3 (Odd) cannot be evaluated in float64")
    found = judged(off(2), ANSWERS, original, sound=np.full(IMAGES, sound))
    assert (found.mismatches, found.text) == (
        1,
        "4 of 5 images equal the reference; first mismatch: image 2, index [0]: expected "
        f"{ANSWERS[2, 0]}, got {off(2)[2, 0]}; it cannot be judged: "
        "Odd_3 (Odd) cannot be evaluated in float64",
    )


@pytest.mark.parametrize("given", [False, True])
def test_another_shape_is_not_judged(given: bool) -> None:
    original = Original(ANSWERS, ANSWERS)
    found = judged(ANSWERS[:, :2], ANSWERS, original, given=given)
    assert found == Judgement(IMAGES, "shape (5, 2) instead of (5, 3)")
    assert original.asked == []
