"""The public TFC networks on MNIST: integer model, RTL and emulated board, against stored logits."""

from __future__ import annotations

import json
import shutil
from time import perf_counter

import numpy as np
import pytest

from finn.build import BuildConfig, build, load_output
from finn.core.inputs import model_inputs
from finn.core.rtlsim_exec import run_rtlsim
from finn.core.targets import open_target
from finn.core.verify import verify
from finn.transformation.fpgadataflow.make_pynq_driver import MakePYNQDriver
from finn.transformation.fpgadataflow.make_pynq_proj import MakePYNQProject
from finn.transformation.fpgadataflow.synth_pynq_proj import SynthPYNQProject

# FINN's published folding of TFC.
FOLDING = {
    "Defaults": {},
    "MVAU_0": {"PE": 16, "SIMD": 49},
    "MVAU_1": {"PE": 8, "SIMD": 8},
    "MVAU_2": {"PE": 8, "SIMD": 8},
    "MVAU_3": {"PE": 10, "SIMD": 8},
}
CYCLES = 64


@pytest.fixture(scope="module")
def folding(tmp_path_factory):
    path = tmp_path_factory.mktemp("folding") / "tfc.json"
    path.write_text(json.dumps(FOLDING))
    return path


@pytest.fixture(scope="module")
def mnist(shared_models):
    data = np.load(shared_models / "mnist_1000.npz")
    return {"x": data["images_uint8"].astype(np.float32) / 255, **{k: data[k] for k in data.files}}


@pytest.fixture(scope="module", params=["TFC_1W1A", "TFC_2W2A"])
def network(request, shared_models, folding, tmp_path_factory):
    out = tmp_path_factory.mktemp(request.param) / "out"
    build(BuildConfig(shared_models / f"{request.param}.onnx", out, folding=folding))
    return request.param, load_output(out)


@pytest.mark.parametrize("on", ["model", "rtlsim", "emulated"])
def test_all_images_equal_the_stored_logits(network, mnist, on):
    name, model = network
    inputs = model_inputs(model, {"": mnist["x"]}, "images")
    with open_target(model, on) as target:
        report = verify(target, inputs, {"": mnist[f"{name}_logits"]})
    assert report.ok, report.lines
    assert report.counts["images"] == 1000
    assert report.counts["hardware_mismatches"] == 0


def test_steady_state_is_the_slowest_layer(network):
    figures = json.loads((_directory(network[1]) / "report" / "rtlsim_performance.json").read_text())
    assert figures["cycles_per_frame"] == CYCLES


def _directory(model):
    from finn.core.build_dir import build_directory

    return build_directory(model)
