"""The search for steps, against the trial of every accumulator value."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from finn.frontend import import_network
from finn.frontend.levels import thresholds as module
from finn.frontend.levels.thresholds import ThresholdTable, find_thresholds
from finn.frontend.levels.turning import search_steps

from .qonnx_networks import Network
from .test_images import convolution
from .test_import_network import check
from .test_signed_steps import ADD, FORK
from .test_thresholds import bounds, tail_of

GAMMA = [1, -1, 0, 0.3, 2, -0.2, 1e-9]
SCALE = np.linspace(0.0071, 0.0117, 7)


def start() -> Network:
    return Network(7, opset=13).batch_norm(gamma=GAMMA)


def gated(network: Network, *gate: str) -> Network:
    x = network.tensor
    for name in gate:
        network.op(name)
    return network.op("Mul", x)


def gelu() -> Network:
    network = start()
    x = network.tensor
    return network.op("Div", 2**0.5).op("Erf").op("Add", 1.0).op("Mul", x).op("Mul", 0.5)


def folded() -> Network:
    network = start()
    x = network.tensor
    return network.op("Sub", 0.31).op("Abs").op("Sub", 0.4, source=network.tensor).op("Abs").op("Mul", x)


def chosen() -> Network:
    network = start()
    x = network.tensor
    smooth = gated(network, "Sigmoid").tensor
    return network.op("Greater", 0.7, source=x).op("Where", x, smooth)


FUNCTIONS: dict[str, Callable[[], Network]] = {
    "Abs": lambda: start().op("Abs"),
    "square": lambda: start().op("Pow", 2.0),
    "product": lambda: start().op("Mul", "t0"),
    "silu": lambda: gated(start(), "Sigmoid"),
    "mish": lambda: gated(start(), "Softplus", "Tanh"),
    "hard swish": lambda: gated(start(), "HardSigmoid"),
    "gelu": gelu,
    "leaky": lambda: start().op("LeakyRelu", alpha=-0.37),
    "slopes": lambda: start().op("PRelu", np.float32([0.3, -0.4, 0.7, 0.0, -1.3, 0.2, -0.1])),
    "reciprocal": lambda: start().op("Reciprocal"),
    "quotient": lambda: start().op("Exp").op("Add", 1.0).op("Div", "t0"),
    "folded": folded,
    "chosen": chosen,
}


def table_by(network: Network, low: int, high: int, *, searched: bool) -> ThresholdTable:
    tail = tail_of(network, scale=SCALE, output_scale=0.0613, shape=(7,))
    with pytest.MonkeyPatch.context() as patch:
        if searched:
            patch.setattr(module, "_ENUMERATED_VALUES", 1)
        return find_thresholds(tail, *bounds(low, high, 7))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_search_and_enumeration_agree(function: str) -> None:
    network = FUNCTIONS[function]().quant(0.0613, bits=6)
    every = table_by(network, -900, 1300, searched=False)
    found = table_by(network, -900, 1300, searched=True)
    assert (found.low, found.high) == (every.low, every.high)
    assert np.array_equal(found.thresholds, every.thresholds)
    assert np.array_equal(found.flip, every.flip)
    assert every.falling is not None and np.array_equal(found.falling, every.falling)
    assert {tuple(pair) for pair in found.ties} == {tuple(pair) for pair in every.ties}


def test_a_turning_point_on_a_boundary_is_a_tie() -> None:
    """The least of HardSwish, -0.375, is one and a half steps, at an input that the accumulator reaches."""
    network = Network(7).op("HardSigmoid", alpha=1 / 6).op("Mul", "x").quant(0.25, bits=5)
    tail = tail_of(network, scale=2.0**-9, output_scale=0.25, shape=(7,))
    found = search_steps(tail, -2000, 2000)
    assert found is not None and -768 in found[1][:, 1].tolist()


def test_what_gives_no_bounds_is_not_searched_for_long() -> None:
    tail = tail_of(Network(7).op("ThresholdedRelu", alpha=-0.7).quant(0.11, bits=6), scale=1e-5, shape=(7,))
    assert search_steps(tail, -(2**24), 2**24) is None


def test_a_convolution_of_eight_bits_and_a_function_that_turns() -> None:
    network = convolution(Network((16, 5, 4)).quant(0.0131, bits=8), 6, (3, 3))
    gated(network, "Sigmoid").quant(0.0213, bits=8)
    layers = ["ConvolutionInputGenerator", "MVAU", FORK, "Thresholding", "Thresholding", ADD, "MVAU"]
    model = convolution(network, 3, (1, 1)).model()
    assert import_network(model).get_tensor_datatype("MVAU_0_out").bitwidth() > 16
    check(model, layers)
