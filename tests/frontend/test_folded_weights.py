"""Float weights that lie on a grid are integers and a scale; others are none."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import helper
from qonnx.core.datatype import DataType

from finn.frontend.reading.folded_weights import folded_weights

from .qonnx_networks import Network
from .test_import_network import check

DENSE = helper.make_node("MatMul", ["x", "w"], ["y"])
CONV = helper.make_node("Conv", ["x", "w"], ["y"])
RNG = np.random.default_rng(3)


def on_grid(shape: tuple[int, ...], most: int, scale: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weights with one integer of 1, so that no coarser grid holds them."""
    levels = RNG.integers(-most, most + 1, shape)
    levels.reshape(-1, shape[-1])[0] = levels.reshape(shape[0], -1)[:, 0] = 1
    return levels.astype(np.float32) * scale


@pytest.mark.parametrize(("shape", "most"), [((10, 7), 7), ((10, 8), 127), ((17, 5), 32767)])
def test_one_scale(shape: tuple[int, int], most: int) -> None:
    weights = on_grid(shape, most, np.float32(0.0371))
    found = folded_weights(weights, [DENSE])
    assert found is not None
    np.testing.assert_array_equal(found.scale, np.full(shape, np.float32(0.0371), np.float64))
    np.testing.assert_array_equal(found.levels, np.rint(weights / 0.0371))


def test_a_scale_for_each_output() -> None:
    scales = RNG.uniform(0.01, 0.9, 6).astype(np.float32)
    weights = on_grid((9, 6), 7, scales)
    found = folded_weights(weights, [DENSE])
    assert found is not None
    np.testing.assert_array_equal(found.scale, np.broadcast_to(scales.astype(np.float64), (9, 6)))
    kernels = np.ascontiguousarray(weights.T).reshape(6, 3, 3, 1)
    found = folded_weights(kernels, [CONV])
    assert found is not None
    np.testing.assert_array_equal(found.scale[:, 0, 0, 0], scales)
    np.testing.assert_array_equal((found.levels * found.scale).astype(np.float32), kernels)


def test_an_output_without_weights() -> None:
    weights = on_grid((9, 6), 7, np.float32(0.21))
    weights[:, 2] = 0
    found = folded_weights(weights * RNG.uniform(0.1, 0.9, 6).astype(np.float32), [DENSE])
    assert found is not None
    assert not found.levels[:, 2].any()


@pytest.mark.parametrize("shape", [(9, 6), (2, 5), (1, 3), (64, 32)])
def test_real_weights(shape: tuple[int, int]) -> None:
    assert folded_weights(RNG.normal(size=shape).astype(np.float32), [DENSE]) is None


def test_one_weight_beside_the_grid() -> None:
    weights = on_grid((10, 7), 7, np.float32(0.0371))
    weights[4, 3] = np.nextafter(weights[4, 3] + np.float32(0.0371), np.float32(1))
    assert folded_weights(weights, [DENSE]) is None


def test_what_is_no_weight() -> None:
    assert (
        folded_weights(on_grid((10, 7), 7, np.float32(0.0371)), [helper.make_node("Add", ["x", "w"], ["y"])])
        is None
    )
    assert folded_weights(np.full((3, 4), np.nan, np.float32), [DENSE]) is None


@pytest.mark.parametrize("annotated", [False, True])
def test_networks_with_folded_weights(annotated: bool) -> None:
    network = Network(10).quant(0.3)
    network.op("MatMul", on_grid((10, 7), 7, RNG.uniform(0.05, 0.2, 7).astype(np.float32))).op("Relu")
    weights = network.quant(0.27, signed=0).constant(on_grid((7, 5), 7, np.float32(0.119)))
    model = network.op("MatMul", weights).model()
    if annotated:
        model.set_tensor_datatype(weights, DataType["SCALEDINT<4>"])
    check(model, ["MVAU", "MVAU"])
