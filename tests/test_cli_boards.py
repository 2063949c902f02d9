"""The digits network on every board: what info tells, what is refused, and all the way on a ZCU104."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import SLOW_ENOUGH, invoke

from finn.boards import BOARDS, get_board
from finn.build.info import info
from finn.transformation.fpgadataflow import synth_pynq_proj
from finn.transformation.fpgadataflow.synth_pynq_proj import choose_toolchain

ULTRASCALE = [name for name in BOARDS if get_board(name).family == "zynq-ultrascale+"]


@pytest.mark.parametrize("name", BOARDS)
def test_the_default_folding_fills_the_board_and_does_not_exceed_it(name: str, digits: Path) -> None:
    found = info(digits / "digits_w2a2.onnx", name)
    assert found.board == name
    assert all(share <= 1 for share in found.board_share.values())
    # 16 bytes in and 10 out: fewer cycles than the memory needs for them make no sense.
    memory = get_board(name).memory_bytes_per_cycle(100.0)
    assert found.cycles_per_frame >= 26 / memory
    assert found.board_share["LUT"] > 0.3 or found.cycles_per_frame <= max(1, 52 / memory)


@pytest.mark.parametrize("name", BOARDS)
def test_a_larger_board_is_never_slower(name: str, digits: Path) -> None:
    smallest = info(digits / "digits_w2a2.onnx", "Cora-Z7-07S")
    assert info(digits / "digits_w2a2.onnx", name).cycles_per_frame <= smallest.cycles_per_frame


@pytest.mark.parametrize("name", ULTRASCALE)
def test_open_tools_are_refused_before_anything_is_made(name: str, digits: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, stdout, stderr = invoke(
        "build", digits / "digits_w2a2.onnx", "-o", out, "--board", name, "--toolchain", "openxc7"
    )
    assert (code, stdout) == (1, "")
    assert stderr == (
        f"error: openxc7 makes bitstreams for a Zynq-7000 only, {name} has a {get_board(name).part}; "
        "use the toolchain vivado, or verilator for an emulated board\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_auto_takes_open_tools_only_for_parts_that_they_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synth_pynq_proj, "find_vivado", lambda: None)
    monkeypatch.setattr(synth_pynq_proj, "absent", lambda part: False)
    assert choose_toolchain("auto", get_board("ZedBoard")) == "openxc7"
    assert choose_toolchain("auto", get_board("ZCU104")) == "verilator"
    monkeypatch.setattr(synth_pynq_proj, "find_vivado", lambda: Path("vivado"))
    assert choose_toolchain("auto", get_board("ZCU104")) == "vivado"


@pytest.fixture(scope="module")
def zcu104(digits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("zcu104") / "out"
    model = digits / "digits_w2a2.onnx"
    code, _, stderr = invoke("build", model, "-o", folder, "--board", "ZCU104", *SLOW_ENOUGH)
    assert code == 0, stderr
    return folder


def test_zcu104_is_equal_on_all_images(zcu104: Path, digits: Path) -> None:
    images = ("--input", digits / "x.npy", "--expected", digits / "y.npy")
    code, stdout, stderr = invoke("verify", zcu104, *images, "--on", "emulated")
    assert code == 0, stdout + stderr
    assert "360 of 360 images equal the integer model" in stdout


def test_zcu104_runs_at_the_networks_rate(zcu104: Path) -> None:
    code, stdout, stderr = invoke("throughput", zcu104, "--batch", "1000", "--on", "emulated")
    assert code == 0, stderr
    metrics = json.loads(stdout)
    assert metrics["fclk[mhz]"] == pytest.approx(100.0, rel=1e-4)
    expected = metrics["expected_cycles_per_frame"]
    assert expected <= metrics["cycles_per_frame"] <= expected + 0.5
    assert metrics["bound_by"] == "network"


def test_zcu104_project_holds_what_vivado_needs(zcu104: Path) -> None:
    script = (zcu104 / "project" / "vivado" / "build.tcl").read_text()
    assert "set part {xczu7ev-ffvc1156-2-e}" in script
    assert "set clock_pin_name {u_processor/u_ps8/PLCLK[0]}" in script
    assert "set synchroniser_name {}" in script
    assert "{shell/finn_ps8.sv}" in script and "finn_ps7" not in script
    assert "PS8 u_ps8 (" in (zcu104 / "project" / "shell" / "finn_ps8.sv").read_text()
