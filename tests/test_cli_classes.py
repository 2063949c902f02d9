"""What ``finn run`` prints with ``--top`` and ``--labels``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from finn.cli.classes import class_output, classified, image_names, read_labels
from finn.errors import FinnError

NAMES = ["zero", "one", "two"]
SCORES = np.array([[0.0, 2.0, 2.0], [5.0, 1.0, 0.0]])


def test_the_best_class_of_scores_and_the_lowest_among_equals() -> None:
    assert classified(SCORES, None, NAMES) == ["0\tone", "1\tzero"]
    assert classified(SCORES, 2, NAMES, ["a.png", "b.png"]) == ["a.png\tone, two", "b.png\tzero, one"]
    assert classified(SCORES, 3, None) == ["0\t1, 2, 0", "1\t0, 1, 2"]


def test_indices_are_taken_as_they_are() -> None:
    assert classified(np.array([[2, 0]]), None, NAMES) == ["0\ttwo, zero"]
    assert classified(np.array([[2, 0]]), 1, NAMES) == ["0\ttwo"]


def test_a_network_that_ends_with_a_top_k_tells_its_indices() -> None:
    values, indices = np.array([[0.5, 0.25]]), np.array([[7, 3]])
    assert class_output([values, indices]) is indices
    assert class_output([values, values]) is values


@pytest.mark.parametrize("outputs", [np.zeros((1, 3)), np.array([[2]])])
def test_too_few_class_names_are_refused(outputs: np.ndarray) -> None:
    with pytest.raises(FinnError, match=r"^--labels has 2 names, the network 3 classes; add the others$"):
        classified(outputs, None, ["zero", "one"])


def test_more_classes_than_there_are() -> None:
    with pytest.raises(
        FinnError, match=r"^--top 4 is more than the 3 classes of the output; give at most that$"
    ):
        classified(SCORES, 4, None)
    with pytest.raises(FinnError, match=r"^outputs of shape \(1, 3, 2\) hold no scores of classes; leave"):
        classified(np.zeros((1, 3, 2)), 1, None)


def test_names_of_labels_and_images(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("cat\ndög\n", encoding="utf-8")
    assert read_labels(tmp_path / "names.txt") == ["cat", "dög"]
    (tmp_path / "names.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FinnError, match=r"names\.txt is no text in UTF-8; give class names, one a line$"):
        read_labels(tmp_path / "names.txt")
    for name in ("b.png", "a.PNG", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    assert image_names(str(tmp_path)) == ["a.PNG", "b.png"]
    assert image_names("x.npy") is None
