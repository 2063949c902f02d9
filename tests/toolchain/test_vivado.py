"""The script for Vivado runs under tclsh with Vivado's commands declared; each of its checks can fail.

There is no Vivado here: nothing in this file shows that Vivado takes the RTL or meets a clock.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from fake_vivado import run_script, write_driver

from finn.errors import FinnError
from finn.shell.real_bit import check_real_bit
from finn.toolchain.vivado import (
    SCRIPT,
    VivadoDesign,
    find_vivado,
    read_result,
    run_vivado,
    version,
    write_script,
)

PART = "xc7z020clg400-1"
BUILD_ID = 0x1234ABCD


class Project:
    """A project with a script, and a Vivado that is Tcl with its commands declared."""

    def __init__(self, root: Path, *, clk_mhz: float = 100.0, **settings: object) -> None:
        self.root = root
        for name in ("shell/finn_top.sv", "rtl/kernel with space.sv", "rtl/weights.mem"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text("\n")
        sources = ["shell/finn_top.sv", "rtl/kernel with space.sv"]
        design = VivadoDesign(
            "finn_top", PART, sources, ["rtl/weights.mem"], clk_mhz, BUILD_ID, "a-zynq.bit", **settings
        )
        self.folder = root / "vivado"
        self.script = write_script(design, self.folder)

    def run(self, **scenario: str) -> subprocess.CompletedProcess[str]:
        """Run the script; ``scenario`` changes what the commands answer."""
        return run_script(self.script, self.root, **scenario)

    def change(self, old: str, new: str) -> None:
        """Break the script."""
        text = self.script.read_text()
        assert text.count(old) == 1
        self.script.write_text(text.replace(old, new))

    def calls(self) -> list[str]:
        """The commands so far."""
        return (self.root / "calls.txt").read_text().splitlines()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project in a folder whose name has a space and brackets."""
    return Project(tmp_path / "a project [1]")


def refused(project: Project, reason: str, **scenario: str) -> None:
    """The run fails for the reason, and leaves neither a bitstream nor a result."""
    done = project.run(**scenario)
    assert done.returncode == 1 and done.stderr.strip() == f"ERROR: {reason}"
    assert not list(project.folder.glob("*.bit")) and not (project.folder / "result.json").exists()


def test_a_run_that_meets_the_clock(project: Project) -> None:
    done = project.run()
    assert done.returncode == 0, done.stderr
    result = read_result(project.folder)
    assert (result.build_id, result.clk_mhz, result.version) == (BUILD_ID, 100.0, "2019.1")
    assert (result.wns_ns, result.whs_ns) == (0.312, 0.041)
    assert result.achieved_mhz == pytest.approx(1000 / (10 - 0.312))
    assert result.used == {"LUT": 7360.0, "FF": 24989.0, "BRAM36": 1.5, "DSP": 0.0}
    bitstream = check_real_bit(result.bit, PART)
    assert bitstream.design == "finn_top;UserID=0X1234ABCD;Version=2019.1"
    for report in ("timing.rpt", "utilisation.rpt", "drc.rpt", "routed.dcp"):
        assert (project.folder / report).is_file()


def test_what_is_constrained(project: Project) -> None:
    assert project.run().returncode == 0
    calls = project.calls()
    assert calls[0].startswith("read_verilog -sv") and calls[0].count(".sv") == 2
    assert calls[1].startswith("read_mem") and calls[1].count(".mem") == 1
    assert calls[2] == f"synth_design -top finn_top -part {PART} -flatten_hierarchy rebuilt"
    assert "create_clock -name fclk0 -period 10.000 {u_processor/u_ps7/FCLKCLK[0]}" in calls
    both = "{{u_reset/synchroniser_reg[1]} {u_reset/synchroniser_reg[0]}}"
    assert f"set_property ASYNC_REG TRUE {both}" in calls
    assert "set_false_path -to {{u_reset/synchroniser_reg[0]/D}}" in calls
    assert "set_property BITSTREAM.CONFIG.USERID 0x1234ABCD design_1" in calls
    assert calls.index("route_design") > calls.index("place_design") > calls.index("opt_design")


