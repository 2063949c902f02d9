"""The rule by which outputs are compared, and its words."""

from __future__ import annotations

import numpy as np

from finn.frontend.host.comparison import compare_outputs

REFERENCE = np.array([[1.0, 2.5, -3.0], [4.5, 5.0, 0.25]])


def test_floats_within_the_bound_are_not_said_to_be_equal() -> None:
    comparison = compare_outputs(REFERENCE + 1e-4 + 0.99e-4 * np.abs(REFERENCE), REFERENCE)
    assert (comparison.ok, comparison.images, comparison.mismatches) == (True, 2, 0)
    assert comparison.text == "2 of 2 images within 1e-4 of the reference (0 of them equal)"


def test_equal_is_said_where_every_value_is_the_same() -> None:
    assert compare_outputs(REFERENCE.copy(), REFERENCE).text == "2 of 2 images equal the reference"
    measured = REFERENCE.copy()
    measured[1, 0] = np.nextafter(measured[1, 0], 5)
    comparison = compare_outputs(measured, REFERENCE)
    assert comparison.same.tolist() == [True, False]
    assert comparison.text == "2 of 2 images within 1e-4 of the reference (1 of them equal)"


def test_floats_outside_the_bound() -> None:
    measured = REFERENCE.copy()
    measured[1, 2] += 1.3e-4
    comparison = compare_outputs(measured, REFERENCE)
    assert (comparison.ok, comparison.mismatches) == (False, 1)
    assert comparison.text == (
        "1 of 2 images equal the reference; first mismatch: image 1, index [2]: expected 0.25, got 0.25013"
    )


def test_no_image_within_the_bound() -> None:
    comparison = compare_outputs(REFERENCE + 0.125, REFERENCE)
    assert comparison.counts == "0 of 2 images within 1e-4 of the reference (0 of them equal)"


def test_the_rule_for_integers_where_it_is_asked_for() -> None:
    assert compare_outputs(REFERENCE + 5e-5, REFERENCE).ok
    assert not compare_outputs(REFERENCE + 5e-5, REFERENCE, integers=True).ok


def test_nan_and_shape_are_mismatches() -> None:
    assert not compare_outputs(np.full((2, 3), np.nan), REFERENCE).ok
    comparison = compare_outputs(REFERENCE[:1], REFERENCE)
    assert (comparison.ok, comparison.text) == (False, "shape (1, 3) instead of (2, 3)")
    assert not compare_outputs(REFERENCE, REFERENCE[:0]).ok


def test_integers_must_be_equal() -> None:
    reference = np.array([[100000, 3]])
    single, other = reference.astype(np.float32), reference + np.array([[1, 0]])
    assert compare_outputs(single, reference).ok
    assert compare_outputs(single, reference).text == "1 of 1 images equal the reference"
    assert compare_outputs(other, reference).text == (
        "0 of 1 images equal the reference; first mismatch: image 0, index [0]: expected 100000, got 100001"
    )
    assert not compare_outputs(other.astype(np.float32), single).ok


def test_another_largest_element_is_a_mismatch_only_where_the_reference_is_clear() -> None:
    clear = np.array([[0.5, 0.50026, 0.1]])
    comparison = compare_outputs(clear + np.array([[1.4e-4, -1.4e-4, 0]]), clear)
    assert comparison.text.endswith("image 0, largest element expected at 1, got 0")
    close = np.array([[0.5, 0.50002, 0.1]])
    assert compare_outputs(close + np.array([[1e-4, -1e-4, 0]]), close).ok
