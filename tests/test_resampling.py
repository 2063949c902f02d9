"""A network that makes images smaller and larger again, as RTL."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from frontend.qonnx_networks import Network
from frontend.test_images import batch_norm, convolution
from frontend.test_resampling import NEAREST, shuffled, transposed
from qonnx.core.modelwrapper import ModelWrapper

from finn.build import BuildConfig, build, load_output
from finn.core.inputs import model_inputs
from finn.core.targets import open_target
from finn.core.verify import verify

IMAGES = 8


def network() -> Network:
    """All kinds of enlargement, padding of its own, and the sum of all pixels."""
    net = batch_norm(convolution(Network((2, 8, 6), seed=3).quant(), 4, (3, 3), pads=[1, 1, 1, 1])).quant()
    net.op("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    net = batch_norm(transposed(net, 8, (3, 3), strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1]))
    net = shuffled(net.quant(0.37), 2, mode="CRD")
    net.op("Resize", "", np.array([1.0, 1.0, 1.0, 2.0]), **NEAREST)
    net.op("Pad", np.array([0, 0, 1, 0, 0, 0, 0, 1]))
    net = batch_norm(convolution(net, 4, (3, 3), strides=[2, 2])).quant(0.41)
    net.op("ReduceMean", axes=[2, 3], keepdims=0).quant(0.11)
    net.shape = [1, 4]
    return net.dense(3)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> ModelWrapper:
    folder = tmp_path_factory.mktemp("resampling")
    model = folder / "model.onnx"
    network().model().save(str(model))
    out: Path = build(BuildConfig(model=model, output=folder / "out", target_fps=90_000))
    return load_output(out)


@pytest.mark.parametrize("kind", ["model", "rtlsim"])
def test_every_image_is_equal(built: ModelWrapper, kind: str) -> None:
    x = np.random.default_rng(5).normal(size=(IMAGES, 2, 8, 6)).astype(np.float32)
    with open_target(built, kind) as target:
        report = verify(target, model_inputs(built, {"": x}, "test"), None)
    assert report.ok, report.lines


def test_it_runs_at_the_rate_of_its_slowest_layer(built: ModelWrapper) -> None:
    assert built.get_metadata_prop("cycles_per_frame") == "864"
