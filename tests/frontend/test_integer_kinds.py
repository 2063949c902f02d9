"""Random networks as onnxruntime's static quantisation writes them, against onnxruntime's own execution.

``FINN_KINDS`` sets how many are tried.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from onnxruntime.quantization import QuantFormat, QuantType
from qonnx.core.modelwrapper import ModelWrapper

from finn.frontend import import_network

from .float_networks import float_network
from .integer_networks import by_onnxruntime, images
from .naive import run_parent
from .test_import_network import hits_a_tie
from .test_quantised_by_onnxruntime import quantised

COUNT = int(os.environ.get("FINN_KINDS", "10"))
IMAGES = 30


@pytest.mark.parametrize("seed", range(COUNT))
@pytest.mark.parametrize("style", [QuantFormat.QDQ, QuantFormat.QOperator], ids=str)
def test_every_network(tmp_path: Path, style: QuantFormat, seed: int) -> None:
    model, shape = quantised(
        tmp_path, lambda: float_network(seed), style,
        activation_type=(QuantType.QInt8, QuantType.QUInt8)[seed % 2],
        per_channel=seed % 3 > 0,
        # onnxruntime's sums of two products saturate at 16 bits on some processors.
        reduce_range=style is QuantFormat.QOperator,
        extra_options={"ActivationSymmetric": seed % 5 == 0},
    )  # fmt: skip
    x = images(shape, IMAGES)
    (expected,) = by_onnxruntime(model, x)
    parent = import_network(ModelWrapper(model))
    tensors = run_parent(parent, {"x": x})
    clear = ~hits_a_tie(parent, tensors)
    assert clear.sum() > IMAGES // 2 and len(np.unique(expected[clear])) > 5
    found = tensors[parent.graph.output[0].name][clear]
    np.testing.assert_allclose(found, expected[clear], rtol=1e-5, atol=1e-5)
