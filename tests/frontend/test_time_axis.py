"""Means, sums and maxima over the steps of a row of vectors."""

from __future__ import annotations

import numpy as np
import pytest

from .qonnx_networks import Network
from .test_import_network import check


def steps() -> Network:
    """Nine vectors of five, each through the same dense layer."""
    return Network((9, 6)).quant(0.31).dense(5).op("Relu").quant(0.23, signed=0)


@pytest.mark.parametrize(
    ("op_type", "layers"),
    [
        ("ReduceMean", ["GlobalAccPool", "Thresholding"]),
        ("ReduceSum", ["GlobalAccPool", "Thresholding"]),
        ("ReduceMax", ["Pool"]),
    ],
)
@pytest.mark.parametrize("keepdims", [0, 1])
def test_over_the_steps(op_type: str, layers: list[str], keepdims: int) -> None:
    network, axes = steps(), {"axes": [1]} if op_type != "ReduceSum" else {}
    network.op(op_type, *([] if axes else [np.array([-2])]), keepdims=keepdims, **axes)
    network.shape = [1, 1, 5] if keepdims else [1, 5]
    if op_type != "ReduceMax":
        network.quant(0.117, bits=6.0)
    parent = check(network.dense(4).model(), ["MVAU", *layers, "MVAU"])
    assert parent.get_tensor_shape(parent.graph.output[0].name) == network.shape
