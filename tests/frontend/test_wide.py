"""Sums of more than 32 bits and activations of more than 8: exact, in multiplications or in thresholds."""

from __future__ import annotations

import numpy as np
import pytest

from finn.frontend import import_network
from finn.frontend.host.exact import exact_execution

from .naive import run_parent
from .qonnx_networks import Network
from .test_import_network import attribute, layers_of

# Scales of activations and of weights: of powers of two the halves go to the even level.
DYADIC, OTHER = (2.0**-12, 2.0**-15), (0.000231, 0.0000297)


def _network(scales: tuple[float, float], bits: int, signed: int = 1, narrow: int = 0) -> Network:
    activation, weight = scales
    network = Network(37).quant(activation, bits=16).dense(5, scale=weight, bits=16, narrow=1)
    if not signed:
        network.op("Relu")
    scale = activation * 2.0 ** (16 - bits)
    return network.quant(scale, bits=bits, signed=signed, narrow=narrow).dense(3, scale=weight, bits=16)


@pytest.mark.parametrize(
    ("scales", "bits", "signed", "narrow", "layers"),
    [
        (DYADIC, 16, 1, 0, ["MVAU", "Requantise", "MVAU"]),
        (DYADIC, 16, 1, 1, ["MVAU", "Requantise", "MVAU"]),
        (DYADIC, 13, 0, 0, ["MVAU", "Requantise", "MVAU"]),
        (OTHER, 11, 1, 0, ["MVAU", "MVAU"]),
        (OTHER, 16, 0, 0, ["MVAU", "MVAU"]),
    ],
)
def test_wide_levels(
    scales: tuple[float, float], bits: int, signed: int, narrow: int, layers: list[str]
) -> None:
    model = _network(scales, bits, signed, narrow).model()
    parent = import_network(model)
    assert layers_of(parent) == layers
    assert attribute(parent, "MVAU_0", "accDataType") == "INT35"
    x = np.random.default_rng(3).normal(size=(60, 37)).astype(np.float32) * 4
    x[:20] = np.rint(x[:20] * 32) / 32  # whose sums come to halves
    (name, exact), *_ = exact_execution(model, {"x": x}).items()
    np.testing.assert_allclose(run_parent(parent, {"x": x})[name], exact, rtol=1e-6, atol=1e-6)


def test_halves_are_met_and_go_to_the_even_level() -> None:
    """Five halves: 1 to 9 times a step of 2^-2, with quarter steps in between."""
    network = Network(3).quant(0.25, bits=14)
    network.op("MatMul", np.eye(3) * 0.5, name="product").quant(0.25, bits=14).dense(2)
    parent = import_network(network.model())
    line = next(node for node in parent.graph.node if node.op_type == "Requantise")
    assert attribute(parent, line.name, "RoundEven") == 1
    x = np.arange(-9, 9).reshape(6, 3) * 0.25
    levels = run_parent(parent, {"x": x.astype(np.float32)})[line.output[0]]
    assert levels.ravel().tolist() == np.rint(np.arange(-9, 9) / 2).tolist()
