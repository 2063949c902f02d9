"""Products of two streams, imported, against qonnx' own execution of the original."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import NodeProto, helper
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.frontend.graph.order import image_order, is_pixel_of
from finn.frontend.layers.branch_layers import EltwiseLayer
from finn.frontend.layers.channelwise_layer import ChannelwiseLayer
from finn.frontend.levels.affine import Affine
from finn.frontend.planning.plan import Edge, Plan, bounds_of
from finn.frontend.planning.products import paired

from .qonnx_networks import Network
from .test_branches import FORK, branch, image
from .test_images import PAD, SLIDE, convolution
from .test_import_network import attribute, check

PLUS, REPEAT, TIMES = "AddStreams", "UpsampleNearestNeighbour", "StreamingEltwise"
BEHIND_GATE = [TIMES, "Thresholding", "MVAU"]
GATE = ["MVAU", FORK, "GlobalAccPool", "Thresholding", "MVAU"]


def gated(scale: object = 0.0171, swapped: bool = False) -> Network:
    """Squeeze and excite: a gate for each channel, made of the mean of all pixels, times the image."""
    network = image().quant(0.37, bits=5.0)
    features, size = network.tensor, network.shape
    network.op("GlobalAveragePool").quant(0.11, bits=6.0)
    network.shape = [1, 4, 1, 1]
    gate = convolution(network, 4, (1, 1)).op("Sigmoid").quant(scale, bits=6.0, signed=0).tensor
    network.shape = size
    first, second = (gate, features) if swapped else (features, gate)
    return network.op("Mul", second, source=first).quant(0.23, bits=5.0)


@pytest.mark.parametrize("swapped", [False, True])
def test_a_gate_for_each_channel(swapped: bool) -> None:
    network = gated(swapped=swapped)
    parent = check(convolution(network, 3, (1, 1)).model(), [*GATE, *BEHIND_GATE])
    assert attribute(parent, f"{TIMES}_0", "broadcast") == 1


def test_a_gate_on_a_scale_per_channel() -> None:
    scales = np.array([0.011, 0.023, 0.0171, 0.0093]).reshape(1, 4, 1, 1)
    check(convolution(gated(scales), 3, (1, 1)).model(), [*GATE, *BEHIND_GATE])


@pytest.mark.parametrize("scale", [0.25, 0.1231])
def test_two_images(scale: float) -> None:
    network = image().quant(0.31)
    shortcut = network.tensor
    network.op("Mul", shortcut, source=branch(network, shortcut, scale).tensor)
    network.quant(0.43, bits=6.0)
    layers = ["MVAU", FORK, PAD, SLIDE, "MVAU", TIMES, "Thresholding", "MVAU"]
    parent = check(convolution(network, 3, (1, 1)).model(), layers)
    assert attribute(parent, f"{TIMES}_0", "broadcast") == 0


def test_a_product_is_read_as_it_is() -> None:
    network = image().quant(0.31)
    shortcut = network.tensor
    network.op("Mul", shortcut, source=branch(network, shortcut, 0.25).tensor)
    check(convolution(network, 3, (1, 1)).model(), ["MVAU", FORK, PAD, SLIDE, "MVAU", TIMES, "MVAU"])


def test_vectors() -> None:
    network = Network(7).quant(0.19)
    source = network.tensor
    first = network.dense(6).quant(0.27).tensor
    network.tensor, network.shape = source, [1, 7]
    second = network.dense(6).op("Sigmoid").quant(0.0131, bits=6.0, signed=0).tensor
    network.op("Mul", second, source=first).quant(0.11, bits=5.0)
    check(network.dense(5).model(), [FORK, "MVAU", "MVAU", *BEHIND_GATE])


def test_a_zero_point_is_taken_off() -> None:
    plan = Plan()
    node = helper.make_node("Mul", ["t0", "t1"], ["y"], name="product")
    first, second = _edge(0, (5, 2, 3)), _edge(1, (5, 2, 3), offset=-0.9)
    edge = paired(plan, node, [first, second])
    less, product = (placed.layer for placed in plan.layers)
    assert isinstance(less, ChannelwiseLayer) and isinstance(product, EltwiseLayer)
    assert (less.function, less.factors.tolist(), less.output_datatype.name) == ("add", [-3], "INT5")
    assert (edge.value.offset.tolist(), edge.datatype.name) == ([0.0], "INT9")
    assert edge.value.scale == pytest.approx(0.09)
    assert [bound.tolist() for bound in edge.bounds] == [[-77], [88]]


@pytest.mark.parametrize("op_type", ["Max", "Min"])
def test_the_larger_or_smaller_of_two_images(op_type: str) -> None:
    network = image().quant(0.31)
    shortcut = network.tensor
    network.op(op_type, shortcut, source=branch(network, shortcut, 0.31).tensor)
    parent = check(
        convolution(network.quant(0.43), 3, (1, 1)).model(),
        ["MVAU", FORK, PAD, SLIDE, "MVAU", TIMES, "Thresholding", "MVAU"],
    )
    assert attribute(parent, f"{TIMES}_0", "eltwiseOp") == op_type


def test_scales_of_what_is_compared_are_the_same() -> None:
    node = helper.make_node("Max", ["t0", "t1"], ["y"], name="larger")
    second = replace(_edge(1, (5, 2, 3)), value=Affine(np.array([0.4])))
    with pytest.raises(FinnError) as caught:
        paired(Plan(), node, [_edge(0, (5, 2, 3)), second])
    assert str(caught.value) == (
        "larger (Max) compares tensors on different scales; give both the same scale"
    )


def test_three_tensors_are_too_many() -> None:
    node = helper.make_node("Max", ["t0", "t1", "t2"], ["y"], name="larger")
    with pytest.raises(FinnError) as caught:
        paired(Plan(), node, [_edge(place, (5, 2, 3)) for place in range(3)])
    assert str(caught.value) == "larger (Max) compares 3 computed tensors; export it two by two"


def test_a_product_at_the_end_stays_on_the_host() -> None:
    check(gated().model(), GATE)


def _edge(wire: int, shape: tuple[int, int, int], datatype: str = "INT4", offset: float = 0.0) -> Edge:
    kind, (height, width, channels) = DataType[datatype], shape
    value = Affine(np.array([0.3]), np.array([offset]))
    return Edge(wire, f"t{wire}", kind, value, image_order((channels, height, width)), shape, bounds_of(kind))


@pytest.mark.parametrize(
    ("second", "text"),
    [
        (
            _edge(1, (1, 2, 3)),
            "product (Mul) multiplies tensors of different shapes or layouts; give both the same shape",
        ),
        (
            _edge(1, (5, 2, 3), offset=0.1),
            "product (Mul) multiplies t1, which has an offset or no one step; quantise it before",
        ),
        (
            _edge(1, (5, 2, 3), "UINT17"),
            "product (Mul) multiplies t1, of type UINT17; quantise it to integers of at most 16 bits",
        ),
    ],
)
def test_refusals(second: Edge, text: str) -> None:
    node: NodeProto = helper.make_node("Mul", ["t0", "t1"], ["y"], name="product")
    with pytest.raises(FinnError) as caught:
        paired(Plan(), node, [_edge(0, (5, 2, 3)), second])
    assert str(caught.value) == text


def gated_by_dense_layers(op_type: str, swapped: bool) -> Network:
    """A gate that dense layers make, reshaped to one pixel."""
    network = image().quant(0.37, bits=5.0)
    features, size = network.tensor, network.shape
    network.op("GlobalAveragePool").op("Reshape", np.array([0, -1])).quant(0.11, bits=6.0)
    network.shape = [1, 4]
    network.dense(3).op("Relu").quant(0.21, signed=0)
    network.dense(4).op("Sigmoid").quant(0.0171, bits=6.0, signed=0)
    gate = network.op("Reshape", np.array([1, 4, 1, 1])).tensor
    network.shape = size
    first, second = (gate, features) if swapped else (features, gate)
    return network.op(op_type, second, source=first).quant(0.23, bits=5.0)


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(("op_type", "meeting"), [("Mul", [TIMES]), ("Add", [REPEAT, PLUS])])
def test_a_gate_that_dense_layers_make(op_type: str, meeting: list[str], swapped: bool) -> None:
    network = gated_by_dense_layers(op_type, swapped)
    layers = [*GATE, "MVAU", *meeting, "Thresholding", "MVAU"]
    check(convolution(network, 3, (1, 1)).model(), layers)


@pytest.mark.parametrize(("op_type", "meeting"), [("Mul", [TIMES]), ("Add", [REPEAT, PLUS])])
def test_a_gate_for_each_time_step(op_type: str, meeting: list[str]) -> None:
    network = Network([5, 7]).quant(0.19).dense(4).quant(0.37, bits=5.0)
    features, size = network.tensor, network.shape
    network.op("ReduceMean", axes=[1], keepdims=1).quant(0.11, bits=6.0)
    network.shape = [1, 1, 4]
    gate = network.dense(4).op("Sigmoid").quant(0.0171, bits=6.0, signed=0).tensor
    network.shape = size
    network.op(op_type, gate, source=features).quant(0.23, bits=5.0)
    check(network.dense(3).model(), [*GATE, *meeting, "Thresholding", "MVAU"])


@pytest.mark.parametrize(
    ("pixel", "image_shape", "fits"),
    [
        (np.arange(3).reshape(3, 1, 1), (3, 4, 2), True),
        (np.array([0, 2, 1]).reshape(3, 1, 1), (3, 4, 2), False),
        (np.arange(3).reshape(3, 1), (3, 4), True),
        (np.arange(3).reshape(1, 3), (3, 4), False),
        (np.arange(4).reshape(1, 4), (3, 4), False),
        (np.arange(3).reshape(3, 1), (3, 4, 2), False),
        (np.arange(3).reshape(3, 1, 1), (3, 1, 1), False),
    ],
)
def test_which_vectors_are_one_pixel(
    pixel: NDArray[np.int64], image_shape: tuple[int, ...], fits: bool
) -> None:
    assert is_pixel_of(pixel, image_order(image_shape)) is fits


def test_a_vector_is_one_of_rows() -> None:
    assert is_pixel_of(np.arange(4).reshape(1, 4), np.arange(12).reshape(3, 4))
