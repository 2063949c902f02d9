"""MLPerf Tiny's int8 networks on a Pynq-Z2: stored logits and answers on the RTL and the emulated board."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from qonnx.core.modelwrapper import ModelWrapper

from finn.build import BuildConfig, build, load_output
from finn.core.inputs import model_inputs
from finn.core.targets import open_target

# All four take ten minutes.
NAMES = ("ad", "ic", "kws", "vww") if os.environ.get("FINN_FULL_SIZE") else ("kws",)
IMAGES = 16


@pytest.fixture(scope="module", params=NAMES)
def network(
    request: pytest.FixtureRequest, shared_models: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[ModelWrapper, dict[str, np.ndarray]]:
    folder = shared_models / "mlperf_tiny"
    out = tmp_path_factory.mktemp(request.param) / "out"
    build(BuildConfig(folder / f"{request.param}.tflite", out, board="Pynq-Z2"))
    return load_output(out), dict(np.load(folder / f"{request.param}.npz"))


@pytest.mark.parametrize("on", ["model", "rtlsim", "emulated"])
def test_logits_and_answers_are_the_stored_ones(
    network: tuple[ModelWrapper, dict[str, np.ndarray]], on: str
) -> None:
    model, stored = network
    images = len(stored["x"]) if on == "model" else IMAGES
    with open_target(model, on) as target:
        tensors = target.execute(model_inputs(model, {"": stored["x"][:images]}, "images"), full=True)
    (output,) = (tensor.name for tensor in model.graph.output)
    assert tensors[output].dtype == np.int8 and np.array_equal(tensors[output], stored["y"][:images])
    # Of ad the answer is what leaves the hardware.
    logits = stored.get("logits", stored["y"])[:images]
    (left,) = (node.output[0] for node in model.graph.node if node.op_type == "StreamingDataflowPartition")
    assert np.array_equal(tensors[left], logits)
