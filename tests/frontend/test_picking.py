"""Slices, gathers, splits and shuffles between layers: rows, columns, channels and time steps that stay."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from onnx import helper
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.frontend import import_network
from finn.frontend.graph.order import image_order
from finn.frontend.levels.affine import Affine
from finn.frontend.planning.picking import picked
from finn.frontend.planning.plan import Edge, Plan

from .qonnx_networks import Network
from .test_branches import FORK, JOIN, image
from .test_images import convolution
from .test_import_network import check, layers_of

GATHER = "StreamingGather"
END = 2**63 - 1


def cut(network: Network, axis: int, start: int, end: int, step: int = 1) -> Network:
    """The current tensor, of which one axis is cut."""
    shape = list(network.shape)
    shape[axis] = len(range(*slice(start, end, step).indices(shape[axis])))
    network.op("Slice", *(np.array([value]) for value in (start, end, axis, step)))
    network.shape = shape
    return network


def ended(network: Network, scale: float = 0.53) -> Network:
    """A convolution and its quantiser."""
    return convolution(network, 3, (1, 1)).quant(scale)


@pytest.mark.parametrize(
    ("axis", "start", "end", "step"),
    [
        (2, 1, 5, 1),
        (2, 0, END, 2),
        (3, 1, END, 3),
        (3, -2, END, 1),
        (1, 1, 3, 1),
        (1, 0, END, 2),
        (1, 3, 4, 1),
        (-1, 0, -1, 1),
    ],
)
def test_one_axis_of_an_image(axis: int, start: int, end: int, step: int) -> None:
    network = cut(image().quant(0.31), axis % 4, start, end, step)
    check(ended(network).model(), ["MVAU", GATHER, "MVAU"])


def test_several_axes_at_once() -> None:
    network = image().quant(0.31)
    keys = ([0, 1, 1], [4, END, -1], [1, 2, 3], [3, 2, 1])
    network.op("Slice", *map(np.array, keys))
    network.shape = [1, 2, 3, 3]
    check(ended(network).model(), ["MVAU", GATHER, "MVAU"])


@pytest.mark.parametrize(("axis", "places"), [(1, [0, 2, 3]), (2, [1, 2, 5]), (3, [4])])
def test_places_that_are_gathered(axis: int, places: list[int]) -> None:
    network = image().quant(0.31)
    network.op("Gather", np.array(places), axis=axis)
    network.shape[axis] = len(places)
    check(ended(network).model(), ["MVAU", GATHER, "MVAU"])


def test_before_the_quantiser() -> None:
    """The quantiser goes before the cut, into the layer."""
    network = cut(image(), 2, 1, 5).quant(0.31)
    check(ended(network).model(), ["MVAU", GATHER, "MVAU"])


def test_before_a_quantiser_with_a_function_before() -> None:
    network = cut(image().op("Softplus"), 2, 1, 5).quant(0.31)
    check(ended(network).model(), ["MVAU", GATHER, "MVAU"])


def test_parts_of_which_each_is_quantised() -> None:
    network = image()
    whole, shape = network.tensor, network.shape
    first = cut(network, 2, 0, 3).quant(0.31).tensor
    network.tensor, network.shape = whole, shape
    cut(network, 2, 3, 6).quant(0.173).op("Concat", first, source=network.tensor, axis=1)
    network.shape[1] *= 2
    check(ended(network).model(), ["MVAU", FORK, GATHER, GATHER, *["Thresholding"] * 2, JOIN, "MVAU"])


def test_scales_per_channel() -> None:
    network = cut(image(), 1, 1, 4)
    network.op("Mul", np.array([0.7, 1.3, 0.4]).reshape(1, 3, 1, 1)).quant(0.31)
    check(ended(network).model(), ["MVAU", GATHER, "Thresholding", "MVAU"])


def test_before_the_first_layer() -> None:
    network = cut(Network((3, 6, 5)).quant(0.31), 2, 0, END, 2)
    check(ended(network).model(), [GATHER, "MVAU"])


def test_parts_that_overlap() -> None:
    network = image().quant(0.31)
    source, shape, ends = network.tensor, list(network.shape), []
    for start, end in ((0, 4), (2, 6)):
        network.tensor, network.shape = source, list(shape)
        ends.append(ended(cut(network, 2, start, end), 0.47).tensor)
    network.op("Concat", *ends[:1], source=ends[1], axis=1)
    network.shape = [1, 6, 4, 5]
    layers = ["MVAU", FORK, GATHER, "MVAU", GATHER, "MVAU", JOIN, "MVAU"]
    check(ended(network).model(), layers)


def test_a_block_of_four_as_channels() -> None:
    network = Network((3, 6, 8)).quant(0.31)
    source, shape, parts = network.tensor, list(network.shape), []
    for row, column in ((0, 0), (1, 0), (0, 1), (1, 1)):
        network.tensor, network.shape = source, list(shape)
        parts.append(cut(cut(network, 2, row, END, 2), 3, column, END, 2).tensor)
    network.op("Concat", *parts[1:], source=parts[0], axis=1)
    network.shape = [1, 12, 3, 4]
    check(ended(network).model(), [FORK, *[GATHER] * 8, JOIN, "MVAU"])


@pytest.mark.parametrize(
    ("axis", "sizes", "layers"),
    [
        (1, (1, 3), ["StreamingSplit"]),
        (2, (2, 4), [FORK, GATHER, GATHER]),
        (3, (2, 3), [FORK, GATHER, GATHER]),
    ],
)
def test_parts_of_different_sizes(axis: int, sizes: tuple[int, int], layers: list[str]) -> None:
    network = image().quant(0.31)
    network.op("Split", np.array(sizes), axis=axis)
    shape, parts = list(network.shape), [network.tensor, network.also()]
    for place, (part, size) in enumerate(zip(parts, sizes, strict=True)):
        network.tensor, network.shape = part, [*shape[:axis], size, *shape[axis + 1 :]]
        network = convolution(network, 3, (1, 1))
        network.op("GlobalAveragePool").quant(0.13)
        parts[place] = network.tensor
    network.op("Concat", parts[0], source=parts[1], axis=1)
    network.shape = [1, 6, 1, 1]
    parent = import_network(ended(network).model())
    assert [n.op_type for n in parent.graph.node if n.op_type in {FORK, GATHER, "StreamingSplit"}] == layers
    check(network.model(), layers_of(import_network(network.model())))


@pytest.mark.parametrize("groups", [2, 4])
def test_channels_shuffled(groups: int) -> None:
    network = convolution(Network((3, 6, 5)).quant(0.31), 8, (1, 1)).quant(0.41)
    network.op("Reshape", np.array([0, groups, 8 // groups, 6, 5]))
    network.op("Transpose", perm=[0, 2, 1, 3, 4])
    network.op("Reshape", np.array([0, 8, 6, 5]))
    check(ended(network).model(), ["MVAU", GATHER, "MVAU"])


def test_time_steps() -> None:
    network = convolution(Network((3, 9)).quant(0.31), 4, (3,), pads=[2, 2])
    network.shape = [1, 4, 11]
    network = cut(network.quant(0.41), 2, 0, -2)
    check(
        convolution(network, 3, (1,)).quant(0.53).model(),
        ["FMPadding", "ConvolutionInputGenerator", "MVAU", GATHER, "MVAU"],
    )


def test_an_element_of_a_vector_twice() -> None:
    network = Network(7).quant(0.31).dense(6).quant(0.23).op("Gather", np.array([1, 1]), axis=1)
    network.shape = [1, 2]
    with pytest.raises(FinnError) as error:
        import_network(network.dense(4).model())
    assert str(error.value) == (
        "Gather_4 (Gather) takes no set of whole rows, columns and channels; take each of them once"
    )


def shuffled(network: Network) -> Network:
    """Eight channels in two groups, exchanged as in ShuffleNet."""
    network.op("Reshape", np.array([0, 2, 4, 6, 5])).op("Transpose", perm=[0, 2, 1, 3, 4])
    return network.op("Reshape", np.array([0, 8, 6, 5]))


def test_a_unit_that_shuffles_and_splits() -> None:
    network = shuffled(convolution(Network((3, 6, 5)).quant(0.31), 8, (1, 1)).quant(0.41))
    network.op("Split", np.array([5, 3]), axis=1)
    other, network.shape = network.also(), [1, 5, 6, 5]
    network = convolution(network, 2, (3, 3), pads=[1, 1, 1, 1]).quant(0.37)
    network.op("Concat", other, axis=1)
    network.shape = [1, 5, 6, 5]
    parent = import_network(ended(network).model())
    assert layers_of(parent)[:3] == ["MVAU", GATHER, "StreamingSplit"]
    check(network.model(), layers_of(parent))


def test_a_sum_with_the_middle_of_an_image() -> None:
    network = image().quant(0.31)
    source = network.tensor
    network = convolution(network, 4, (3, 3)).quant(0.37)
    inner, network.tensor = network.tensor, source
    network = cut(cut(network, 2, 1, 5), 3, 1, 4)
    network.op("Add", inner).quant(0.43)
    network.shape = [1, 4, 4, 3]
    layers = layers_of(import_network(ended(network).model()))
    assert layers.count(GATHER) == 2
    check(network.model(), layers)


@pytest.mark.parametrize("place", [np.array(-1), np.array([2])])
def test_one_time_step_of_vectors(place: np.ndarray) -> None:
    network = Network((7, 5)).quant(0.31).dense(6).quant(0.27).op("Gather", place, axis=1)
    network.shape = [1, *[1] * place.ndim, 6]
    check(network.dense(4).model(), ["MVAU", GATHER, "MVAU"])


def test_every_third_feature_of_a_vector() -> None:
    network = cut(Network(12).quant(0.31).dense(10).quant(0.27), 1, 1, END, 3)
    check(network.dense(4).model(), ["MVAU", GATHER, "MVAU"])


def test_ranges_are_those_of_the_channels_that_stay() -> None:
    order, low = image_order((4, 2, 3)), np.array([-1, -2, -3, -4])
    edge = Edge(0, "t", DataType["INT8"], Affine(np.ones(1)), order, (2, 3, 4), (low, -low))
    node = helper.make_node("Gather", ["t", "places"], ["y"], name="own", axis=1)
    network, plan = SimpleNamespace(constants={"places": np.array([1, 3])}), Plan()
    plan.new_wire()
    (after,) = picked(network, plan, node, edge)  # type: ignore[arg-type]
    assert [bound.tolist() for bound in after.bounds] == [[-2, -4], [2, 4]]
    assert (after.tensor, after.shape) == ("y", (2, 3, 2))
