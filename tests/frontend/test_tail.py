"""What stands behind the last layer runs on the processor, whatever it cuts, joins or reduces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from finn.errors import FinnError
from finn.frontend import import_network

from .qonnx_networks import Network
from .test_images import SLIDE, convolution
from .test_import_network import check, layers_of


def image(opset: int = 13) -> Network:
    """(N, 4, 5, 3) as a convolution gives it."""
    return convolution(Network((3, 6, 5), opset=opset).quant(0.3), 4, (2, 3))


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def gated(network: Network, condition: str, *operands: Any) -> Network:
    """Chosen by a comparison of the tensor with 0.1."""
    x = network.tensor
    truth = network.op(condition, 0.1, source=x).tensor
    return network.op("Where", x, *operands, source=truth)


def product_of_computed(network: Network) -> Network:
    x = network.op("Reshape", ints(0, 4, 15)).tensor
    turned = network.op("Transpose", perm=[0, 2, 1]).tensor
    return network.op("MatMul", turned, source=x)


def both_ways(network: Network) -> Network:
    x = network.tensor
    first = network.op("Greater", 0.1, source=x).tensor
    second = network.op("Less", -0.2, source=x).tensor
    network.op("Or", second, source=first).op("Not")
    return network.op("Where", x, 0.0, source=network.tensor)


def two_parts(network: Network, *inputs: Any, **attributes: Any) -> Network:
    network.op("Split", *inputs, axis=2, **attributes)
    other = network.also()
    return network.op("ReduceMax", axes=[2]).op("Mul", other)


TAILS: dict[str, tuple[int, Callable[[Network], Network]]] = {
    "slice": (13, lambda n: n.op("Slice", ints(1, 0), ints(3, 2**62), ints(-2, 1), ints(1, 1))),
    "slice of all": (13, lambda n: n.op("Slice", ints(0), ints(2**62), ints(0), ints(1))),
    "slice by attributes": (9, lambda n: n.op("Slice", starts=[1], ends=[1000], axes=[2])),
    "gather": (13, lambda n: n.op("Gather", ints(2, -1), axis=-1)),
    "gather of one": (13, lambda n: n.op("Gather", np.array(-1), axis=2)),
    "split": (13, lambda n: two_parts(n, ints(2, 3))),
    "split by an attribute": (11, lambda n: two_parts(n, split=[2, 3])),
    "squeeze": (13, lambda n: n.op("Slice", ints(1), ints(2), ints(2)).op("Squeeze", ints(2))),
    "unsqueeze": (13, lambda n: n.op("Unsqueeze", ints(2))),
    "expand": (13, lambda n: n.op("ReduceMax", axes=[2]).op("Expand", ints(1, 4, 7, 3))),
    "tile": (13, lambda n: n.op("Tile", ints(1, 1, 2, 3))),
    "mean over channels": (13, lambda n: n.op("ReduceMean", axes=[-3])),
    "mean over rows": (18, lambda n: n.op("ReduceMean", ints(2), keepdims=0)),
    "largest over rows": (13, lambda n: n.op("ReduceMax", axes=[2], keepdims=0)),
    "largest over rows, axes as input": (18, lambda n: n.op("ReduceMax", ints(-1))),
    "least": (13, lambda n: n.op("ReduceMin", axes=[1, 3])),
    "product": (13, lambda n: n.op("Sigmoid").op("ReduceProd", axes=[2, 3])),
    "sum by an attribute": (11, lambda n: n.op("ReduceSum", axes=[1, 2])),
    "lowest": (13, lambda n: n.op("Reshape", ints(0, 60)).op("ArgMin", axis=-1, keepdims=0)),
    "average of float pixels": (13, lambda n: n.op("Sigmoid").op("GlobalAveragePool")),
    "transposed": (13, lambda n: n.op("Transpose", perm=[0, 3, 1, 2])),
    "where": (13, lambda n: gated(n, "Greater", 0.3)),
    "not or": (13, both_ways),
    "product of computed": (13, product_of_computed),
    "sum of several": (13, lambda n: n.op("Sum", np.ones((1, 4, 1, 1)) * 0.3, n.tensor)),
    "mean of several": (13, lambda n: n.op("Mean", np.ones((1, 4, 1, 1)) * 0.3, n.tensor)),
    "sum over channels": (13, lambda n: n.op("ReduceSum", ints(1), keepdims=1)),
    "sum over pixels without their axes": (
        13,
        lambda n: n.op("Sigmoid").op("ReduceSum", ints(3, 2), keepdims=0),
    ),
}


@pytest.mark.parametrize("name", TAILS)
def test_behind_the_last_layer(name: str) -> None:
    opset, tail = TAILS[name]
    check(tail(image(opset)).model(), [SLIDE, "MVAU"])


def test_rows_of_images_of_two_sizes_are_joined() -> None:
    network = convolution(Network((3, 6, 5)).quant(0.3), 4, (2, 3)).op("Relu").quant(0.23, signed=0)
    ends = []
    fork, shape = network.tensor, list(network.shape)
    for kernel in ((1, 1), (2, 3)):
        network.tensor, network.shape = fork, list(shape)
        convolution(network, 6, kernel).op("Transpose", perm=[0, 2, 3, 1])
        ends.append(network.op("Reshape", ints(1, -1, 3)).tensor)
    network.op("Concat", ends[1], source=ends[0], axis=1)
    parent = import_network(network.model())
    assert layers_of(parent).count("MVAU") == 3 and layers_of(parent)[-1] == "MVAU"
    check(network.model(), layers_of(parent))


def tiled_before_a_convolution() -> Network:
    network = image().op("Tile", ints(1, 1, 2, 1), name="own")
    return convolution(network.quant(), 3, (1, 1))


@pytest.mark.parametrize(
    ("network", "text"),
    [
        (
            lambda: image().op("ReduceMean", axes=[0, 1], name="own"),
            "own (ReduceMean) mixes the images of a batch; keep the first axis as the batch",
        ),
        (
            lambda: image().op("Tile", ints(2, 1, 1, 1), name="own"),
            "own (Tile) mixes the images of a batch; keep the first axis as the batch",
        ),
        (
            lambda: image().op("Slice", ints(0), ints(1), ints(0), name="own"),
            "own (Slice) mixes the images of a batch; keep the first axis as the batch",
        ),
        (
            lambda: image().op("Concat", np.ones((1, 4, 5, 3)), axis=0, name="own"),
            "own (Concat) mixes the images of a batch; keep the first axis as the batch",
        ),
        (
            lambda: image().op("Expand", ints(2, 1, 4, 5, 3), name="own"),
            "own (Expand) mixes the images of a batch; keep the first axis as the batch",
        ),
        (
            tiled_before_a_convolution,
            "Conv_6 (Conv) runs on the host in float because own (Tile) before it does, which no layer of"
            " the hardware computes; a network without that would move it into hardware",
        ),
    ],
)
def test_refusals(network: Callable[[], Network], text: str) -> None:
    with pytest.raises(FinnError) as error:
        import_network(network().model())
    assert str(error.value) == text
