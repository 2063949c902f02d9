"""``finn build`` for the chip: without the tools, with fakes of them, and with a bitstream from elsewhere."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from command_line import invoke
from fake_openxc7 import FakeOpenXC7
from fake_vivado import run_script
from qonnx.core.modelwrapper import ModelWrapper

from finn.build import load_output
from finn.errors import FinnError
from finn.shell.real_bit import check_real_bit
from finn.toolchain.chip_netlist import PLACEABLE, Netlist
from finn.toolchain.nextpnr import layer_of
from finn.transformation.fpgadataflow import chip_bitstream
from finn.transformation.fpgadataflow.synth_pynq_proj import SynthPYNQProject

PART = "xc7z020clg400-1"
SMALL = ("--target-fps", "100000")
REST = "holds all the rest and runs with --on rtlsim and emulated"
MISSING = (
    "openXC7 is incomplete, missing are: nextpnr-xilinx, fasm2frames, xc7frames2bit, chip database "
    "xc7z020.bin, prjxray database zynq7/xc7z020clg400-1; install openXC7 "
    "(https://github.com/openXC7/toolchain-installer), then put its programs on PATH or name its folder "
    "in FINN_OPENXC7"
)


def refusal(*arguments: object) -> str:
    """The one line that a command ends with, exit code 1."""
    code, stdout, stderr = invoke(*arguments)
    assert (code, stdout) == (1, "") and stderr.count("error: ") == 1
    return stderr.splitlines()[-1].removeprefix("error: ")


@pytest.fixture(scope="module")
def without_tools() -> object:
    """Neither openXC7 nor Vivado, whatever this machine has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", "/usr/bin:/bin")
        for name in ("FINN_OPENXC7", "CHIPDB", "PRJXRAY_DB_DIR"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="module")
