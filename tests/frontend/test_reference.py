"""Reference execution at any batch, and the rule by which outputs are compared."""

from __future__ import annotations

import numpy as np
import pytest

from finn.errors import FinnError
from finn.frontend.reference import compare_outputs, reference_execution

from .qonnx_networks import Network


@pytest.mark.filterwarnings("error:Output shapes disagree")
@pytest.mark.parametrize("op_type", ["Quant", "IntQuant"])
@pytest.mark.parametrize("domain", ["", "onnx.brevitas"])
def test_a_batch_equals_its_images_one_by_one(op_type: str, domain: str) -> None:
    network = Network([3, 4], domain=domain).op("Reshape", np.array([1, 12])).quant(0.25, op_type=op_type)
    network.shape = [1, 12]
    model = network.dense(5, op_type=op_type).op("Relu").model()
    x = np.random.default_rng(0).normal(size=(20, 3, 4))
    many = reference_execution(model, {"x": x})[network.tensor]
    single = [reference_execution(model, {"x": image[None]})[network.tensor][0] for image in x]
    assert many.shape == (20, 5) and np.array_equal(many, np.array(single))


def test_inputs_that_do_not_fit() -> None:
    model = Network([3, 4]).quant(0.25).model()
    with pytest.raises(FinnError, match=r"^input 'x' is missing; give it by that name$"):
        reference_execution(model, {"y": np.zeros((1, 3, 4))})
    with pytest.raises(FinnError, match=r"^input 'x' has shape \(5, 12\); the model takes \(N, 3, 4\)$"):
        reference_execution(model, {"x": np.zeros((5, 12))})


REFERENCE = np.array([[1.0, 2.5, -3.0], [4.5, 5.0, 0.25]])


def test_floats_within_the_bound_are_equal() -> None:
    comparison = compare_outputs(REFERENCE + 1e-4 + 0.99e-4 * np.abs(REFERENCE), REFERENCE)
    assert (comparison.ok, comparison.images, comparison.mismatches) == (True, 2, 0)
    assert comparison.text == "2 of 2 images equal the reference"


def test_floats_outside_the_bound() -> None:
    measured = REFERENCE.copy()
    measured[1, 2] += 1.3e-4
    comparison = compare_outputs(measured, REFERENCE)
    assert (comparison.ok, comparison.mismatches) == (False, 1)
    assert comparison.text == (
        "1 of 2 images equal the reference; first mismatch: image 1, index [2]: expected 0.25, got 0.25013"
    )


def test_nan_and_shape_are_mismatches() -> None:
    assert not compare_outputs(np.full((2, 3), np.nan), REFERENCE).ok
    comparison = compare_outputs(REFERENCE[:1], REFERENCE)
    assert (comparison.ok, comparison.text) == (False, "shape (1, 3) instead of (2, 3)")


def test_integers_must_be_equal() -> None:
    reference = np.array([[100000, 3]])
    single, other = reference.astype(np.float32), reference + np.array([[1, 0]])
    assert compare_outputs(single, reference).ok
    assert not compare_outputs(other, reference).ok
    assert not compare_outputs(other.astype(np.float32), single).ok


def test_another_largest_element_is_a_mismatch_only_where_the_reference_is_clear() -> None:
    clear = np.array([[0.5, 0.50026, 0.1]])
    comparison = compare_outputs(clear + np.array([[1.4e-4, -1.4e-4, 0]]), clear)
    assert comparison.text.endswith("image 0, largest element expected at 1, got 0")
    close = np.array([[0.5, 0.50002, 0.1]])
    assert compare_outputs(close + np.array([[1e-4, -1e-4, 0]]), close).ok


def test_a_stated_batch_that_torch_writes_with_allowzero() -> None:
    network = Network([2, 3]).op("Reshape", np.array([1, 6]), allowzero=1).quant(0.5)
    x = np.random.default_rng(0).normal(size=(5, 2, 3)).astype(np.float32)
    (batch,) = reference_execution(network.model(), {"x": x}).values()
    single = [
        next(iter(reference_execution(network.model(), {"x": x[i : i + 1]}).values())) for i in range(5)
    ]
    np.testing.assert_array_equal(batch, np.concatenate(single))


def test_a_model_that_qonnx_cannot_run() -> None:
    model = Network(6).op("Add", np.zeros(6)).model()
    model.graph.node[0].op_type = "NoSuchOperator"
    with pytest.raises(FinnError) as error:
        reference_execution(model, {"x": np.zeros((2, 6), np.float32)})
    assert str(error.value).startswith("qonnx cannot execute the original model on this batch: ")