@pytest.mark.parametrize(("clk_mhz", "period"), [(150.0, "6.666"), (66.6, "15.015"), (100.0, "10.000")])
def test_the_period_is_never_longer_than_the_clock_allows(
    tmp_path: Path, clk_mhz: float, period: str
) -> None:
    project = Project(tmp_path, clk_mhz=clk_mhz)
    assert project.run().returncode == 0
    assert f"create_clock -name fclk0 -period {period} {{u_processor/u_ps7/FCLKCLK[0]}}" in project.calls()
    assert float(period) <= 1000 / clk_mhz


ULTRASCALE = {"clock_pin": "u_processor/u_ps8/PLCLK[0]", "fabric_reset": False}


def test_ultrascale_has_another_clock_pin_and_no_fabric_reset(tmp_path: Path) -> None:
    project = Project(tmp_path, **ULTRASCALE)
    done = project.run(clock_pins=ULTRASCALE["clock_pin"], synchronisers="", family="CLB")
    assert done.returncode == 0, done.stderr
    assert "create_clock -name fclk0 -period 10.000 {u_processor/u_ps8/PLCLK[0]}" in project.calls()
    assert not any(call.startswith("set_false_path") for call in project.calls())
    used = read_result(project.folder).used
    assert (used["LUT"], used["FF"]) == (7360.0, 24989.0)
    refused(project, "there are 0 of the pin u_processor/u_ps8/PLCLK[0] where there must be one")


MISSED = "the clock of 100 MHz is missed: {} is {} ns, from u_network/MVAU_0/sum_reg/C to u_idma0/count_reg/D"
ABSENT = "{} is absent: the slowest path is not constrained"
NO_PATH = "{} is absent: Vivado reports no timed path, so that nothing is known of the clock"


@pytest.mark.parametrize(
    ("scenario", "reason"),
    [
        ({"setup": "-0.001"}, MISSED.format("WNS", "-0.001")),
        ({"hold": "-0.020"}, MISSED.format("WHS", "-0.020")),
        ({"setup": ""}, ABSENT.format("WNS")),
        ({"setup": "inf"}, ABSENT.format("WNS")),
        ({"hold": ""}, ABSENT.format("WHS")),
        ({"paths": "0"}, NO_PATH.format("WNS")),
        (
            {"unclocked": " There are 33 register/latch pins with no clock driven by root clock pin: a/Q"},
            "33 registers have no clock, so that their timing is not known",
        ),
        (
            {
                "unclocked": "There is 1 register/latch pin with no clock.\n"
                "There are 2 register/latch pins with no clock driven by root clock pin: b/Q"
            },
            "3 registers have no clock, so that their timing is not known",
        ),
        ({"unclocked": "all is well"}, "check_timing does not say how many registers have no clock"),
        (
            {"synchronisers": ""},
            "the reset synchroniser has 0 registers where it must have two",
        ),
        (
            {"synchronisers": "{u_reset/synchroniser_reg[0]}"},
            "the reset synchroniser has 1 registers where it must have two",
        ),
        (
            {"clock_pins": ""},
            "there are 0 of the pin u_processor/u_ps7/FCLKCLK[0] where there must be one",
        ),
    ],
)
def test_each_check_can_fail(project: Project, scenario: dict[str, str], reason: str) -> None:
    refused(project, reason, **scenario)


def test_an_earlier_bitstream_does_not_outlive_a_failure(project: Project) -> None:
    assert project.run().returncode == 0
    refused(project, MISSED.format("WNS", "-1"), setup="-1")


