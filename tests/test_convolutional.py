"""A small convolutional network from QONNX to the emulated board."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from frontend.qonnx_networks import Network
from frontend.test_images import batch_norm, convolution
from published import CNV_FOLDING, cnv
from qonnx.core.modelwrapper import ModelWrapper

from finn.build import BuildConfig, build, load_output
from finn.core.inputs import model_inputs
from finn.core.network import bottleneck_cycles, instances
from finn.core.targets import open_target
from finn.core.verify import verify
from finn.frontend import import_network
from finn.kernels.mvau import MVAU
from finn.transformation.fpgadataflow.apply_folding_config import ApplyFoldingConfig
from finn.transformation.fpgadataflow.create_dataflow_partition import hardware_part

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


def test_cnv_becomes_its_layers_at_the_published_folding() -> None:
    parent = import_network(cnv())
    child = hardware_part(parent).transform(ApplyFoldingConfig(CNV_FOLDING, pytest.fail))
    assert bottleneck_cycles(child) == 32_768
    sizes = [(k.mw, k.mh) for k in (i.kernel for i in instances(child)) if isinstance(k, MVAU)]
    convolutions = [(27, 64), (576, 64), (576, 128), (1152, 128), (1152, 256), (2304, 256)]
    assert sizes == [*convolutions, (256, 512), (512, 512), (512, 10)]
