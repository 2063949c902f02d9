"""Tools are stopped in time, and a failure is told with their own words."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from fake_tools import Witness, fake_load

from finn.errors import FinnError
from finn.toolchain.process import Tool, run_tool, run_tools


def python(code: str, folder: Path, artefact: Path | None = None) -> Tool:
    wanted = [artefact] if artefact else []
    return Tool("the tool", [sys.executable, "-c", code], folder / "tool.log", artefacts=wanted)


def test_output_is_returned_and_logged(tmp_path: Path) -> None:
    assert run_tool(python("print('done')", tmp_path), 30) == "done\n"
    assert (tmp_path / "tool.log").read_text() == "done\n"


def test_a_failure_has_the_exit_code_the_last_lines_and_the_log(tmp_path: Path) -> None:
    with pytest.raises(FinnError) as error:
        run_tool(python("print('first'); print('second'); raise SystemExit(3)", tmp_path), 30)
    log = tmp_path / "tool.log"
    assert str(error.value) == f"the tool failed (exit code 3): first | second; its log is {log}"


def test_a_missing_artefact_is_a_failure_even_if_an_old_one_lies_there(tmp_path: Path) -> None:
    artefact = tmp_path / "result"
    artefact.write_text("old")
    with pytest.raises(FinnError) as error:
        run_tool(python("pass", tmp_path, artefact), 30)
    log = tmp_path / "tool.log"
    assert (
        str(error.value) == f"the tool ended without an error but did not write {artefact}; its log is {log}"
    )


def shell(script: str, folder: Path, name: str = "Yosys") -> Tool:
    return Tool(name, ["/bin/sh", "-c", script], folder / f"{name}.log")


@pytest.mark.parametrize(("seconds", "wanting"), [(3, 0), (1, 9)], ids=["idle machine", "busy machine"])
def test_a_slow_tool_is_stopped_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: int, wanting: int
) -> None:
    fake_load(monkeypatch, wanting, 3)
    child = Witness(tmp_path)
    with pytest.raises(FinnError) as error:
        run_tool(shell(f"({child.script}) & wait", tmp_path), seconds)
    log = tmp_path / "Yosys.log"
    assert str(error.value) == f"Yosys did not end within 3 s and was stopped; its log is {log}"
    assert child.ended()


def test_one_failure_stops_the_others(tmp_path: Path) -> None:
    slow = Witness(tmp_path)
    begun = tmp_path / "begun"
    first = shell(f"until [ -e {begun} ]; do sleep 0.1; done; exit 3", tmp_path, "first")
    second = shell(f"{slow.script.replace('sleep', f'touch {begun}; sleep')}", tmp_path, "second")
    with pytest.raises(FinnError, match="exit code 3"):
        run_tools([first, second], 60)
    assert slow.ended()


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("kill -BUS $$", "was ended by signal SIGBUS: it printed nothing"),
        ("echo mapping; kill -SEGV $$", "was ended by signal SIGSEGV: mapping"),
        ("echo mapping; kill -KILL $$", "was ended by signal SIGKILL (out of memory is likely): mapping"),
        ("echo mapping; exit 137", "was ended by signal SIGKILL (out of memory is likely): mapping"),
        ("echo mapping; exit 255", "failed (exit code 255): mapping"),
        ("echo mapping; exit 130", "failed (exit code 130): mapping"),
        (
            "echo 'g++: fatal error: Killed signal terminated program cc1plus'; exit 1",
            "failed (exit code 1; out of memory is likely): "
            "g++: fatal error: Killed signal terminated program cc1plus",
        ),
    ],
)
def test_a_tool_that_was_killed_is_told_with_its_signal(tmp_path: Path, script: str, told: str) -> None:
    with pytest.raises(FinnError) as error:
        run_tool(shell(script, tmp_path), 60)
    assert str(error.value) == f"Yosys {told}; its log is {tmp_path / 'Yosys.log'}"


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        (["mapping", "Build succeeded: 0 errors"], "mapping"),
        (["Build succeeded: 0 errors, 3 warnings"], "it does not say why"),
        (["no errors found", "Errors: 0", "mapping"], "mapping"),
        (["ERROR: no error handler", "0 errors", "mapping"], "ERROR: no error handler"),
        (["Error: 0 is no width", "mapping"], "Error: 0 is no width"),
        (
            ["0 Critical Warnings and 1 Errors encountered", "mapping"],
            "0 Critical Warnings and 1 Errors encountered",
        ),
        (["%Warning-WIDTH: a.sv:1: too wide", "mapping"], "%Warning-WIDTH: a.sv:1: too wide"),
    ],
)
def test_what_is_shown_of_a_log_are_complaints(tmp_path: Path, printed: list[str], told: str) -> None:
    script = "".join(f"echo '{line}'; " for line in printed)
    with pytest.raises(FinnError) as error:
        run_tool(shell(script + "kill -BUS $$", tmp_path), 60)
    log = tmp_path / "Yosys.log"
    assert str(error.value) == f"Yosys was ended by signal SIGBUS: {told}; its log is {log}"


def test_a_tool_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FinnError) as error:
        run_tool(Tool("the tool", ["/nowhere/tool"], tmp_path / "log"), 5)
    assert str(error.value) == "the tool cannot be started: /nowhere/tool: No such file or directory"
