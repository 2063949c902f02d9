"""What `finn doctor` finds, and what it says of what is missing."""

from __future__ import annotations

import dataclasses

import pytest
from typer.testing import CliRunner

from finn import doctor
from finn.cli.application import application
from finn.errors import FinnError

SUBJECTS = {
    "C++ compiler",
    "Verilator",
    "Python for the emulated board",
    "Yosys",
    "openXC7",
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


def test_missing_synthesis_tools_are_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    absent = {f.subject: f for f in doctor.check_machine() if f.subject in ("openXC7", "Vivado")}
    assert all(finding.missing and not finding.needed for finding in absent.values())


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
