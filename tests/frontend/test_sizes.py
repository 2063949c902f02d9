"""Absurd numbers are refused by size before memory is taken for them."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from onnx import helper
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError
from finn.frontend import import_network
from finn.frontend.graph.sizes import MAX_ELEMENTS

from .qonnx_networks import Network
from .test_branches import convolution, image

MOST = f"tensors have 1 to {MAX_ELEMENTS} elements, so check its attributes and constants"


def scaled(factor: float) -> Network:
    scales = np.array([1, 1, factor, factor], np.float32)
    return image().quant().op("Resize", "", scales, mode="nearest", name="node")


def padded(pads: int) -> Network:
    return convolution(
        Network((2, 6, 5)).quant(), 3, (3, 3), pads=[pads] * 4, strides=[pads] * 2, name="node"
    )


def filled(shape: list[int]) -> Network:
    network = Network(12).quant(0.3)
    here = network.tensor
    network.op("ConstantOfShape", source=network.constant(np.array(shape)), name="node")
    made, network.tensor = network.tensor, here
    return network.op("Add", made)


def outer_product() -> Network:
    network = Network(12).quant(0.3)
    here = network.tensor
    network.op("Add", np.zeros((1, 2**20)), source=network.constant(np.zeros((2**19, 1))), name="node")
    made, network.tensor = network.tensor, here
    return network.op("Add", made)


def pixels(size: int) -> Network:
    """As many thresholds as pixels."""
    network = Network((3, size, size)).quant(bits=8.0)
    network = convolution(network, 4, (1, 1)).op("Add", network.rng.normal(size=(1, 1, size, size)))
    return convolution(network.quant(bits=8.0), 2, (1, 1))


def windows() -> Network:
    network = Network((5, 1200, 1200)).quant()
    return convolution(network, 3, (5, 5), pads=[2] * 4, name="node")


CASES = {
    "pads": (
        padded(10**9),
        "node (Conv) pads its image to (2000000006, 2000000005); tensors have at most"
        f" {MAX_ELEMENTS} elements, so check its pads",
    ),
    "kernel": (
        image().quant().op("MaxPool", kernel_shape=[10**6, 2], name="node"),
        "node (MaxPool) gives a tensor of shape (1, 4, -999993, 4); " + MOST,
    ),
    "scale": (scaled(1e6), "node (Resize) gives a tensor of shape (1, 4, 6000000, 5000000); " + MOST),
    "filled": (
        filled([2**20, 2**20]),
        f"node (ConstantOfShape) gives a constant of shape (1048576, 1048576); at most"
        f" {MAX_ELEMENTS} elements are supported",
    ),
    "outer": (
        outer_product(),
        f"node (Add) gives a constant of shape (524288, 1048576); at most {MAX_ELEMENTS} elements are"
        " supported",
    ),
    "thresholds": (
        pixels(300),
        "Quant_4 (Quant) needs thresholds of their own for 360000 elements; use one scale per channel",
    ),
    "windows": (
        windows(),
        "node (Conv) reads 180000000 elements in its windows; at most 67108864 are supported, so check its"
        " kernel and strides",
    ),
    "groups": (
        convolution(image().quant(), 3, (1, 1), name="node").op("Conv", np.zeros((3, 3, 1, 1)), group=10**9),
        "Conv_7 (Conv) has weights of shape (3, 3, 1, 1) in 1000000000 groups for 3 channels",
    ),
    "bits": (
        Network(12).quant(0.3, bits=30).dense(4),
        "Quant_0 (Quant) has 30 bits; at most 16 are supported in hardware",
    ),
}


@pytest.mark.parametrize(("network", "text"), CASES.values(), ids=CASES)
def test_refused_by_size(network: Network, text: str) -> None:
    model = network.model()
    tracemalloc.start()
    with pytest.raises(FinnError) as error:
        import_network(model)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert str(error.value).startswith(text) and peak < 2**30


@pytest.mark.parametrize("shape", [[1, 2**40], [1, 3, 2**20, 2**20], [1, -5]])
def test_an_input(shape: list[int]) -> None:
    model = Network(12).quant(0.3).dense(4).model()
    dims = model.graph.input[0].type.tensor_type.shape.dim
    del dims[:]
    for size in shape:
        dims.add().dim_value = size
    with pytest.raises(FinnError) as error:
        import_network(model)
    assert str(error.value) == (
        f"input 'x' has shape {tuple(shape)}; tensors have 1 to {MAX_ELEMENTS} elements"
    )


@pytest.mark.parametrize("dims", [[2**40], [2**20, 2**20], [-3, 4]])
def test_a_constant(dims: list[int]) -> None:
    model = Network(12).quant(0.3).dense(4).model()
    model.graph.initializer[-1].dims[:] = dims
    with pytest.raises(FinnError) as error:
        import_network(ModelWrapper(model.model))
    name = model.graph.initializer[-1].name
    assert str(error.value) == (
        f"initialiser {name!r} has shape {tuple(dims)}; at most {MAX_ELEMENTS} elements are supported"
    )


def test_a_loop_on_constants() -> None:
    network = Network(12).quant(0.3)
    kept = [("go", "on", 9), ("carried", "factor", 1)]
    body = helper.make_graph(
        [helper.make_node("Identity", [before], [after]) for before, after, _ in kept],
        "body",
        [
            helper.make_tensor_value_info(name, kind, [])
            for name, kind in (("i", 7), ("go", 9), ("carried", 1))
        ],
        [helper.make_tensor_value_info(name, kind, []) for _, name, kind in kept],
    )
    here = network.tensor
    network.op("Loop", "", 0.7, source=network.constant(np.array(2**62)), name="node", body=body)
    network.op("Mul", network.tensor, source=here)
    with pytest.raises(FinnError, match=r"^node \(Loop\) is not supported; see "):
        import_network(network.dense(4).model())
