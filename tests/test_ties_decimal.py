"""The shared network whose sums fall on ties: float32 executors differ, and float64 tells who is right."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from finn.build import BuildConfig, build
from finn.cli.application import application

EXECUTED = ["model", "rtlsim", "emulated"]


@pytest.fixture(scope="module")
def case(shared_models: Path) -> Path:
    folder = shared_models.parent / "cases" / "ties_decimal"
    if not folder.is_dir():
        pytest.skip("needs the shared case ../shared/cases/ties_decimal, which is not there")
    return folder


@pytest.fixture(scope="module")
def out(case: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(BuildConfig(case / "model.onnx", tmp_path_factory.mktemp("ties") / "out"))


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("on", EXECUTED)
def test_the_exact_answer_is_the_hardwares(out: Path, case: Path, on: str, given: bool) -> None:
    expected = ["--expected", case / "y.npy"] if given else []
    arguments = ["verify", out, "--input", case / "x.npy", *expected, "--on", on]
    result = CliRunner().invoke(application(), [str(argument) for argument in arguments])
    assert result.exit_code == 0
    hardware, ties, output = result.stdout.splitlines()
    assert hardware == "hardware output MVAU_1_out: 3 of 3 images equal the integer model"
    assert ties == "ties met, where float32 rounding may go either way: MVAU_0 32"
    assert output == (
        "output t21: 0 of 3 images within 1e-4 of the reference (0 of them equal); at 3 images float32"
        " rounding decided ties (MVAU_0 32), and the exact answer is the hardware's"
    )