def openxc7_refusal(
    without_tools: object, digits: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """A build as far as it goes without openXC7, and what the command said."""
    out = tmp_path_factory.mktemp("openxc7") / "out"
    said = refusal("build", digits / "digits_w2a2.onnx", "-o", out, "--toolchain", "openxc7", *SMALL)
    return out, said


@pytest.fixture(scope="module")
def vivado_refusal(
    without_tools: object, digits: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """A build as far as it goes without Vivado, and what the command said."""
    out = tmp_path_factory.mktemp("vivado") / "out"
    said = refusal("build", digits / "digits_w2a2.onnx", "-o", out, "--toolchain", "vivado", *SMALL)
    return out, said


def test_without_openxc7_everything_up_to_the_netlist_is_there(openxc7_refusal: tuple[Path, str]) -> None:
    out, said = openxc7_refusal
    folder = out / "project" / "openxc7"
    assert said == f"{MISSING}; the netlist is {folder / 'top.json'}; {out} {REST}"
    assert (folder / "top.xdc").is_file() and (folder / "script.ys").is_file()
    for name in ("model.onnx", "finn-build.json", "build.log", "deploy/accelerator.json"):
        assert (out / name).is_file()
    assert json.loads((out / "finn-build.json").read_text())["failure"] == said.rpartition(f"; {out}")[0]


def test_the_netlist_holds_what_can_be_placed(openxc7_refusal: tuple[Path, str]) -> None:
    netlist = openxc7_refusal[0] / "project" / "openxc7" / "top.json"
    top = json.loads(netlist.read_text())["modules"]["finn_top"]
    registers = [name for name, cell in top["cells"].items() if cell["type"] == "FDRE"]
    told = {layer_of(name) for name in registers}
    assert {"MVAU_0", "MVAU_2", "idma0", "odma0", "shell"} <= told
    assert not any(layer.startswith("$") for layer in told)
    kinds = [cell["type"] for cell in top["cells"].values()]
    assert set(kinds) <= PLACEABLE - {"IBUF", "OBUF"}
    assert (kinds.count("PS7"), kinds.count("BUFG"), top["ports"]) == (1, 1, {})
    (processor,) = (cell for cell in top["cells"].values() if cell["type"] == "PS7")
    inputs = [pin for pin, way in processor["port_directions"].items() if way == "input"]
    assert {"FPGAIDLEN", "FCLKCLKTRIGN", "SAXIHP3WDATA", "MAXIGP1RDATA"} <= set(inputs)
    assert all("x" not in processor["connections"][pin] for pin in inputs)


def test_it_runs_on_an_emulated_board_all_the_same(
    openxc7_refusal: tuple[Path, str], digits: Path, tmp_path: Path
) -> None:
    import numpy as np

    few = tmp_path / "x.npy"
    np.save(few, np.load(digits / "x.npy")[:20])
    code, _, stderr = invoke("verify", openxc7_refusal[0], "--input", few, "--on", "emulated")
    assert code == 0, stderr


@pytest.fixture
def copy(openxc7_refusal: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the build whose netlist is not made again."""
    out = tmp_path / "copy"
    shutil.copytree(openxc7_refusal[0], out)
    netlist = Netlist(out / "project" / "openxc7" / "top.json", {"LUT6": 5, "RAM64M": 2}, (), "Yosys 0")
    monkeypatch.setattr(chip_bitstream, "synthesise", lambda *arguments: netlist)
    return out


def fake_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reached: dict[int, float]) -> None:
    monkeypatch.setenv("FINN_OPENXC7", str(FakeOpenXC7(tmp_path / "openxc7", reached).root))


def clock_of(model: ModelWrapper, out: Path) -> float:
    """The clock in MHz that the ``.hwh`` of the chip's bitstream tells ``pynq``."""
    bit = out / json.loads(model.get_metadata_prop("finn_bitfiles"))["zynq"]
    check_real_bit(bit, PART)
    text = bit.with_suffix(".hwh").read_text()
    found = re.search(r'NAME="PCW_ACT_FPGA0_PERIPHERAL_FREQMHZ" VALUE="([\d.]+)"', text)
    assert found
    return float(found.group(1))


def test_the_report_of_openxc7(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_tools(tmp_path, monkeypatch, {1: 120.0, 2: 171.5})
    model = load_output(copy).transform(SynthPYNQProject("openxc7"))
    assert clock_of(model, copy) == 100.0
    report = json.loads((copy / "report" / "openxc7.json").read_text())
    assert report.pop("build_id") > 0
    assert report == {
        "toolchain": "openxc7",
        "part": PART,
        "timing": "estimate",
        "target_clk_mhz": 100.0,
        "achieved_clk_mhz": 100.0,
        "margin": 1.6,
        "asked_mhz (estimate)": 160.0,
        "reported_mhz (estimate)": 171.5,
        "seed": 2,
        "read_back": True,
        "netlist": {"LUT": 13, "LUTRAM": 8, "FF": 0, "CARRY4": 0, "BRAM18": 0, "DSP": 0},
        "cells": {"LUT6": 5, "RAM64M": 2},
        "synthesised_without": [],
        "utilisation": {
            "SLICE_LUTX": {"used": 5120, "of": 106400},
            "SLICE_FFX": {"used": 900, "of": 106400},
            "RAMB18E1": {"used": 3, "of": 280},
        },
        "versions": {
            "yosys": "Yosys 0",
            "nextpnr-xilinx": "nextpnr-xilinx (fake)",
            "fasm2frames": "fasm2frames.py (fake)",
            "xc7frames2bit": "xc7frames2bit (fake)",
        },
    }


def test_the_fastest_clock_reaches_the_hwh(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tools(tmp_path, monkeypatch, {1: 120.0, 2: 121.0, 3: 100.0})
    before = load_output(copy).get_metadata_prop("finn_bitstream")
    model = load_output(copy).transform(SynthPYNQProject("openxc7", fastest=True))
    assert model.get_metadata_prop("finn_bitstream") != before
    assert float(model.get_metadata_prop("clk_mhz")) == 75.6
    report = json.loads((copy / "report" / "openxc7.json").read_text())
    assert report["target_clk_mhz"] == 100.0 and report["achieved_clk_mhz"] == 75.6
    # The nearest clock below it that the processor's dividers give.
    assert 70 < clock_of(model, copy) <= 75.6 <= report["reported_mhz (estimate)"] / 1.6


def test_a_missed_clock_leaves_no_bitstream(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tools(tmp_path, monkeypatch, {1: 90.0, 2: 120.0, 3: 100.0})
    with pytest.raises(FinnError, match=r"the clock of 100 MHz is missed: .* goes from MVAU_0 to idma0"):
        load_output(copy).transform(SynthPYNQProject("openxc7"))
    assert not list((copy / "project").glob("*-zynq.*"))


def test_without_vivado_it_says_how_to_run_elsewhere(vivado_refusal: tuple[Path, str]) -> None:
    out, said = vivado_refusal
    folder = out / "project" / "vivado"
    assert said == (
        f"vivado is not on PATH: copy {folder.parent} to a machine with Vivado 2019.1 or later, run "
        "`vivado -mode batch -source build.tcl` in its folder vivado, copy that folder back, and run "
        f"`finn build --adopt {folder}`; {out} {REST}"
    )


@pytest.fixture
def elsewhere(vivado_refusal: tuple[Path, str], tmp_path: Path) -> Path:
    """A copy of the build whose project was run through on another machine and came back."""
    out, machine = tmp_path / "out", tmp_path / "other machine"
    shutil.copytree(vivado_refusal[0], out)
    shutil.copytree(out / "project", machine / "project")
    done = run_script(machine / "project" / "vivado" / "build.tcl", tmp_path)
    assert done.returncode == 0, done.stderr
    shutil.rmtree(out / "project" / "vivado")
    shutil.copytree(machine / "project" / "vivado", out / "project" / "vivado")
    return out


@pytest.mark.parametrize("named", ["", "project/vivado"])
def test_a_bitstream_from_elsewhere_is_adopted(elsewhere: Path, named: str) -> None:
    assert invoke("build", "--adopt", elsewhere / named)[:2] == (0, f"{elsewhere}\n")
    (bit,) = (elsewhere / "deploy").glob("*-zynq.bit")
    assert check_real_bit(bit, PART).design.startswith("finn_top;UserID=0X")
    assert bit.with_suffix(".hwh").is_file()
    assert (
        json.loads((elsewhere / "deploy" / "accelerator.json").read_text())["bitstreams"]["zynq"] == bit.name
    )
    report = json.loads((elsewhere / "report" / "vivado.json").read_text())
    assert (report["target_clk_mhz"], report["wns_ns"], report["whs_ns"]) == (100.0, 0.312, 0.041)
    assert report["utilisation"] == {"LUT": 7360, "FF": 24989, "BRAM36": 1.5, "DSP": 0}
    assert (report["timing"], report["versions"]) == ("sign-off by Vivado", {"vivado": "2019.1"})


def test_a_folder_outside_is_adopted_into_the_build_that_is_named(elsewhere: Path, tmp_path: Path) -> None:
    outside = tmp_path / "other machine" / "project" / "vivado"
    said = refusal("build", "--adopt", outside)
    assert said == f"{outside} lies in no build; name the build that it belongs to with -o OUT"
    assert invoke("build", "--adopt", outside, "-o", elsewhere)[:2] == (0, f"{elsewhere}\n")


def test_a_bitstream_of_another_build_is_refused(elsewhere: Path) -> None:
    result = elsewhere / "project" / "vivado" / "result.json"
    data = json.loads(result.read_text())
    result.write_text(json.dumps({**data, "build_id": data["build_id"] ^ 1}))
    said = refusal("build", "--adopt", elsewhere)
    assert said.endswith(
        f"is of another build (it must carry UserID=0X{data['build_id']:08X}); run the script of this "
        "build's project"
    )
    result.write_text(json.dumps({**data, "clk_mhz": 90.0}))
    assert "was made for 90 MHz, this build runs at 100" in refusal("build", "--adopt", elsewhere)
    result.unlink()
    assert "holds no result.json: the script did not run to its end" in refusal("build", "--adopt", elsewhere)
    assert not list((elsewhere / "deploy").glob("*-zynq.*"))