def test_without_a_clock_nothing_passes(project: Project) -> None:
    project.change("create_clock -name fclk0 -period $period_ns $clock_pin\n", "")
    refused(project, ABSENT.format("WNS"))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("opt_design\nplace", "opt_design -sharpen\nplace", "opt_design: -sharpen is not declared"),
        ("phys_opt_design\n", "phys_optimise_design\n", 'invalid command name "phys_optimise_design"'),
        (
            "phys_opt_design\n",
            "phys_opt_design a\n",
            "phys_opt_design: 1 arguments where 0 to 0 are declared",
        ),
        ("place_design\nphys", "phys", "this comes before place_design"),
        ("read_verilog -sv $rtl", "read_verilog $rtl", "SystemVerilog is read with -sv"),
        ("-max_paths 10 -file [file join $here timing.rpt]", "-max_paths", "-max_paths takes a value"),
    ],
)
def test_what_vivado_does_not_declare_fails(project: Project, old: str, new: str, complaint: str) -> None:
    project.change(old, new)
    done = project.run()
    assert done.returncode == 1 and complaint in done.stderr
    assert not (project.folder / "result.json").exists()


def test_a_missing_memory_file_fails(project: Project) -> None:
    (project.root / "rtl" / "weights.mem").unlink()
    done = project.run()
    assert done.returncode == 1 and "there is no" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"wns_ns": 0.312', '"wns_ns": -0.312', "a slack of -0.312 ns"),
        ('"whs_ns": 0.041', '"whs_ns": 1e999', "a slack of inf ns"),
        ('"clk_mhz"', '"clock"', "'clk_mhz'"),
    ],
)
def test_a_damaged_result_is_refused(project: Project, old: str, new: str, reason: str) -> None:
    assert project.run().returncode == 0
    path = project.folder / "result.json"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(FinnError) as error:
        read_result(project.folder)
    assert (
        str(error.value)
        == f"{path} is damaged ({reason}); run `vivado -mode batch -source build.tcl` there again"
    )


def test_a_script_that_did_not_end(project: Project) -> None:
    with pytest.raises(FinnError) as error:
        read_result(project.folder)
    assert str(error.value) == (
        f"{project.folder} holds no result.json: the script did not run to its end; run "
        "`vivado -mode batch -source build.tcl` there"
    )


def vivado_on_path(project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch, **scenario: str) -> Path:
    """A program called vivado that hands the script to tclsh with the commands declared."""
    driver = write_driver(project.script, project.root, **scenario)
    program = folder / "vivado"
    program.write_text(
        "#!/bin/sh\n"
        '[ "$1" = -version ] && { echo "Vivado v2019.1 (64-bit)"; echo more; exit 0; }\n'
        '[ "$*" = "-mode batch -nojournal -notrace -log vivado.log -source build.tcl" ] || exit 3\n'
        f'[ "$PWD" -ef "{project.folder}" ] || exit 4\n'
        f'exec tclsh "{driver}"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return program


def test_vivado_on_path_is_run(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = vivado_on_path(project, tmp_path, monkeypatch)
    assert find_vivado() == program and version() == "Vivado v2019.1 (64-bit)"
    assert run_vivado(project.folder).wns_ns == 0.312


def test_a_failing_vivado_is_quoted(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vivado_on_path(project, tmp_path, monkeypatch, setup="-2.5")
    with pytest.raises(FinnError) as error:
        run_vivado(project.folder)
    log = project.folder / "console.log"
    missed = MISSED.format("WNS", "-2.5")
    assert str(error.value) == f"Vivado failed (exit code 1): ERROR: {missed}; its log is {log}"


def test_without_vivado_it_says_how_to_run_elsewhere(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    with pytest.raises(FinnError) as error:
        run_vivado(project.folder)
    assert str(error.value) == (
        f"vivado is not on PATH: copy {project.root} to a machine with Vivado 2019.1 or later, run "
        "`vivado -mode batch -source build.tcl` in its folder vivado, copy that folder back, and run "
        f"`finn build --adopt {project.folder}`"
    )
    assert (project.folder / SCRIPT).is_file()
