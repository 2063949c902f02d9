"""A TensorFlow Lite file through the command line: build, verify and run, int8 in and int8 out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tflite_networks import image_file
from typer.testing import CliRunner

from finn.build import BuildConfig, build
from finn.cli.application import application
from finn.frontend.host.reference import reference_execution


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tflite")
    (folder / "image.tflite").write_bytes(image_file().content())
    rng = np.random.default_rng(11)
    np.save(folder / "x.npy", rng.integers(-128, 128, (3, 7, 6, 3)).astype(np.int8))
    return build(BuildConfig(folder / "image.tflite", folder / "out"))


def finn(*arguments: object) -> tuple[int, list[str]]:
    result = CliRunner().invoke(application(), [str(argument) for argument in arguments])
    return result.exit_code, result.stdout.splitlines()


def test_the_build_holds_the_file_as_it_was(out: Path) -> None:
    assert (out / "model.tflite").read_bytes() == image_file().content()
    assert not (out / "model.onnx").exists()


@pytest.mark.parametrize("on", ["model", "rtlsim"])
def test_every_value_equals_the_reference(out: Path, on: str) -> None:
    code, lines = finn("verify", out, "--input", out.parent / "x.npy", "--on", on)
    assert (code, lines) == (
        0,
        [
            "hardware output MVAU_1_out: 3 of 3 images equal the integer model",
            "output classes: 3 of 3 images equal the reference",
        ],
    )


def test_a_wrong_expectation_is_told(out: Path, tmp_path: Path) -> None:
    x = np.load(out.parent / "x.npy")
    y = reference_execution(out / "model.tflite", {"pixels": x})["classes"]
    y[1, 2] += 1
    np.save(tmp_path / "y.npy", y)
    code, lines = finn(
        *("verify", out, "--input", out.parent / "x.npy"),
        *("--expected", tmp_path / "y.npy", "--on", "model"),
    )
    assert code == 1
    assert lines[-1].startswith(
        f"output classes: 2 of 3 images equal the reference; first mismatch: image 1, index [2]: expected"
        f" {y[1, 2]}, got {y[1, 2] - 1}"
    )


def test_what_is_written_is_int8(out: Path, tmp_path: Path) -> None:
    code, _ = finn(
        *("run", out, "--input", out.parent / "x.npy", "--output", tmp_path / "y.npy"), "--on", "model"
    )
    y = np.load(tmp_path / "y.npy")
    assert (code, y.dtype, y.shape) == (0, np.int8, (3, 4))
