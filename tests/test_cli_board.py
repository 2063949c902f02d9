"""The commands against an emulated board that another process runs: deploy, run, doctor, refusals."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from command_line import invoke

from finn.toolchain.cache import cache_directory

FINN = Path(sys.executable).parent / "finn"
TRUST = "--accept-new-host-key"


@dataclass(frozen=True)
class Board:
    url: str
    password: str


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of our own: the emulated board's host key is not for the user's known_hosts."""
    monkeypatch.setenv("FINN_CACHE", str(cache_directory()))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture(scope="module")
def board() -> Iterator[Board]:
    password = secrets.token_urlsafe(9)
    process = subprocess.Popen(
        [FINN, "emulate", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "FINN_BOARD_PASSWORD": password},
    )
    assert process.stdout is not None
    found = re.search(r"ssh://\S+", process.stdout.readline())
    assert found is not None
    yield Board(found.group(), password)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == 130
    assert stderr.splitlines()[-1:] == ["interrupted"]


@pytest.fixture
def login(board: Board, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("FINN_BOARD_PASSWORD", board.password)
    return board.url


@pytest.fixture(scope="module")
def out(digits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "out"
    code, _, stderr = invoke("build", digits / "digits_w1a1.onnx", "-o", folder, "--target-fps", "400000")
    assert code == 0, stderr
    return folder


def test_a_board_without_the_deployment(login: str, out: Path, digits: Path, tmp_path: Path) -> None:
    files = ("--input", digits / "x.npy", "--output", tmp_path / "y.npy")
    code, stdout, stderr = invoke("run", out, *files, "--on", f"{login}/nothing_here", TRUST)
    assert (code, stdout, stderr.count("\n")) == (1, "", 1)
    assert stderr.startswith("error: ") and "finn deploy" in stderr


def test_deployed_build_runs_verifies_and_is_measured(
    login: str, out: Path, digits: Path, tmp_path: Path
) -> None:
    on = ("--on", f"{login}/digits", TRUST)
    code, stdout, stderr = invoke("deploy", out, *on)
    assert code == 0, stderr
    assert re.fullmatch(r"/home/xilinx/digits/finn-[0-9a-f]{16}\n", stdout)
    code, _, stderr = invoke("run", out, "--input", digits / "x.npy", "--output", tmp_path / "y.npy", *on)
    assert code == 0, stderr
    np.testing.assert_allclose(
        np.load(tmp_path / "y.npy"), np.load(digits / "y_w1a1.npy"), rtol=1e-4, atol=1e-4
    )
    code, stdout, _ = invoke("verify", out, "--input", digits / "x.npy", *on)
    assert (code, "360 of 360 images equal the integer model" in stdout) == (0, True)
    code, stdout, _ = invoke("throughput", out, "--batch", "200", *on)
    assert (code, json.loads(stdout)["batch_size"]) == (0, 200)
    code, stdout, stderr = invoke("throughput", out, "--batch", "20000", "--watch", *on)
    assert (code, json.loads(stdout)["batch_size"]) == (0, 20000)
    name = re.escape(login[6:])
    assert re.search(
        rf"^{name}: fold_input\[ms\] .*, idma0 cycles [\d,]+, .*odma0 stalled on", stderr, re.MULTILINE
    )


def test_doctor_looks_at_the_board(login: str) -> None:
    code, stdout, stderr = invoke("doctor", "--on", login, TRUST)
    assert code == 0, stdout + stderr
    for subject in ("login", "sudo", "Python", "NumPy", "pynq", "free disk"):
        assert re.search(rf"^ok +{subject} ", stdout, re.MULTILINE), stdout


def test_a_wrong_password_is_one_sentence(board: Board, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINN_BOARD_PASSWORD", "mistyped")
    code, stdout, stderr = invoke("deploy", out, "--on", board.url, TRUST)
    assert (code, stdout, stderr.count("\n")) == (1, "", 1)
    assert f"{board.url[6:]} refuses the login: the password or key is wrong" in stderr
    assert "mistyped" not in stderr


def test_a_host_that_does_not_answer_is_told_within_ten_seconds(out: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        end = f"127.0.0.1:{silent.getsockname()[1]}"
        code, stdout, stderr = invoke("deploy", out, "--on", f"ssh://xilinx@{end}")
    assert (code, stdout) == (1, "")
    assert stderr.splitlines()[-1] == (
        f"error: {end} did not answer within 10 s; check that the board is on, and its address"
    )
