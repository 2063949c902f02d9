"""Accuracies of scores and of indices."""

from __future__ import annotations

import numpy as np
import pytest

from finn.core.accuracy import accuracy, accuracy_line
from finn.errors import FinnError

CLASSES = np.array([2, 0, 1, 1])
SCORES = np.array([[0, 1, 5], [3, 1, 2], [9, 2, 1], [0, 7, 7]], dtype=np.float32)


def test_the_best_score_is_the_class_and_the_lowest_index_among_equals() -> None:
    assert accuracy(SCORES, CLASSES) == 0.75


def test_the_first_index_is_the_class() -> None:
    assert accuracy(np.array([[2, 1], [0, 1], [0, 1], [2, 1]]), CLASSES) == 0.5


def test_both_are_told() -> None:
    line = accuracy_line(SCORES, np.eye(3)[CLASSES], CLASSES)
    assert line == "accuracy 75.00 %, of the reference 100.00 %, on 4 images"


def test_images_are_no_scores() -> None:
    with pytest.raises(FinnError) as error:
        accuracy(np.zeros((4, 3, 2, 2)), CLASSES)
    assert str(error.value) == "outputs of shape (4, 3, 2, 2) hold no scores of classes; leave --classes out"
