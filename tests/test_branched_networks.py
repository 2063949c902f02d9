"""Networks whose branches part and meet: exact, at the rate of their slowest layer, without deadlock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from frontend.qonnx_networks import Network
from frontend.test_images import batch_norm, convolution
from onnx import TensorProto
from qonnx.core.modelwrapper import ModelWrapper

from finn.boards import get_board
from finn.build import BuildConfig, build, load_output
from finn.core.build_dir import build_directory, hardware_child
from finn.core.inputs import InputOptions, model_inputs
from finn.core.network import bottleneck_cycles, boundaries
from finn.core.onnx_exec import execute_onnx
from finn.core.rtlsim_exec import cycles_per_frame, pack_frames, unpack_frames
from finn.core.targets import open_target
from finn.core.verify import verify
from finn.errors import FinnError
from finn.rtlsim import StreamModel
from finn.transformation.fpgadataflow.prepare_network import NetworkOptions, prepare_network

FRAMES = 24


def _block(network: Network, channels: int, kernel: int, *, stride: int = 1) -> Network:
    pads = [kernel // 2] * 4
    return batch_norm(convolution(network, channels, (kernel, kernel), pads=pads, strides=[stride, stride]))


def residual() -> Network:
    """Two blocks with an identity and a convolution as shortcuts, on different scales."""
    network = _block(Network((3, 9, 8), seed=4).quant(), 4, 3).op("Relu").quant(0.23, signed=0)
    for stride in (1, 2):
        shortcut, shape = network.tensor, list(network.shape)
        main = _block(_block(network, 4, 3, stride=stride).op("Relu").quant(0.31, signed=0), 4, 3).quant(0.46)
        tensor = main.tensor
        if stride > 1:
            network.tensor, network.shape = shortcut, shape
            shortcut = _block(network, 4, 1, stride=stride).quant(0.23).tensor
        network.op("Add", shortcut, source=tensor).op("Relu").quant(0.37, signed=0)
    return convolution(network, 3, (1, 1))


def inception() -> Network:
    """Three branches of different depth, joined."""
    network = _block(Network((2, 8, 7), seed=5).quant(), 4, 1).quant(0.3)
    fork, sides = network.tensor, []
    for kernels in ((1,), (3, 3), (5,)):
        network.tensor, network.shape = fork, [1, 4, 8, 7]
        for kernel in kernels:
            _block(network, 3, kernel).quant(0.41)
        sides.append(network.tensor)
    network.op("Concat", *sides[1:], source=sides[0], axis=1)
    network.shape = [1, 9, 8, 7]
    network.quant(0.38, bits=3.0).op("GlobalAveragePool").quant(0.11).op("Flatten")
    network.shape = [1, 9]
    return network.dense(4)


def cut_and_outputs() -> Network:
    """Channels that part, of which one part also leaves the network."""
    network = _block(Network((2, 6, 5), seed=6).quant(), 4, 3).quant(0.3)
    network.op("Split", np.array([1, 3]), axis=1)
    first, second = network.tensor, network.also()
    network.shape = [1, 1, 6, 5]
    first = _block(network, 2, 3).quant(0.53).tensor
    network.tensor, network.shape = second, [1, 3, 6, 5]
    network.op("Add", first, source=_block(network, 2, 1).quant(0.53).tensor).quant(0.33)
    network.outputs = [(network.tensor, TensorProto.FLOAT), (second, TensorProto.FLOAT)]
    return network


def turning() -> Network:
    """Functions that rise and fall: slopes by channel, and a gate."""
    network = _block(Network((3, 6, 5), seed=7).quant(0.3), 4, 3)
    slopes = np.float32([0.3, -0.4, 0.7, -1.2]).reshape(4, 1, 1)
    network = _block(network.op("PRelu", slopes).quant(0.117), 4, 1)
    x = network.tensor
    network.op("Sigmoid").op("Mul", x).quant(0.0713, bits=5.0)
    return convolution(network, 3, (1, 1))


@dataclass(frozen=True)
class Built:
    parent: ModelWrapper
    child: ModelWrapper
    simulation: StreamModel


@pytest.fixture(
    scope="module", params=[residual, inception, cut_and_outputs, turning], ids=lambda f: f.__name__
)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    make: Callable[[], Network] = request.param
    network, folder = make(), tmp_path_factory.mktemp(make.__name__)
    model = network.model(outputs=getattr(network, "outputs", ()))
    model.save(str(folder / "model.onnx"))
    model.set_metadata_prop("build_dir", str(folder))
    parent = prepare_network(model, get_board("Pynq-Z1"), NetworkOptions(target_fps=100e6 / 1400))
    child = hardware_child(parent)
    library = build_directory(child) / str(child.get_metadata_prop("rtlsim_so"))
    return Built(parent, child, StreamModel.open(library))


def images(built: Built) -> dict[str, np.ndarray]:
    shape = built.parent.get_tensor_shape("x")[1:]
    return {"x": np.random.default_rng(8).normal(size=(FRAMES, *shape)).astype(np.float32)}


@pytest.mark.parametrize("kind", ["model", "rtlsim"])
def test_every_image_is_equal(built: Built, kind: str) -> None:
    with open_target(built.parent, kind) as target:
        report = verify(target, images(built), None)
    assert report.ok, report.lines


def words_and_results(built: Built) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The integers that enter as beats, and those that should leave."""
    tensors = execute_onnx(built.parent, images(built), return_full_exec_context=True)
    inputs, outputs = boundaries(built.child)
    words = [pack_frames(tensors[side.tensor], side).reshape(-1, side.word_bytes) for side in inputs]
    return words, [np.asarray(tensors[side.tensor]).astype(np.int64) for side in outputs]


