"""Means, sums and maxima over any axes, imported, against qonnx' own execution of the original."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from finn.errors import FinnError
from finn.frontend import import_network

from .qonnx_networks import Network
from .test_images import convolution
from .test_import_network import check, layers_of

OPERATORS = ("ReduceMean", "ReduceSum", "ReduceMax")


def image() -> Network:
    """Four channels, five rows, six columns."""
    return convolution(Network((3, 5, 6)).quant(0.31), 4, (1, 1)).quant(0.23)


def steps() -> Network:
    """Seven vectors of five."""
    return Network((7, 6)).quant(0.31).dense(5).quant(0.23)


def reduced(network: Network, op_type: str, axes: Sequence[int], keepdims: int) -> Network:
    """A reduction, quantised, flattened, and a dense layer."""
    ends: tuple[tuple[object, ...], dict[str, object]] = ((), {"axes": list(axes)})
    constants, attributes = ((np.array(axes),), {}) if op_type == "ReduceSum" else ends
    network.op(op_type, *constants, keepdims=keepdims, **attributes)
    left = np.delete(network.shape[1:], [axis % len(network.shape) - 1 for axis in axes])
    network.quant(0.171, bits=6.0).op("Flatten").shape = [1, int(np.prod(left))]
    return network.dense(4)


@pytest.mark.parametrize("keepdims", [0, 1])
@pytest.mark.parametrize("op_type", OPERATORS)
@pytest.mark.parametrize("axes", [[1], [2], [-1], [1, 2], [1, 3], [3, 1, 2]])
def test_of_images(op_type: str, axes: list[int], keepdims: int) -> None:
    model = reduced(image(), op_type, axes, keepdims).model()
    check(model, layers_of(import_network(model)))


@pytest.mark.parametrize("keepdims", [0, 1])
@pytest.mark.parametrize("op_type", OPERATORS)
@pytest.mark.parametrize("axes", [[1], [-1], [1, 2]])
def test_of_rows_of_vectors(op_type: str, axes: list[int], keepdims: int) -> None:
    model = reduced(steps(), op_type, axes, keepdims).model()
    check(model, layers_of(import_network(model)))


@pytest.mark.parametrize("op_type", OPERATORS)
@pytest.mark.parametrize("axes", [[1], [2], [3], [1, 2]])
def test_of_an_image_whose_axes_were_exchanged(op_type: str, axes: list[int]) -> None:
    network = image().op("Transpose", perm=[0, 3, 1, 2])
    network.shape = [1, 6, 4, 5]
    model = reduced(network, op_type, axes, 0).model()
    check(model, layers_of(import_network(model)))


@pytest.mark.parametrize("op_type", OPERATORS)
@pytest.mark.parametrize("axis", [1, 2])
def test_of_a_vector_that_was_cut(op_type: str, axis: int) -> None:
    network = Network(7).quant(0.31).dense(12).quant(0.23).op("Reshape", np.array([0, 3, 4]))
    network.shape = [1, 3, 4]
    model = reduced(network, op_type, [axis], 0).model()
    check(model, layers_of(import_network(model)))


@pytest.mark.parametrize("op_type", OPERATORS)
@pytest.mark.parametrize("axes", [[2], [3], [1, 3]])
def test_of_what_begins_beside_zero(op_type: str, axes: list[int]) -> None:
    network = Network((3, 5, 6)).op("Add", 0.37)
    model = reduced(network, op_type, axes, 1).model(datatype="UINT4")
    inputs = np.random.default_rng(2).integers(0, 16, (60, 3, 5, 6))
    check(model, layers_of(import_network(model)), inputs=inputs)


def test_the_mean_over_channels_is_a_product() -> None:
    check(reduced(image(), "ReduceMean", [1], 1).model(), ["MVAU", "MVAU", "MVAU"])


def test_a_map_of_pixels_is_an_image_again() -> None:
    network = image().op("ReduceMax", axes=[1], keepdims=1)
    network.shape = [1, 1, 5, 6]
    model = convolution(network, 3, (2, 3)).model()
    check(model, ["MVAU", "Pool", "ConvolutionInputGenerator", "MVAU"])


def scaled(op_type: str) -> Network:
    scales = 0.25 * np.array([1, 3, 2, 5], dtype=np.float32).reshape(1, 4, 1, 1)
    network = convolution(Network((3, 5, 6)).quant(0.31), 4, (1, 1)).quant(scales)
    return reduced(network, op_type, [1], 1)


def test_the_sum_of_channels_with_scales_of_their_own() -> None:
    check(scaled("ReduceSum").model(), ["MVAU", "MVAU", "MVAU"])


def test_the_largest_of_channels_needs_one_scale() -> None:
    with pytest.raises(FinnError) as error:
        import_network(scaled("ReduceMax").model())
    assert str(error.value) == (
        "ReduceMax_4 (ReduceMax) reduces channels with scales of their own; use one scale for all channels"
    )


def test_at_the_end_the_processor_reduces() -> None:
    check(image().op("ReduceMean", axes=[1]).model(), ["MVAU"])


@pytest.mark.parametrize("op_type", ["ReduceMean", "ReduceSum"])
def test_no_sum_of_bipolar_values(op_type: str) -> None:
    network = convolution(Network((3, 5, 6)).quant(0.31), 4, (1, 1)).op("BipolarQuant", 0.3)
    with pytest.raises(FinnError) as error:
        import_network(reduced(network, op_type, [3], 1).model())
    assert str(error.value) == f"{op_type}_4 ({op_type}) averages bipolar values; quantise them to 2 bits"


def test_elements_lie_evenly() -> None:
    network = Network(7).quant(0.31).dense(12).quant(0.23).op("Reshape", np.array([0, 2, 3, 2]))
    network.op("Transpose", perm=[0, 2, 1, 3]).op("Reshape", np.array([0, 3, 4])).op(
        "Transpose", perm=[0, 2, 1]
    ).op("Reshape", np.array([0, 6, 2]))
    network.shape = [1, 6, 2]
    with pytest.raises(FinnError) as error:
        import_network(reduced(network, "ReduceMean", [1], 0).model())
    assert str(error.value) == (
        "ReduceMean_9 (ReduceMean) reduces elements that lie unevenly in their stream; keep the order of axes"
    )
