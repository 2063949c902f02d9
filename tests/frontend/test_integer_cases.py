"""The shared QDQ, QCDQ and QOperator networks against their stored answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from finn.core.onnx_exec import execute_onnx
from finn.frontend import import_network
from finn.frontend.host.exact import exact_execution
from finn.frontend.host.reference import reference_execution

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases is not beside this checkout")


@pytest.mark.parametrize("name", ["b_mlp_qcdq", "q_qdq_cnn_perchannel", "q_qdq_mlp_int8", "q_qdq_mlp_int4w"])
def test_an_answer_is_the_stored_one(name: str) -> None:
    source, x, stored = (CASES / name / file for file in ("model.onnx", "x.npy", "y.npy"))
    parent = import_network(source)
    given = {parent.graph.input[0].name: np.load(x)}
    answers = [
        execute_onnx(parent, given),
        reference_execution(source, given),
        exact_execution(source, given),
    ]
    for answer in answers:
        np.testing.assert_allclose(answer[parent.graph.output[0].name], np.load(stored), rtol=1e-5, atol=1e-6)


def test_a_q_operator_network_whose_stored_answer_was_saturated() -> None:
    source, given = CASES / "q_qoperator_cnn" / "model.onnx", {"x": np.load(CASES / "q_qoperator_cnn/x.npy")}
    (answer,) = execute_onnx(import_network(source), given).values()
    (exact,) = exact_execution(source, given).values()
    np.testing.assert_allclose(answer, exact, rtol=1e-6, atol=1e-7)
    # Where onnxruntime's sums of two products saturated at 16 bits the stored answer is up to 3 steps off.
    steps = (answer - np.load(CASES / "q_qoperator_cnn" / "y.npy")) / np.float32(0.062839)
    assert np.abs(steps).max() < 3.01 and np.allclose(steps, np.rint(steps), atol=1e-4)
