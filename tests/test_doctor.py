"""What `finn doctor` finds, and what it says of what is missing."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from fake_openxc7 import FakeOpenXC7
from typer.testing import CliRunner

from finn import doctor
from finn.cli.application import application
from finn.errors import FinnError

OPENXC7 = (
    "nextpnr-xilinx",
    "fasm2frames",
    "xc7frames2bit",
    "chip database xc7z020.bin",
    "prjxray database zynq7/xc7z020clg400-1",
)
SUBJECTS = {
    "C++ compiler",
    "Verilator",
    "Python for the emulated board",
    "Yosys",
    *OPENXC7,
    "Vivado",
    "OpenSSH client",
}


@dataclasses.dataclass
class Result:
    stdout: str = ""
    stderr: str = ""
    exit_status: int = 0


class Board:
    """A board that answers commands from a table; others fail."""

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers = answers

    def run(self, command: str) -> Result:
        for part, answer in self.answers.items():
            if part in command:
                return Result(stdout=answer)
        return Result(stderr="command not found", exit_status=127)

    sudo = run


def test_every_subject_of_the_machine_is_told() -> None:
    findings = doctor.check_machine()
    assert {finding.subject for finding in findings} == SUBJECTS
    assert all(finding.text for finding in findings)


def test_a_missing_needed_tool_ends_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_compiler() -> str:
        raise FinnError("no C++ compiler was found")

    monkeypatch.setattr(doctor, "_compiler", no_compiler)
    result = CliRunner().invoke(application(), ["doctor"])
    assert result.exit_code == 1
    assert "MISSING  C++ compiler" in result.stdout and "no C++ compiler was found" in result.stdout


@pytest.fixture
def no_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    for name in ("FINN_OPENXC7", "CHIPDB", "PRJXRAY_DB_DIR"):
        monkeypatch.delenv(name, raising=False)


def test_missing_synthesis_tools_are_no_failure_and_how_to_get_them_is_told(no_tools: None) -> None:
    absent = {f.subject: f for f in doctor.check_machine() if f.subject in (*OPENXC7, "Vivado")}
    assert len(absent) == 6
    assert all(finding.missing and not finding.needed for finding in absent.values())
    assert [absent[subject].text for subject in OPENXC7] == [
        "install openXC7 (https://github.com/openXC7/toolchain-installer), then put its programs on PATH or "
        "name its folder in FINN_OPENXC7",
        "part of openXC7, like nextpnr-xilinx; by itself: utils of the project prjxray",
        "part of openXC7, like nextpnr-xilinx; by itself: tools of the project prjxray",
        "part of openXC7; if it lies elsewhere, name it in CHIPDB",
        "part of openXC7; if it lies elsewhere, name the folder of zynq7 in PRJXRAY_DB_DIR",
    ]
    assert absent["Vivado"].text == (
        "vivado is not on PATH; 2019.1 or later serves, source its settings64.sh first"
    )


def test_synthesis_tools_are_told_with_place_and_version(
    no_tools: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = FakeOpenXC7(tmp_path / "openxc7", {})
    vivado = tmp_path / "vivado"
    vivado.write_text("#!/bin/sh\necho 'Vivado v2019.1 (64-bit)'\n")
    vivado.chmod(0o755)
    monkeypatch.setenv("FINN_OPENXC7", str(made.root))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found = {finding.subject: finding.text for finding in doctor.check_machine() if not finding.missing}
    bin_folder = made.root / "bin"
    assert found["nextpnr-xilinx"] == f"{bin_folder / 'nextpnr-xilinx'} (version nextpnr-xilinx (fake))"
    assert found["fasm2frames"] == f"{bin_folder / 'fasm2frames.py'} (version fasm2frames.py (fake))"
    assert found["chip database xc7z020.bin"] == str(made.chipdb)
    assert found["prjxray database zynq7/xc7z020clg400-1"] == str(made.database)
    assert found["Vivado"] == f"{vivado}: Vivado v2019.1 (64-bit)"
    assert found["Yosys"].startswith("Yosys 0.")


def test_a_board_with_everything() -> None:
    board = Board(
        {
            "--version": "Python 3.6.5",
            "numpy": "1.13.3",
            "df -Pk": "head\n/dev/root 9 8 2048000 1% /",
            "id -u": "0",
        }
    )
    assert doctor._board_version(board, "numpy") == "1.13.3"
    assert doctor._board_disk(board) == "2000 MiB"
    assert doctor._board_sudo(board) == "works"


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (
            lambda b: doctor._board_version(b, "pynq"),
            "`import pynq` fails there; use a PYNQ image 2.5 or later",
        ),
        (doctor._board_sudo, "sudo is refused; the user must be in sudoers, as xilinx is on PYNQ images"),
        (
            lambda b: doctor._board_output(b, "python3 --version"),
            "`python3 --version` fails there: command not found",
        ),
    ],
)
def test_a_board_without(check: object, message: str) -> None:
    with pytest.raises(FinnError) as refused:
        check(Board({}))  # type: ignore[operator]
    assert str(refused.value) == message


def test_a_full_board() -> None:
    with pytest.raises(FinnError, match=r"10 MiB; remove files until 100 MiB are free"):
        doctor._board_disk(Board({"df": "head\n/dev/root 9 8 10240 99% /"}))  # type: ignore[arg-type]
