"""Constants that do not fit the tensor that they are combined with are named by their node."""

from __future__ import annotations

import numpy as np
import pytest

from finn.errors import FinnError
from finn.frontend import import_network

from .qonnx_networks import Network
from .test_branches import image


def weights_by(scale: object, values: object = 0.3) -> Network:
    """A product whose weights (12, 5) go through a quantiser of that scale."""
    network = Network(12).quant(0.25)
    here = network.tensor
    weights = values if isinstance(values, np.ndarray) else np.full((12, 5), values)
    network.op("Quant", scale, 0.0, 4.0, source=network.constant(weights), name="weights", signed=1, narrow=0)
    made, network.tensor = network.tensor, here
    return network.op("MatMul", made)


CASES = [
    (
        image().quant(np.ones(7)),
        "Quant_4 (Quant) combines shapes that do not fit: (1, 4, 6, 5), (7,), (), (); check the export",
    ),
    (
        Network(12).quant(np.ones((3, 1, 1))),
        "Quant_0 (Quant) has constants that make (3, 1, 12) of a tensor of shape (1, 12);"
        " use one scale, or one for each channel",
    ),
    (
        weights_by(np.ones(3)),
        "weights (Quant) combines shapes that do not fit: (12, 5), (3,), (), (); check the export",
    ),
    (
        weights_by(np.ones((2, 1, 1))),
        "weights (Quant) has constants that make (2, 12, 5) of a tensor of shape (12, 5);"
        " use one scale, or one for each channel",
    ),
    (
        Network(12).quant(0.3).dense(5).op("PRelu", np.ones((1, 3))).quant().dense(2),
        "PRelu_3 (PRelu) combines shapes that do not fit: (1, 5), (1, 3); check the export",
    ),
    (
        Network(12).quant(0.3).op("Reshape", np.array([1, 5]), name="node"),
        "node (Reshape) makes (1, 5) of (1, 12); check the export",
    ),
    (
        Network(12).quant(0.3).op("MatMul", np.ones((11, 5)), name="node"),
        "node (MatMul) does not fit what it reads (Incompatible dimensions for matrix multiplication);"
        " check the export",
    ),
]


@pytest.mark.parametrize(("network", "text"), CASES, ids=[case[1] for case in CASES])
def test_refused(network: Network, text: str) -> None:
    with pytest.raises(FinnError) as error:
        import_network(network.model())
    assert str(error.value) == text


def test_weights_that_are_no_numbers() -> None:
    model = weights_by(0.25).model()
    model.set_initializer(model.get_nodes_by_op_type("Quant")[1].input[0], np.ones((12, 5), dtype=bool))
    with pytest.raises(FinnError) as error:
        import_network(model)
    assert str(error.value) == "weights (Quant) reads constants of type bool; export them as float32"
