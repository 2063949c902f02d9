"""Two digits on top of each other, one in warm and one in cold ink; the class is the warm one.

Needs scikit-learn, whose copy of the UCI optical handwritten digits it draws with.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

__all__ = ("SIZE", "load_split")

SIZE = 16
TEST_IMAGES = 180
# Red, green and blue of the two inks on white paper: what each takes away.
WARM, COLD = (0.1, 0.6, 0.9), (0.9, 0.5, 0.1)
NOISE = 12.0
DIGIT_MAX = 16.0


def load_split() -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Train and test images (N, 3, 16, 16), and the class of each (N,)."""
    digits = load_digits()
    options = {"test_size": TEST_IMAGES, "random_state": 0, "stratify": digits.target}
    train, test, classes, test_classes = train_test_split(digits.images / DIGIT_MAX, digits.target, **options)
    rng = np.random.default_rng(0)
    # Each training image comes three times, each time above another.
    train, classes = np.concatenate([train] * 3), np.concatenate([classes] * 3)
    return _drawn(train, rng), _drawn(test, rng), classes.astype(np.int64), test_classes.astype(np.int64)


def _drawn(warm: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.uint8]:
    """The images (N, 8, 8) in warm ink, others of them in cold ink below, with noise."""
    cold = warm[rng.permutation(len(warm))]
    inks = [_ink(warm, WARM), _ink(cold, COLD)]
    paper = 255 * (1 - inks[0]) * (1 - inks[1]) + rng.normal(0, NOISE, (len(warm), 3, SIZE, SIZE))
    return np.clip(np.rint(paper), 0, 255).astype(np.uint8)


def _ink(digits: NDArray[np.float64], takes: tuple[float, float, float]) -> NDArray[np.float64]:
    """What digits (N, 8, 8) take away of red, green and blue, (N, 3, 16, 16)."""
    return np.kron(digits, np.ones((2, 2)))[:, None] * np.reshape(takes, (3, 1, 1))
