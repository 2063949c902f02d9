"""Tools are stopped in time, and a failure is told with their own words."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

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


def test_a_slow_tool_is_stopped_with_its_children(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    child = f"import time, pathlib; time.sleep(2.5); pathlib.Path({str(alive)!r}).touch()"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with pytest.raises(FinnError, match=r"the tool did not end within 1 s and was stopped"):
        run_tool(python(code, tmp_path), 1)
    time.sleep(2.5)
    assert not alive.exists()


def test_one_failure_stops_the_others(tmp_path: Path) -> None:
    start = time.monotonic()
    slow = Tool("slow", [sys.executable, "-c", "import time; time.sleep(20)"], tmp_path / "slow.log")
    with pytest.raises(FinnError, match="exit code 3"):
        run_tools([python("raise SystemExit(3)", tmp_path), slow], 60)
    assert time.monotonic() - start < 15


def test_a_tool_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FinnError) as error:
        run_tool(Tool("the tool", ["/nowhere/tool"], tmp_path / "log"), 5)
    assert str(error.value) == "the tool cannot be started: /nowhere/tool: No such file or directory"
