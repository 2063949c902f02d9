"""Imported networks against qonnx' own execution of the original."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from onnx import helper
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError
from finn.frontend import import_network
from finn.frontend.host.comparison import compare_outputs
from finn.frontend.host.exact import exact_execution
from finn.frontend.host.reference import reference_execution
from finn.frontend.writing.graph_builder import HARDWARE_DOMAIN

from .naive import run_parent
from .qonnx_networks import Network

IMAGES = 200
EXACT_IMAGES = 3


def layers_of(parent: ModelWrapper) -> list[str]:
    return [node.op_type for node in parent.graph.node if node.domain == HARDWARE_DOMAIN]


def attribute(parent: ModelWrapper, name: str, key: str) -> Any:
    node = next(node for node in parent.graph.node if node.name == name)
    value = next(helper.get_attribute_value(a) for a in node.attribute if a.name == key)
    return value.decode() if isinstance(value, bytes) else value


def hits_a_tie(parent: ModelWrapper, tensors: dict[str, Any]) -> Any:
    """Images whose accumulators meet a tie, in any layer."""
    ties = json.loads(parent.get_metadata_prop("finn_ties"))
    met = np.zeros(len(next(iter(tensors.values()))), dtype=bool)
    for node in parent.graph.node:
        for channel, value in ties.get(node.name, []):
            x = tensors[node.input[0]].astype(np.int64)
            if node.op_type == "MVAU":
                weights = parent.get_initializer(node.input[1]).astype(np.int64)
                x = x.reshape(len(x), -1, len(weights)) @ weights
            if node.op_type == "VVAU":
                weights = parent.get_initializer(node.input[1]).astype(np.int64)
                weights = weights.reshape(len(weights), -1).T
                x = (x.reshape(len(x), -1, *weights.shape) * weights).sum(axis=2)
            met |= (x[..., channel] == value).reshape(len(met), -1).any(axis=1)
    return met


def check(model: ModelWrapper, layers: list[str], *, inputs: Any = None, **options: Any) -> ModelWrapper:
    """Import, and compare all images that meet no tie with qonnx, some in float64; most must meet none."""
    parent = import_network(model, **options)
    assert layers_of(parent) == layers
    if inputs is None:
        shape = [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim][1:]
        inputs = np.random.default_rng(1).normal(size=(IMAGES, *shape)) * 1.5
    feed = {"x": np.asarray(inputs, dtype=np.float32)}
    tensors = run_parent(parent, feed)
    clear = ~hits_a_tie(parent, tensors)
    assert clear.mean() > 0.5
    for name, reference in reference_execution(model, feed).items():
        comparison = compare_outputs(tensors[name][clear], reference[clear])
        assert comparison.ok, comparison.text
    for name, exact in exact_execution(model, {"x": feed["x"][clear][:EXACT_IMAGES]}).items():
        comparison = compare_outputs(tensors[name][clear][:EXACT_IMAGES], exact)
        assert comparison.ok, comparison.text
    return parent


def two_layers(**quant: Any) -> Network:
    return Network(12).quant(0.3).dense(8).batch_norm().quant(**quant).dense(5, bits=4)


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5, 6, 7, 8])
@pytest.mark.parametrize("signed", [0, 1])
def test_every_width(bits: int, signed: int) -> None:
    network = Network(12).quant(0.31 / bits, bits=8, signed=1).dense(8, bits=bits, signed=1, narrow=0)
    network.batch_norm().quant(1.3 / 2**bits, bits=bits, signed=signed).dense(5, bits=bits)
    # 255 thresholds cost about as much as multiplications, which are chosen.
    check(network.model(), ["MVAU", "Requantise", "MVAU"] if bits == 8 else ["MVAU"] * 2)


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize(
    "domain", ["", "onnx.brevitas", "finn.custom_op.general", "qonnx.custom_op.general", "qonnx"]
)
@pytest.mark.parametrize("op_type", ["Quant", "IntQuant"])
def test_every_domain_and_spelling(domain: str, op_type: str, declared: bool) -> None:
    network = Network(12, domain=domain).quant(0.3, op_type=op_type)
    network.dense(6, op_type=op_type).quant(0.21, op_type=op_type).dense(3, op_type=op_type)
    model = network.model()
    if not declared:
        del model.model.opset_import[1:]
    parent = check(model, ["MVAU"] * 2)
    assert {n.domain for n in parent.graph.node} == {"", "qonnx.custom_op.general", HARDWARE_DOMAIN}


def test_scale_per_output_channel() -> None:
    network = Network(12).quant(0.3)
    network.dense(8, scale=np.linspace(0.05, 0.3, 8).reshape(1, 8)).quant(0.37)
    parent = check(network.dense(5, scale=np.linspace(0.1, 0.2, 5)).model(), ["MVAU"] * 2)
    assert next(
        parent.get_initializer(n)
        for n in ("t3_scale", "t5_scale", "t6_scale")
        if parent.get_initializer(n) is not None
    ).shape == (5,)


def test_a_scale_per_channel_between_layers() -> None:
    network = Network(12).quant(0.3).dense(8).quant(np.linspace(0.1, 0.5, 8).reshape(1, 8))
    check(network.dense(4).model(), ["MVAU", "MVAU"])


def test_scale_per_channel_at_the_end_stays_exact() -> None:
    network = Network(12).quant(0.3).dense(8).quant(np.linspace(0.1, 0.5, 8).reshape(1, 8), bits=3)
    check(network.model(), ["MVAU"])


def test_zero_points() -> None:
    network = Network(12).quant(0.3, 3.0, signed=0).dense(8, zero=1.0, bits=4).quant(0.21, -2.0, 3)
    parent = check(network.dense(4).model(), ["MVAU"] * 2)
    assert attribute(parent, "MVAU_0", "inputDataType") == "INT5"  # 0..15 less 3 is -3..12
    assert attribute(parent, "MVAU_0", "outputDataType") == "INT4"  # -4..3 plus 2 is -2..5


@pytest.mark.parametrize("alpha", [1.0, 0.5])
@pytest.mark.parametrize("beta", [1.0, 2.0])
@pytest.mark.parametrize("transposed", [0, 1])
def test_gemm(alpha: float, beta: float, transposed: int) -> None:
    network = Network(12).quant(0.3)
    network.shape = [1, 7] if transposed else network.shape
    weights = network.weights(12 if transposed else 7)
    bias = np.linspace(-0.5, 0.5, 7)
    network.op("Gemm", weights, bias, alpha=alpha, beta=beta, transB=transposed)
    network.shape = [1, 7]
    check(network.quant(0.21).dense(4).model(), ["MVAU"] * 2)


def test_gemm_without_bias_at_the_end() -> None:
    network = Network(12).quant(0.3)
    check(network.op("Gemm", network.weights(7)).model(), ["MVAU"])


def test_bias_relu_and_clip() -> None:
    network = Network(12).quant(0.3).dense(8).op("Add", np.linspace(-1, 1, 8)).op("Relu").quant(0.2, signed=0)
    network.dense(8).op("Clip", np.float32(-1.0), np.float32(1.0)).quant(0.27, bits=3, narrow=1)
    parent = check(network.dense(3).model(), ["MVAU"] * 3)
    assert attribute(parent, "MVAU_1", "outputDataType") == "INT3"


def test_clip_of_old_opsets() -> None:
    network = Network(12, opset=9).quant(0.3).dense(8).op("Clip", min=-1.0, max=1.0).quant(0.27)
    check(network.dense(3).model(), ["MVAU"] * 2)


def test_bipolar() -> None:
    network = Network(12).op("BipolarQuant", 0.7)
    weights = network.op("BipolarQuant", 0.3)._on(network.rng.normal(size=(12, 9)))
    network.tensor = "t0"
    network.op("MatMul", weights)
    network.shape = [1, 9]
    network.batch_norm(gamma=[1, -1, 0, 1, 1, -2, 1, 1, 1]).op("BipolarQuant", 0.11).dense(4)
    parent = check(network.model(), ["MVAU"] * 2)
    assert attribute(parent, "MVAU_0", "inputDataType") == "BIPOLAR"
    assert attribute(parent, "MVAU_0", "weightDataType") == "BIPOLAR"
    assert attribute(parent, "MVAU_0", "outputDataType") == "BIPOLAR"
    assert list(attribute(parent, "MVAU_0", "flip")) == [0, 1, 0, 0, 0, 1, 0, 0, 0]


def test_one_bit_quant_is_bipolar_if_signed() -> None:
    network = Network(12).quant(0.7, bits=1).dense(9, bits=1, scale=0.2).batch_norm().quant(0.4, bits=1)
    parent = check(network.dense(3).model(), ["MVAU"] * 2)
    assert attribute(parent, "MVAU_0", "weightDataType") == "BIPOLAR"


@pytest.mark.parametrize(
    ("scale", "bias", "datatype"), [(1.0, 0.0, "UINT2"), (1.0, -2.0, "INT2"), (2.0, -3.0, "INT3")]
)
def test_multithreshold(scale: float, bias: float, datatype: str) -> None:
    network = Network(12).quant(0.3).dense(8)
    thresholds = np.sort(network.rng.normal(size=(8, 3)), axis=1)
    network.op("MultiThreshold", thresholds, out_dtype=datatype, out_scale=scale, out_bias=bias)
    parent = check(network.dense(3).model(), ["MVAU"] * 2)
    assert attribute(parent, "MVAU_0", "outputDataType") == datatype


def test_multithreshold_to_bipolar() -> None:
    network = Network(12).op(
        "MultiThreshold", np.zeros((1, 1)), out_dtype="BIPOLAR", out_scale=2.0, out_bias=-1.0
    )
    network.dense(8).op("MultiThreshold", np.zeros((1, 1)), out_dtype="BIPOLAR", out_scale=2.0, out_bias=-1.0)
    parent = check(network.dense(3).model(), ["MVAU"] * 2)
    assert attribute(parent, "MVAU_0", "outputDataType") == "BIPOLAR"
    assert attribute(parent, "MVAU_0", "inputDataType") == "BIPOLAR"


def test_two_quantisers_in_a_row_compose() -> None:
    network = (
        Network(12).quant(0.11, bits=6).quant(0.3).dense(8).quant(0.13, bits=6).op("Relu").quant(0.21, bits=3)
    )
    check(network.dense(3).model(), ["MVAU"] * 2)


def test_trunc() -> None:
    network = Network(12).quant(0.3).dense(8).quant(0.13, bits=6)
    network.op("Trunc", 0.13, 0.0, 6.0, 4.0, rounding_mode="FLOOR")
    check(network.dense(3).model(), ["MVAU"] * 2)


def test_trunc_of_qonnx_2() -> None:
    network = Network(12, qonnx=2).quant(0.3).dense(8).quant(0.125, bits=6)
    network.op("Trunc", 0.125, 0.0, 6.0, 0.5, 4.0, rounding_mode="ROUND", signed=1, narrow=0)
    check(network.dense(3).model(), ["MVAU"] * 2)


def test_decreasing_and_dead_channels() -> None:
    gamma = np.array([1, -1, 0, 2, -0.5, 0, 1, 1], dtype=float)
    parent = check(
        Network(12).quant(0.3).dense(8).batch_norm(gamma=gamma).quant(0.21).dense(3).model(), ["MVAU"] * 2
    )
    assert list(attribute(parent, "MVAU_0", "flip")) == [0, 1, 0, 0, 1, 0, 0, 0]
    assert len(json.loads(parent.get_metadata_prop("finn_ties")).get("MVAU_0", [])) < 20


def test_products_after_the_quantiser_are_part_of_the_scale() -> None:
    network = Network(12).quant(0.3).op("Mul", 0.5).dense(8).batch_norm().quant(1.0, bits=1, signed=0)
    network.op("Mul", 2.0).op("Sub", 1.0).op("Div", 4.0)
    parent = check(network.dense(3).model(), ["MVAU"] * 2)
    assert attribute(parent, "MVAU_0", "outputDataType") == "BIPOLAR"


def test_products_without_quantiser_between() -> None:
    network = Network(6).quant(0.3, bits=2).dense(8, bits=2).op("Mul", 0.5).dense(3, bits=2)
    parent = check(network.model(), ["MVAU"] * 2)
    assert attribute(parent, "MVAU_0", "noActivation") == 1
    accumulator = attribute(parent, "MVAU_0", "accDataType")
    assert attribute(parent, "MVAU_0", "outputDataType") == accumulator
    assert attribute(parent, "MVAU_1", "inputDataType") == accumulator


def test_a_wide_operand_is_refused() -> None:
    network = Network(400).quant(0.01, bits=8).dense(8, bits=8, scale=0.01).dense(3)
    with pytest.raises(Exception) as error:
        import_network(network.model())
    assert str(error.value) == (
        "MatMul_2 (MatMul) feeds the next layer 22 bits with no quantiser between;"
        " at most 16 are supported, so quantise its output"
    )


def test_accumulators_above_16_bits_are_bisected() -> None:
    network = (
        Network(400)
        .quant(0.01, bits=8)
        .dense(8, bits=8, scale=0.01)
        .batch_norm(gamma=[1, -1, 0, 1, 1, 1, 1, 1])
    )
    parent = check(network.quant(0.21).dense(3).model(), ["MVAU"] * 2)
    assert attribute(parent, "MVAU_0", "accDataType") == "INT22"
    assert list(attribute(parent, "MVAU_0", "flip")) == [0, 1, 0, 0, 0, 0, 0, 0]


def test_wide_accumulators_need_monotone_operators() -> None:
    network = Network(900).quant(0.01, bits=8).dense(8, bits=8, scale=0.01)
    network.op("ThresholdedRelu", alpha=-0.3).quant(0.21).dense(3)
    with pytest.raises(FinnError) as error:
        import_network(network.model())
    start, end = str(error.value).split(" values, ")
    assert start.startswith("ThresholdedRelu_3 (ThresholdedRelu) may rise and fall behind an accumulator of ")
    assert end == "of which at most 4194304 can be tried; quantise before it"


@pytest.mark.parametrize("op_type", ["Sigmoid", "Tanh", "Exp", "LeakyRelu", "HardSigmoid"])
def test_smooth_activations_before_a_quantiser(op_type: str) -> None:
    check(Network(12).quant(0.3).dense(8).op(op_type).quant(0.0931, bits=5).dense(3).model(), ["MVAU"] * 2)
