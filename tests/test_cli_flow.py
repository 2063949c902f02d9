"""The commands at work on the digits networks: info, build, run, verify, throughput, interrupts."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from command_line import SLOW_ENOUGH, invoke

FINN = Path(sys.executable).parent / "finn"


@pytest.fixture(scope="module")
def out(digits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "out"
    code, stdout, stderr = invoke("build", digits / "digits_w2a2.onnx", "-o", folder, *SLOW_ENOUGH)
    assert (code, stdout) == (0, f"{folder}\n"), stderr
    return folder


def test_info_of_a_model_names_layers_and_writes_nothing(
    digits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    start = time.process_time()
    code, stdout, stderr = invoke("info", digits / "digits_w2a2.onnx")
    assert (code, stderr) == (0, "")
    assert time.process_time() - start < 5
    assert re.search(r"^input +pixels \(N, 64\), float32 NC$", stdout, re.MULTILINE)
    assert re.search(r"^MVAU_0 +UINT2 +INT2 +UINT2 +64 +64 ", stdout, re.MULTILINE)
    assert "cycles per frame" in stdout and "share of a Pynq-Z1" in stdout
    assert list(tmp_path.iterdir()) == []


def test_info_of_a_build(out: Path) -> None:
    code, stdout, _ = invoke("info", out)
    assert code == 0
    assert re.search(r"^(64|\d{1,2}) cycles per frame", stdout, re.MULTILINE)


def test_a_build_holds_what_is_promised(out: Path, digits: Path) -> None:
    assert {"model.onnx", "stages", "project", "deploy", "report", "build.log", "finn-build.json"} <= {
        path.name for path in out.iterdir()
    }
    assert (out / "model.onnx").read_bytes() == (digits / "digits_w2a2.onnx").read_bytes()
    assert {"driver.py", "runtime", "accelerator.json", "host.npz"} <= {
        p.name for p in (out / "deploy").iterdir()
    }
    assert [p.name for p in out.parent.iterdir()] == ["out"]


def test_a_moved_build_still_runs(out: Path, digits: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(out, moved)
    code, stdout, _ = invoke("verify", moved, "--input", digits / "x.npy", "--on", "rtlsim")
    assert (code, "360 of 360" in stdout) == (0, True)


@pytest.mark.parametrize("on", ["model", "rtlsim", "emulated"])
def test_run_gives_the_onnx_models_output_on_every_target(
    out: Path, digits: Path, tmp_path: Path, on: str
) -> None:
    result = tmp_path / "y.npy"
    code, stdout, _ = invoke("run", out, "--input", digits / "x.npy", "--output", result, "--on", on)
    assert (code, stdout) == (0, f"{result}\n")
    np.testing.assert_allclose(np.load(result), np.load(digits / "y.npy"), rtol=1e-4, atol=1e-4)


def test_run_names_the_classes(out: Path, digits: Path, tmp_path: Path) -> None:
    labels = ("--labels", digits / "labels.txt")
    code, stdout, _ = invoke(
        "run", out, "--input", digits / "x.npy", "--output", tmp_path / "y.npy", "--on", "model", *labels
    )
    best = np.load(digits / "y.npy").argmax(axis=1)
    assert code == 0
    assert stdout.splitlines() == [f"{image}\t{digit}" for image, digit in enumerate(best)]


def test_run_writes_waves(out: Path, digits: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.load(digits / "x.npy")[:2])
    waves = tmp_path / "waves.fst"
    files = ("--input", tmp_path / "x.npy", "--output", tmp_path / "y.npy")
    assert invoke("run", out, *files, "--on", "rtlsim", "--trace", waves)[0] == 0
    assert waves.stat().st_size > 1000


@pytest.mark.parametrize("on", ["model", "rtlsim", "emulated"])
def test_verify_with_and_without_a_reference(out: Path, digits: Path, on: str) -> None:
    expected = ("--expected", digits / "y.npy") if on != "model" else ()
    code, stdout, _ = invoke("verify", out, "--input", digits / "x.npy", *expected, "--on", on)
    assert code == 0
    assert "360 of 360 images equal the integer model" in stdout


def test_verify_prints_accuracies(out: Path, digits: Path) -> None:
    inputs = ("--input", digits / "x.npy", "--on", "model")
    code, stdout, _ = invoke("verify", out, *inputs, "--classes", digits / "labels.npy")
    assert code == 0
    assert "output logits: accuracy 97.78 %, of the reference 97.78 %, on 360 images\n" in stdout
    code, _, stderr = invoke("verify", out, *inputs, "--classes", digits / "x.npy")
    assert code == 1
    assert (
        "x.npy holds float32 of shape (360, 64); give the true class of each image, integers (360,)" in stderr
    )


def test_verify_fails_on_another_reference(out: Path, digits: Path, tmp_path: Path) -> None:
    wrong = np.load(digits / "y.npy")
    wrong[7, 3] += 1
    np.save(tmp_path / "y.npy", wrong)
    code, stdout, stderr = invoke(
        "verify", out, "--input", digits / "x.npy", "--expected", tmp_path / "y.npy", "--on", "model"
    )
    assert code == 1
    assert stderr == "verify: there are mismatches\n"
    assert "7" in stdout.splitlines()[-1] and "3" in stdout.splitlines()[-1]


def test_verify_sees_one_changed_bit_of_a_weight(out: Path, digits: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(out, broken)
    for memory in broken.rglob("MVAU_2_weights.mem"):
        words = memory.read_text().split()
        words[0] = f"{int(words[0], 16) ^ 1:0{len(words[0])}x}"
        memory.write_text("\n".join(words) + "\n")
    code, stdout, _ = invoke("verify", broken, "--input", digits / "x.npy", "--on", "rtlsim")
    assert code == 1
    assert "first mismatch: image" in stdout


def test_throughput_prints_the_metrics_as_json(out: Path) -> None:
    code, stdout, _ = invoke("throughput", out, "--batch", "100", "--on", "emulated")
    metrics = json.loads(stdout)
    assert code == 0
    assert metrics["batch_size"] == 100
    assert metrics["throughput[images/s]"] == pytest.approx(100 / (metrics["runtime[ms]"] * 1e-3))


def test_throughput_needs_a_board(out: Path) -> None:
    code, stdout, stderr = invoke("throughput", out, "--on", "rtlsim")
    assert (code, stdout) == (1, "")
    assert stderr == (
        "error: throughput is measured on a board, not on rtlsim; use --on emulated or ssh://user@host\n"
    )


def test_a_failed_build_leaves_an_earlier_one_as_it_was(out: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"nothing")
    before = (out / "finn-build.json").read_bytes()
    code, _, stderr = invoke("build", tmp_path / "bad.onnx", "-o", out)
    assert code == 1 and stderr.startswith("error: ") and "bad.onnx" in stderr
    assert (out / "finn-build.json").read_bytes() == before
    assert [p.name for p in out.parent.iterdir()] == ["out"]


def test_a_folder_that_is_no_build_is_not_replaced(digits: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    code, _, stderr = invoke("build", digits / "digits_w2a2.onnx", "-o", tmp_path / "mine")
    assert code == 1
    assert "mine exists and is no earlier build (it has no finn-build.json); choose another folder" in stderr
    assert (tmp_path / "mine" / "thesis.tex").read_text() == "years of work"


@pytest.fixture
def marked() -> Iterator[dict[str, str]]:
    """An environment by which a process and all its children can be told from others."""
    mark = uuid.uuid4().hex
    yield {**os.environ, "FINN_TEST_MARK": mark}
    assert running(mark) == []


def running(mark: str) -> list[str]:
    """Processes that have ``mark`` in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for children in /proc")
@pytest.mark.parametrize(
    "stage", ["folding", "FIFO sizing by simulation", "RTL and its simulation", "PYNQ shell"]
)
def test_an_interrupted_build_leaves_nothing(
    digits: Path, tmp_path: Path, marked: dict[str, str], stage: str
) -> None:
    command = [FINN, "build", digits / "digits_w2a2.onnx", "-o", tmp_path / "out", *SLOW_ENOUGH]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=marked)
    assert process.stderr is not None and process.stdout is not None
    seen = ""
    while stage not in seen:
        seen = process.stderr.readline()
        assert seen, "the build ended early"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=120)
    assert (process.returncode, stdout) == (130, "")
    assert stderr.splitlines()[-1:] == ["interrupted"]
    assert "Traceback" not in stderr
    assert list(tmp_path.iterdir()) == []
