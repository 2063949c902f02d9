"""The shared TFC networks, 1,000 MNIST images each, against their stored logits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from finn.frontend import import_network

from .naive import outputs_of

MODELS = Path(__file__).resolve().parents[3] / "shared" / "models"
pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason="../shared/models is not beside this checkout")


@pytest.mark.parametrize("network", ["TFC_1W1A", "TFC_2W2A"])
@pytest.mark.parametrize("raw", [False, True])
def test_all_logits_equal_the_stored_ones(network: str, raw: bool) -> None:
    data = np.load(MODELS / "mnist_1000.npz")
    options = {"input_datatype": "UINT8", "input_scale": 1 / 255} if raw else {}
    parent = import_network(MODELS / f"{network}.onnx", **options)
    images = data["images_uint8"].astype(np.float32) / np.float32(255)
    logits = outputs_of(parent, {"0": images})["74" if network == "TFC_1W1A" else "90"]
    stored = data[f"{network}_logits"]
    assert np.all(np.abs(logits - stored) <= 1e-4 + 1e-4 * np.abs(stored))
    assert np.array_equal(logits.argmax(axis=1), stored.argmax(axis=1))
    first = next(node for node in parent.graph.node if node.domain == "finn.custom_op.fpgadataflow")
    assert first.op_type == ("Thresholding" if raw else "MVAU")
