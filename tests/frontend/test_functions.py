"""Functions between an accumulator and a quantiser, and behind the last layer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from finn.errors import FinnError
from finn.frontend import import_network

from .qonnx_networks import Network
from .test_import_network import check

RISING = [
    ("Elu", [], {"alpha": 0.7}),
    ("Selu", [], {}),
    ("Celu", [], {"alpha": 0.7}),
    ("Softplus", [], {}),
    ("Softsign", [], {}),
    ("ThresholdedRelu", [], {"alpha": 0.3}),
    ("Erf", [], {}),
    ("Sign", [], {}),
    ("LeakyRelu", [], {"alpha": 0.3}),
    ("HardSigmoid", [], {"alpha": 0.3, "beta": 0.4}),
    ("Exp", [], {}),
]


def before(opset: int = 13) -> Network:
    return Network(12, opset=opset).quant(0.3).dense(8).batch_norm()


@pytest.mark.parametrize(("name", "constants", "attributes"), RISING, ids=[row[0] for row in RISING])
def test_between_accumulator_and_quantiser(name: str, constants: list[Any], attributes: Any) -> None:
    network = before().op(name, *constants, **attributes).quant(0.117, bits=5)
    check(network.dense(5).model(), ["MVAU"] * 2)


# The reference's sums of float32 miss a zero, whose sign is 0.
CONTINUOUS = [row for row in RISING if row[0] != "Sign"]


@pytest.mark.parametrize(("name", "constants", "attributes"), CONTINUOUS, ids=[row[0] for row in CONTINUOUS])
def test_behind_the_last_layer(name: str, constants: list[Any], attributes: Any) -> None:
    check(before().quant(0.117).dense(5).op(name, *constants, **attributes).model(), ["MVAU"] * 2)


def test_the_logarithm_of_softmax() -> None:
    check(before().quant(0.117).dense(5).op("LogSoftmax", axis=1).model(), ["MVAU"] * 2)


def test_a_reciprocal_of_what_is_positive() -> None:
    network = before().op("Exp").op("Add", 0.3).op("Reciprocal").quant(0.117, bits=5, signed=0)
    check(network.dense(5).model(), ["MVAU"] * 2)


def test_a_constant_condition_chooses_by_channel() -> None:
    network = before()
    x = network.tensor
    chosen = network.constant(np.array([0, 1, 1, 0, 1, 0, 1, 1]))
    network.op("Cast", source=chosen, to=9)
    network.op("Where", x, np.float32(0.234), source=network.tensor).quant(0.117)
    check(network.dense(5).model(), ["MVAU"] * 2)


@pytest.mark.parametrize("domain", ["onnx.brevitas", "qonnx.custom_op.general"])
def test_a_marker_is_gone(domain: str) -> None:
    model = before().op("Identity").op("Relu").quant(0.117, signed=0).dense(5).model()
    marker = next(node for node in model.graph.node if node.op_type == "Identity")
    marker.op_type, marker.domain = "DebugMarker", domain
    check(model, ["MVAU"] * 2)


def test_a_gate_that_rises_is_one_function() -> None:
    network = before().op("Exp")
    x = network.tensor
    network.op("Sqrt", source=x).op("Mul", x).quant(0.117, bits=5, signed=0)
    check(network.dense(5).model(), ["MVAU"] * 2)


@pytest.mark.parametrize(
    ("name", "opset", "attributes"),
    [
        ("HardSwish", 14, {}),
        ("Mish", 18, {}),
        ("Gelu", 20, {}),
        ("Gelu", 20, {"approximate": "tanh"}),
    ],
)
def test_functions_of_later_opsets_behind_the_last_layer(name: str, opset: int, attributes: Any) -> None:
    network = before(opset).quant(0.117).dense(5).op(name, **attributes)
    check(network.model(), ["MVAU"] * 2)


def test_a_gate_before_the_first_quantiser() -> None:
    network = Network(12)
    network.op("Sigmoid").op("Mul", "x").quant(0.117)
    check(network.dense(5).model(), ["MVAU"])


def test_a_gate_on_pixels() -> None:
    network = Network(12).op("Sub", 0.4)
    x = network.tensor
    model = network.op("Sigmoid").op("Mul", x).quant(0.0117, bits=6).dense(5).model()
    pixels = np.random.default_rng(4).integers(0, 256, (50, 12)) / np.float32(255)
    given = {"input_datatype": "UINT8", "input_scale": "1/255"}
    check(model, ["Thresholding", "MVAU"], inputs=pixels, **given)


def test_the_square_of_what_is_quantised() -> None:
    network = before().quant(0.117, bits=3, signed=0)
    check(network.op("Mul", network.tensor).dense(5).model(), ["MVAU"] * 2)


def test_an_unknown_approximation_is_refused() -> None:
    network = before(20).quant(0.117).dense(5).op("Gelu", approximate="fast", name="own")
    with pytest.raises(FinnError) as error:
        import_network(network.model())
    assert str(error.value) == (
        "own (Gelu) has approximate='fast', which is none of 'none' and 'tanh'; check the export"
    )