def test_it_runs_at_the_rate_of_its_slowest_layer(built: Built) -> None:
    words, _ = words_and_results(built)
    result = built.simulation.run(words, FRAMES)
    outputs = boundaries(built.child)[1]
    assert cycles_per_frame(result, outputs) == bottleneck_cycles(built.child)
    for cycles, side in zip(result.output_cycles, outputs, strict=True):
        ends = cycles[side.stream.beats - 1 :: side.stream.beats].astype(np.int64)
        assert set(np.diff(ends)[FRAMES // 2 :]) == {bottleneck_cycles(built.child)}


@pytest.mark.parametrize("seed", range(6))
def test_no_deadlock_however_it_is_starved_and_stalled(built: Built, seed: int) -> None:
    words, expected = words_and_results(built)
    rng = np.random.default_rng(seed)
    gap, stall = rng.choice([0.0, 0.1, 0.5, 0.9], size=2)
    result = built.simulation.run(words, FRAMES, seed=seed, input_gap=gap, output_stall=stall)
    for given, side, values in zip(result.outputs, boundaries(built.child)[1], expected, strict=True):
        assert np.array_equal(unpack_frames(given, side), values)


def test_several_outputs_on_the_emulated_board(tmp_path: Path) -> None:
    network = cut_and_outputs()
    network.model(outputs=network.outputs).save(str(tmp_path / "model.onnx"))
    config = BuildConfig(model=tmp_path / "model.onnx", output=tmp_path / "out", target_fps=50_000)
    parent = load_output(build(config))
    x = np.random.default_rng(8).normal(size=(FRAMES, 2, 6, 5)).astype(np.float32)
    with open_target(parent, "emulated") as target:
        report = verify(target, {"x": x}, None)
    assert report.ok, report.lines


def test_two_inputs_on_rtl_and_the_emulated_board(tmp_path: Path) -> None:
    network = _block(Network((2, 6, 5), seed=9).quant(), 3, 1).quant(0.53)
    first = network.tensor
    _block(network.enter("mask", (5, 6, 5)).quant(0.41), 3, 3)
    network.op("Add", first, source=network.quant(0.53).tensor).quant(0.33)
    network.model().save(str(tmp_path / "model.onnx"))
    config = BuildConfig(model=tmp_path / "model.onnx", output=tmp_path / "out", target_fps=50_000)
    parent = load_output(build(config))
    rng = np.random.default_rng(8)
    given = {name: rng.normal(size=(FRAMES, n, 6, 5)) for name, n in (("mask", 5), ("x", 2))}
    for kind in ("rtlsim", "emulated"):
        with open_target(parent, kind) as target:
            report = verify(target, model_inputs(parent, given, "x.npz"), None)
        assert report.ok, report.lines
    with pytest.raises(FinnError) as error:
        model_inputs(parent, {**given, "mask": given["mask"][1:]}, "x.npz")
    assert str(error.value) == "x.npz holds inputs of different batch sizes: [23, 24]"


def test_an_input_quantised_in_two_ways(tmp_path: Path) -> None:
    network = Network((2, 6, 5))
    sides = []
    for scale in (0.2, 0.31):
        network.tensor, network.shape = "x", [1, 2, 6, 5]
        sides.append(convolution(network.quant(scale), 3, (1, 1)).quant(0.53).tensor)
    network.op("Add", sides[0], source=sides[1]).quant(0.33).model().save(str(tmp_path / "model.onnx"))
    config = BuildConfig(model=tmp_path / "model.onnx", output=tmp_path / "out", target_fps=500_000)
    parent = load_output(build(config))
    x = np.random.default_rng(8).normal(size=(FRAMES, 2, 6, 5)).astype(np.float32)
    with open_target(parent, "emulated") as target:
        report = verify(target, {"x": x}, None)
    assert report.ok, report.lines
    with pytest.raises(FinnError) as error:
        model_inputs(parent, {"": x.astype(np.int8)}, "x.npy", InputOptions(raw=True))
    assert str(error.value) == "--raw needs one input that one quantiser reads; here 2 streams enter"
