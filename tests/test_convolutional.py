"""A small convolutional network from QONNX to the emulated board."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from frontend.qonnx_networks import Network
from frontend.test_images import batch_norm, convolution
from published import CNV_FOLDING, cnv
from qonnx.core.modelwrapper import ModelWrapper

from finn.boards import get_board
from finn.build import BuildConfig, build, load_output
from finn.core.build_dir import build_directory, hardware_child
from finn.core.inputs import model_inputs
from finn.core.network import bottleneck_cycles, instances
from finn.core.targets import open_target
from finn.core.verify import verify
from finn.frontend import import_network
from finn.kernels.convolution_input_generator import ConvolutionInputGenerator
from finn.kernels.mvau import MVAU
from finn.kernels.streaming_max_pool import StreamingMaxPool
from finn.transformation.fpgadataflow.apply_folding_config import ApplyFoldingConfig
from finn.transformation.fpgadataflow.create_dataflow_partition import hardware_part
from finn.transformation.fpgadataflow.prepare_network import NetworkOptions, prepare_network

IMAGES = 12


def network() -> Network:
    """Padded and strided convolutions, one of them depthwise, both poolings, a dense layer behind them."""
    net = batch_norm(convolution(Network((3, 12, 10), seed=3).quant(), 4, (3, 3), pads=[1, 1, 1, 1]))
    net.op("Relu").op("MaxPool", kernel_shape=[2, 2], strides=[2, 2]).op("Identity").quant(signed=0)
    net = batch_norm(convolution(net, 4, (3, 3), group=4, pads=[1, 1, 1, 1], strides=[2, 1])).quant(bits=3.0)
    net = batch_norm(convolution(net, 6, (1, 1))).quant(bits=3.0)
    net.op("AveragePool", kernel_shape=[3, 2], strides=[1, 1]).quant(0.17, bits=4.0).op("Flatten")
    net.shape = [1, 24]
    return net.dense(5)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> ModelWrapper:
    folder = tmp_path_factory.mktemp("convolutional")
    model = folder / "model.onnx"
    network().model().save(str(model))
    out: Path = build(BuildConfig(model=model, output=folder / "out", target_fps=90_000))
    return load_output(out)


@pytest.mark.parametrize("kind", ["model", "rtlsim", "emulated"])
def test_every_image_is_equal(built: ModelWrapper, kind: str) -> None:
    x = np.random.default_rng(5).normal(size=(IMAGES, 3, 12, 10)).astype(np.float32)
    with open_target(built, kind) as target:
        report = verify(target, model_inputs(built, {"": x}, "test"), None)
    assert report.ok, report.lines


def test_it_runs_at_the_rate_of_its_slowest_layer(built: ModelWrapper) -> None:
    assert built.get_metadata_prop("cycles_per_frame") == "1080"


def test_a_pixel_a_cycle(tmp_path: Path) -> None:
    """At this rate windows must be a beat each; what is largest of them comes from the image itself."""
    net = convolution(Network((2, 8, 6), seed=4).quant(bits=2.0), 3, (3, 3), pads=[1, 1, 1, 1]).quant(
        bits=2.0
    )
    net = convolution(net.op("MaxPool", kernel_shape=[2, 2], strides=[2, 2]), 2, (2, 2)).quant(bits=2.0)
    raw = net.model()
    raw.save(str(tmp_path / "model.onnx"))
    raw.set_metadata_prop("build_dir", str(tmp_path))
    padded_pixels = 10 * 8
    parent = prepare_network(raw, get_board("Pynq-Z1"), NetworkOptions(target_fps=100e6 / padded_pixels))
    child = hardware_child(parent)
    assert bottleneck_cycles(child) == padded_pixels
    kernels = [part.kernel for part in instances(child)]
    windows = [k for k in kernels if isinstance(k, ConvolutionInputGenerator)]
    assert [k.parallel_window for k in windows] == [1, 0]
    assert any(isinstance(k, StreamingMaxPool) for k in kernels)
    x = np.random.default_rng(6).normal(size=(IMAGES, 2, 8, 6)).astype(np.float32)
    with open_target(parent, "rtlsim") as target:
        report = verify(target, {"x": x}, None)
    assert report.ok, report.lines
    performance = json.loads((build_directory(parent) / "report" / "rtlsim_performance.json").read_text())
    assert performance["cycles_per_frame"] == padded_pixels


def test_cnv_becomes_its_layers_at_the_published_folding() -> None:
    parent = import_network(cnv())
    child = hardware_part(parent).transform(ApplyFoldingConfig(CNV_FOLDING, pytest.fail))
    assert bottleneck_cycles(child) == 32_768
    sizes = [(k.mw, k.mh) for k in (i.kernel for i in instances(child)) if isinstance(k, MVAU)]
    convolutions = [(27, 64), (576, 64), (576, 128), (1152, 128), (1152, 256), (2304, 256)]
    assert sizes == [*convolutions, (256, 512), (512, 512), (512, 10)]
