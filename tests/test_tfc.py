"""The public TFC networks on MNIST: integer model, RTL and emulated board, against stored logits."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from estimates import wrong_estimates

from finn.build import BuildConfig, build, load_output
from finn.build.synthesis import synthesis_report
from finn.core.build_dir import build_directory
from finn.core.inputs import model_inputs
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
    figures = json.loads((build_directory(network[1]) / "report" / "rtlsim_performance.json").read_text())
    assert figures["cycles_per_frame"] == CYCLES


@pytest.fixture(scope="module")
def raw(shared_models, folding, tmp_path_factory):
    """TFC_1W1A with its first quantiser in hardware: raw 8-bit pixels in."""
    out = tmp_path_factory.mktemp("raw") / "out"
    model = shared_models / "TFC_1W1A.onnx"
    build(BuildConfig(model, out, folding=folding, input_datatype="UINT8", input_scale=1 / 255))
    return load_output(out)


def test_raw_pixels_give_the_same_logits(raw, mnist):
    inputs = model_inputs(raw, {"": mnist["images_uint8"]}, "images")
    with open_target(raw, "rtlsim") as target:
        report = verify(target, inputs, {"": mnist["TFC_1W1A_logits"]})
    assert report.ok, report.lines


def test_the_shell_keeps_up_with_the_network(raw):
    with open_target(raw, "emulated") as target:
        metrics = target.throughput(1000)
    assert metrics["cycles_per_frame"] <= 66
    assert metrics["bound_by"] == "network"


def test_the_emulated_memory_has_the_bandwidth_that_it_is_given(raw):
    with open_target(raw, "emulated", bandwidth=600) as target:
        metrics = target.throughput(1000)
    moved = 784 + 10
    assert metrics["cycles_per_frame"] == pytest.approx(moved / 6, rel=0.03)
    assert metrics["bound_by"] == "input memory"


def test_one_memory_port_bounds_the_rate(raw, tmp_path):
    shutil.copytree(build_directory(raw), tmp_path / "out")
    model = load_output(tmp_path / "out")
    for step in (MakePYNQProject("Pynq-Z1", hp_ports=1), SynthPYNQProject("verilator"), MakePYNQDriver()):
        model = model.transform(step)
    with open_target(model, "emulated") as target:
        metrics = target.throughput(1000)
    assert 98 <= metrics["cycles_per_frame"] <= 104
    assert metrics["bound_by"] == "input memory"


def test_estimates_are_near_what_synthesis_makes(network):
    assert wrong_estimates(synthesis_report(network[1])) == []
