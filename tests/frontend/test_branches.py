"""Networks whose branches part and meet, imported, against qonnx' own execution of the original."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto

from finn.errors import FinnError
from finn.frontend import import_network

from .qonnx_networks import Network
from .test_images import PAD, SLIDE, batch_norm, convolution
from .test_import_network import attribute, check, layers_of

ADD, FORK, JOIN, CUT = "AddStreams", "DuplicateStreams", "StreamingConcat", "StreamingSplit"


def image(**options: Any) -> Network:
    """A quantised image of four channels behind a convolution."""
    return batch_norm(convolution(Network((2, 6, 5), **options).quant(), 4, (1, 1)))


def branch(network: Network, source: str, scale: float, **attributes: Any) -> Network:
    """A convolution of ``source`` with a quantiser of its own."""
    network.tensor = source
    return batch_norm(convolution(network, 4, (3, 3), pads=[1, 1, 1, 1], **attributes)).quant(scale)


def residual(first: float, second: float, op_type: str = "Add") -> Network:
    """A residual block whose two branches are quantised with these scales."""
    network = image().quant(first)
    shortcut = network.tensor
    main = branch(network, shortcut, second).tensor
    network.op(op_type, shortcut, source=main)
    return network.op("Relu").quant(0.43, bits=4.0, signed=0)


@pytest.mark.parametrize(
    ("first", "second", "factors"),
    [(0.25, 0.25, [1, 1]), (0.5, 0.25, [1, 2]), (0.3, 0.1, [1, 3]), (0.1, 0.25, [5, 2])],
)
def test_residual_sums(first: float, second: float, factors: list[int]) -> None:
    network = residual(first, second)
    parent = check(
        convolution(network, 3, (1, 1)).model(),
        ["MVAU", FORK, PAD, SLIDE, "MVAU", ADD, "Thresholding", "MVAU"],
    )
    assert attribute(parent, "AddStreams_0", "scales") == factors


@pytest.mark.parametrize(("first", "second"), [(0.27, 0.1231), (0.1, 0.0713), (0.0917, 0.2003)])
def test_scales_without_a_whole_ratio(first: float, second: float) -> None:
    network = residual(first, second)
    layers = ["MVAU", FORK, PAD, SLIDE, "MVAU", ADD, "Thresholding", "MVAU"]
    check(convolution(network, 3, (1, 1)).model(), layers)


def test_a_difference() -> None:
    network = residual(0.25, 0.5, "Sub")
    layers = ["MVAU", FORK, PAD, SLIDE, "MVAU", ADD, "Thresholding", "MVAU"]
    parent = check(convolution(network, 3, (1, 1)).model(), layers)
    assert attribute(parent, "AddStreams_0", "scales") == [2, -1]


def test_a_sum_is_read_as_it_is() -> None:
    network = image().quant()
    shortcut = network.tensor
    network.op("Add", shortcut, source=branch(network, shortcut, 0.25).tensor)
    layers = ["MVAU", FORK, PAD, SLIDE, "MVAU", ADD, "MVAU"]
    check(convolution(network, 3, (1, 1)).model(), layers)


def test_accumulators_that_part_before_their_quantisers() -> None:
    network = image()
    fork = network.tensor
    first = convolution(network.quant(0.27), 3, (1, 1)).tensor
    network.tensor, network.shape = fork, [1, 4, 6, 5]
    second = convolution(network.op("Relu").quant(0.31, signed=0), 3, (1, 1)).tensor
    network.tensor = first
    first = network.quant(0.53).tensor
    network.tensor = second
    network.quant(0.53).op("Add", first).quant(0.37)
    layers = ["MVAU", FORK, "Thresholding", "MVAU", "Thresholding", "MVAU", ADD, "Thresholding"]
    assert sorted(layers_of(import_network(network.model()))) == sorted(layers)
    check(network.model(), layers_of(import_network(network.model())))


@pytest.mark.parametrize("scales", [(0.25, 0.25), (0.25, 0.1)])
def test_joined_channels(scales: tuple[float, float]) -> None:
    network = image().quant()
    fork = network.tensor
    first = branch(network, fork, scales[0]).tensor
    second = branch(network, fork, scales[1]).tensor
    network.op("Concat", second, source=first, axis=1)
    network.shape = [1, 8, 6, 5]
    network.quant(0.29, bits=3.0)
    sides = [PAD, SLIDE, "MVAU"] * 2
    check(convolution(network, 3, (1, 1)).model(), ["MVAU", FORK, *sides, JOIN, "Thresholding", "MVAU"])


def test_joined_vectors() -> None:
    network = image().quant()
    fork = network.tensor
    sides = []
    for kernel in ([6, 5], [3, 5]):
        network.tensor = fork
        sides.append(network.op("MaxPool", kernel_shape=kernel).op("Flatten").tensor)
    network.op("Concat", sides[1], source=sides[0], axis=1)
    network.shape = [1, 4 + 16]
    check(network.dense(5).model(), ["MVAU", FORK, "Pool", SLIDE, "Pool", JOIN, "MVAU"])


def test_cut_channels() -> None:
    network = image().quant()
    network.op("Split", np.array([1, 3]), axis=1)
    first = network.tensor
    second = network.also()
    network.tensor, network.shape = first, [1, 1, 6, 5]
    first = convolution(network, 2, (1, 1)).quant(0.53).tensor
    network.tensor, network.shape = second, [1, 3, 6, 5]
    network.op("Relu").quant(0.125, bits=3.0, signed=0)
    second = convolution(network, 2, (1, 1)).quant(0.53).tensor
    network.op("Add", first, source=second).quant(0.33)
    check(network.model(), ["MVAU", CUT, "MVAU", "Thresholding", "MVAU", ADD, "Thresholding"])


def test_several_outputs() -> None:
    network = image().quant()
    fork = network.tensor
    first = convolution(network, 3, (1, 1)).quant(0.53).tensor
    network.tensor, network.shape = fork, [1, 4, 6, 5]
    second = convolution(network, 2, (3, 3)).tensor
    outputs = [(name, TensorProto.FLOAT) for name in (first, second, fork)]
    check(network.model(outputs=outputs), ["MVAU", FORK, "MVAU", SLIDE, "MVAU"])


def test_a_fork_at_the_entry() -> None:
    network = Network((2, 6, 5)).quant()
    fork = network.tensor
    first = convolution(network, 3, (1, 1)).quant(0.53).tensor
    network.tensor, network.shape = fork, [1, 2, 6, 5]
    second = convolution(network, 3, (1, 1)).quant(0.53).tensor
    network.op("Add", first, source=second).quant(0.33)
    check(network.model(), [FORK, "MVAU", "MVAU", ADD, "Thresholding"])


def test_raw_pixels_that_part() -> None:
    network = Network((2, 6, 5))
    sides = []
    for scale in (0.2, 0.31):
        network.tensor, network.shape = "x", [1, 2, 6, 5]
        sides.append(convolution(network.quant(scale), 3, (1, 1)).quant(0.53).tensor)
    network.op("Add", sides[0], source=sides[1]).quant(0.33)
    pixels = np.random.default_rng(2).integers(0, 256, (50, 2, 6, 5)) * (1 / 255)
    options = {"input_datatype": "UINT8", "input_scale": 1 / 255}
    layers = [FORK, "Thresholding", "MVAU", "Thresholding", "MVAU", ADD, "Thresholding"]
    check(network.model(), layers, inputs=pixels, **options)


def refusal_of(network: Network, **options: Any) -> str:
    with pytest.raises(FinnError) as error:
        import_network(network.model(**options))
    return str(error.value)


def test_refusals() -> None:
    network = image().quant()
    fork = network.tensor
    network.op("MaxPool", kernel_shape=[6, 1]).op("Add", fork, name="sum")
    text = "sum (Add) adds tensors of different shapes or layouts; give both the same shape"
    assert refusal_of(convolution(network, 3, (1, 1))) == text
    network = image().quant()
    network.op("Concat", network.tensor, axis=2, name="join")
    text = "join (Concat) joins another axis than the channels; use axis 1"
    assert refusal_of(convolution(network, 3, (1, 1))) == text


def test_an_input_quantised_in_two_ways_enters_twice() -> None:
    network = Network((2, 6, 5))
    sides = []
    for scale in (0.2, 0.31):
        network.tensor, network.shape = "x", [1, 2, 6, 5]
        sides.append(convolution(network.quant(scale), 3, (1, 1)).quant(0.53).tensor)
    network.op("Add", sides[0], source=sides[1]).quant(0.33)
    check(network.model(), ["MVAU", "MVAU", ADD, "Thresholding"])


def test_host_layers_behind_a_branch() -> None:
    network = image().quant()
    fork = network.tensor
    first = convolution(network, 3, (1, 1)).op("GlobalAveragePool").op("Flatten").tensor
    network.tensor, network.shape = fork, [1, 4, 6, 5]
    second = convolution(network, 3, (6, 5)).op("Flatten").tensor
    layers = ["MVAU", FORK, "MVAU", "GlobalAccPool", SLIDE, "MVAU"]
    check(network.op("Mul", second, source=first).op("Softmax", axis=1).model(), layers)


def test_a_tensor_from_before_the_hardware_is_refused_behind_it() -> None:
    network = Network(12)
    before = network.op("Mul", 3.0).tensor
    network.quant().dense(12)
    text = refusal_of(network.op("Pow", before, name="power"))
    assert text.startswith("power (Pow) reads ")
    assert text.endswith(
        "which does not pass through the hardware, and results of it; quantise that branch, or leave it out"
    )


def test_an_output_of_the_host_alone_is_refused() -> None:
    network = Network(12)
    before = network.op("Mul", 3.0, name="triple").tensor
    network.quant().dense(12)
    outputs = [(network.tensor, TensorProto.FLOAT), (before, TensorProto.FLOAT)]
    text = f"output {before!r} does not pass through the hardware; leave it out of the model"
    assert refusal_of(network, outputs=outputs) == text


@pytest.mark.parametrize(
    ("op_type", "attributes"),
    [("AveragePool", {"kernel_shape": [2, 2]}), ("GlobalAveragePool", {})],
)
def test_averages_of_inexact_sums_are_refused(op_type: str, attributes: dict[str, Any]) -> None:
    network = image().quant(0.27)
    shortcut = network.tensor
    main = branch(network, shortcut, 0.1231).tensor
    network.op("Add", shortcut, source=main).op(op_type, name="pool", **attributes)
    with pytest.raises(FinnError) as error:
        import_network(network.quant().model())
    reason = "reads a sum on scales with no whole ratio; quantise it before"
    assert str(error.value) == f"pool ({op_type}) {reason}"


def test_what_keeps_a_layer_on_the_host_is_named() -> None:
    network = image().quant()
    shortcut = network.tensor
    convolution(network, 4, (1, 1)).op("Div", shortcut, name="gate")
    text = refusal_of(convolution(network, 3, (1, 1)))
    assert text.split(" (", 1)[1] == (
        "Conv) runs on the host in float because gate (Div) before it does,"
        " which combines computed tensors; a network without that would move it into hardware"
    )
