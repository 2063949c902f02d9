"""Reference execution at any batch."""

from __future__ import annotations

import numpy as np
import pytest

from finn.errors import FinnError
from finn.frontend.host.reference import reference_execution

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
