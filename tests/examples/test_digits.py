"""The committed digits networks: accuracy, and outputs as committed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.core.onnx_exec import execute_onnx
from qonnx.util.cleanup import cleanup_model

DIGITS = Path(__file__).parents[2] / "examples" / "digits"


@pytest.mark.parametrize(
    ("name", "outputs", "least"),
    [("digits_w2a2", "y.npy", 0.94), ("digits_w1a1", "y_w1a1.npy", 0.92)],
)
def test_accuracy_and_committed_outputs(name: str, outputs: str, least: float) -> None:
    images, labels = np.load(DIGITS / "x.npy"), np.load(DIGITS / "labels.npy")
    model = cleanup_model(ModelWrapper(str(DIGITS / f"{name}.onnx")), override_inpsize=len(images))
    logits = execute_onnx(model, {model.graph.input[0].name: images})[model.graph.output[0].name]
    np.testing.assert_allclose(logits, np.load(DIGITS / outputs), rtol=1e-4, atol=1e-4)
    assert (logits.argmax(axis=1) == labels).mean() >= least


def test_test_split_is_what_the_readme_says() -> None:
    images, labels = np.load(DIGITS / "x.npy"), np.load(DIGITS / "labels.npy")
    assert images.shape == (360, 64) and images.dtype == np.float32
    assert labels.shape == (360,) and labels.dtype == np.int64
    np.testing.assert_array_equal(images * 16, np.round(images * 16))
    assert (DIGITS / "labels.txt").read_text().split() == [str(digit) for digit in range(10)]


@pytest.mark.parametrize("name", ["digits_w2a2", "digits_w1a1"])
def test_models_hold_no_path_of_the_machine_that_trained_them(name: str) -> None:
    data = (DIGITS / f"{name}.onnx").read_bytes()
    assert b"site-packages" not in data and b"stack_trace" not in data
