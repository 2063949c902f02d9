"""The resources that Yosys counts: they add up, the estimates are near them, and they can be read later."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest
from estimates import wrong_estimates
from typer.testing import CliRunner

from finn.build import BuildConfig, SynthesisReport, build, load_output, read_synthesis
from finn.build.synthesis import SYNTHESIS_FILE, synthesis_report
from finn.cli.application import application
from finn.core.build_dir import hardware_child
from finn.core.network import instances
from finn.design.kernel_synthesis import counted
from finn.errors import FinnError
from finn.resources import Resources
from finn.toolchain.mapping import Mapped


@pytest.fixture(scope="module")
def out(digits_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build with its report."""
    copy = tmp_path_factory.mktemp("synthesis") / "out"
    shutil.copytree(digits_out, copy)
    synthesis_report(load_output(copy))
    return copy


@pytest.fixture(scope="module")
def report(out: Path) -> SynthesisReport:
    found = read_synthesis(out)
    assert found is not None
    return found


def test_every_layer_and_the_shell_is_counted(out: Path, report: SynthesisReport) -> None:
    layers = [part.name for part in instances(hardware_child(load_output(out)))]
    assert [part.name for part in report.parts] == [*layers, "between layers", "idma0", "odma0", "control"]
    assert all(part.synthesised.lut for part in report.parts if part.name != "between layers")


def test_parts_add_up_to_all_cells(out: Path, report: SynthesisReport) -> None:
    modules = json.loads((out / "report" / "synth" / "cells.json").read_text())["modules"].values()
    cells = sum((counted(module["num_cells_by_type"]) for module in modules), Resources())
    assert report.total.synthesised == cells
    assert json.loads((out / SYNTHESIS_FILE).read_text())["total"]["synthesised"]["lut"] == cells.lut
    assert report.board_share["LUT"] == cells.lut / 53_200


def test_estimates_of_two_bit_digits(report: SynthesisReport) -> None:
    assert wrong_estimates(report) == []


def test_estimates_of_binary_digits(digits: Path, tmp_path: Path) -> None:
    config = BuildConfig(digits / "digits_w1a1.onnx", tmp_path / "out", target_fps=500_000, report="synth")
    found = read_synthesis(build(config))
    assert found is not None
    assert wrong_estimates(found) == []


def test_a_build_tells_its_counts_later(out: Path, report: SynthesisReport) -> None:
    start = time.process_time()
    result = CliRunner().invoke(application(), ["info", str(out)])
    assert result.exit_code == 0
    assert time.process_time() - start < 5
    total = report.total
    assert f"{total.synthesised.lut} / {total.estimate.lut}" in result.stdout
    assert "share of a Pynq-Z1 (Yosys" in result.stdout


def test_a_damaged_report_is_named(out: Path, tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / SYNTHESIS_FILE).write_text((out / SYNTHESIS_FILE).read_text().replace('"kind"', '"sort"'))
    with pytest.raises(FinnError) as error:
        read_synthesis(tmp_path)
    assert str(error.value) == f"{tmp_path / SYNTHESIS_FILE} is damaged; build again with --report synth"


def test_cells_that_belong_to_no_layer_are_refused(
    digits_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(digits_out, tmp_path / "out")
    (tmp_path / "netlist.v").touch()
    monkeypatch.setattr(
        "finn.build.synthesis.map_to_cells",
        lambda top, sources, memories, folder, kept: Mapped(
            tmp_path / "netlist.v", {module: {} for module in [*kept, top, "stray"]}
        ),
    )
    with pytest.raises(FinnError, match=r"^Yosys did not keep the layers apart \(stray\); use the version"):
        synthesis_report(load_output(tmp_path / "out"))


def test_a_failing_report_leaves_a_build_that_runs(
    digits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(top: str, sources: list[Path], memories: list[Path], folder: Path, kept: object) -> None:
        raise FinnError(f"Yosys failed; its log is {folder}/yosys.log")

    monkeypatch.setattr("finn.build.synthesis.map_to_cells", fail)
    place = tmp_path / "out"
    with pytest.raises(FinnError) as error:
        build(BuildConfig(digits / "digits_w2a2.onnx", place, target_fps=50_000, report="synth"))
    assert str(error.value) == (
        f"Yosys failed; its log is {place}/report/synth/yosys.log; {place} holds all the rest and runs with "
        "--on rtlsim and emulated"
    )
    assert read_synthesis(place) is None
    assert load_output(place).get_metadata_prop("finn_bitfiles")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_unknown_report_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FinnError) as error:
        BuildConfig(tmp_path / "model.onnx", tmp_path / "out", report="power")
    assert str(error.value) == "report 'power' is unknown; possible is synth"
