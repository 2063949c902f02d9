"""The digits network in RTL: initial values, reset and abort in mid-frame, a single wrong bit."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from loopback import ABORT, DRAM_BASE, IDLE, IDMA, ODMA, Bench
from qonnx.core.modelwrapper import ModelWrapper

from finn.build import load_output
from finn.core.build_dir import hardware_child
from finn.core.inputs import load_arrays, load_inputs
from finn.core.network import boundaries
from finn.core.onnx_exec import execute_onnx
from finn.core.rtlsim_exec import pack_frames, unpack_frames
from finn.core.targets import open_target
from finn.core.verify import verify
from finn.rtlsim import StreamModel
from finn.shell import ShellSpec, read_bit
from finn.transformation.fpgadataflow.make_pynq_proj import shell_spec
from finn.transformation.fpgadataflow.prepare_rtlsim import random_words

FRAMES = 20
SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def child(digits_out: Path) -> ModelWrapper:
    return hardware_child(load_output(digits_out))


@pytest.fixture(scope="module")
def words(child: ModelWrapper) -> list[np.ndarray]:
    return random_words(child, FRAMES)


@pytest.fixture(scope="module")
def simulation(digits_out: Path, child: ModelWrapper) -> StreamModel:
    return StreamModel.open(digits_out / child.get_metadata_prop("rtlsim_so"))


@dataclass(frozen=True)
class Network:
    """What a Bench needs to know of the network in the shell."""

    child: ModelWrapper
    spec: ShellSpec

    def expected(self, data: np.ndarray) -> np.ndarray:
        """Memory of the outputs for memory of the inputs."""
        (source,), (sink,) = boundaries(self.child)
        values = unpack_frames(data.reshape(-1, source.word_bytes), source)
        return pack_frames(execute_onnx(self.child, {source.tensor: values})[sink.tensor], sink).reshape(-1)


@pytest.fixture
def chip(child: ModelWrapper, digits_out: Path, tmp_path: Path, monkeypatch) -> Iterator[type[Bench]]:
    (bit,) = (digits_out / "deploy").glob("finn-*.bit")
    with zipfile.ZipFile(io.BytesIO(read_bit(bit).payload)) as archive:
        archive.extractall(tmp_path)
    monkeypatch.chdir(tmp_path)

    def make(seed: int) -> Bench:
        bench = Bench(tmp_path / "silicon.so", Network(child, shell_spec(child)), seed=seed)
        bench.dram[: bench.output] = np.resize(random_words(child, 64)[0].reshape(-1), bench.output)
        return bench

    return make


@pytest.mark.parametrize("seed", SEEDS)
def test_initial_values_do_not_matter(simulation, words, seed):
    expected = simulation.run(words, FRAMES).outputs[0]
    assert np.array_equal(simulation.run(words, FRAMES, seed_reset=seed).outputs[0], expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_reset_in_mid_frame_leaves_nothing(simulation, words, seed):
    expected = simulation.run(words, FRAMES).outputs[0]
    cycle = 300 + 77 * seed
    assert np.array_equal(simulation.run(words, FRAMES, seed_reset=seed, reset_at=cycle).outputs[0], expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_gaps_and_back_pressure_do_not_matter(simulation, words, seed):
    expected = simulation.run(words, FRAMES).outputs[0]
    run = simulation.run(words, FRAMES, input_gap=0.3, output_stall=0.3, seed=seed)
    assert np.array_equal(run.outputs[0], expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_hundred_runs_back_to_back(chip, seed):
    with chip(seed) as bench:
        for _ in range(100):
            bench.run(3)


@pytest.mark.parametrize("seed", SEEDS)
def test_abort_in_mid_frame_leaves_nothing(chip, seed):
    with chip(seed) as bench:
        for _ in range(10):
            bench.start(ODMA, DRAM_BASE + bench.output, 60)
            bench.start(IDMA, DRAM_BASE, 60)
            bench.silicon.tick(int(bench.random.integers(0, 4000)))
            bench.write(IDMA + ABORT, 1)
            for page in (IDMA, ODMA):
                bench.wait(page, IDLE, 5000)
            bench.run(int(bench.random.integers(1, 6)))


def test_one_wrong_bit_of_one_weight_is_found(digits_out, digits, tmp_path):
    shutil.copytree(digits_out, tmp_path / "out")
    model = load_output(tmp_path / "out")
    inputs = load_inputs(model, digits / "x.npy")
    expected = load_arrays(digits / "y.npy")
    with open_target(model, "rtlsim") as target:
        assert verify(target, inputs, expected).ok
    memory = tmp_path / "out" / "project" / "rtlsim" / "MVAU_1_weights.mem"
    first, rest = memory.read_text().split("\n", 1)
    memory.write_text(f"{int(first, 16) ^ 1:0{len(first)}x}\n{rest}")
    with open_target(model, "rtlsim") as target:
        report = verify(target, inputs, expected)
    assert not report.ok
    assert report.counts["hardware_mismatches"] > 0
    assert any(re.match(r"first mismatch: image \d+, index \[\d+\]: expected", line) for line in report.lines)
