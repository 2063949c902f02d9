"""Running external tools: time-out, exit code and artefacts checked, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import AnyStr

from finn.errors import FinnError
from finn.toolchain.endings import complaints, killer, lack
from finn.toolchain.limits import Deadline, in_seconds

__all__ = ("Tool", "run_tool", "run_tools", "stop")

GRACE_SECONDS = 2.0


@dataclass(frozen=True)
class Tool:
    """One call of an external tool.

    Attributes
    ----------
    name
        What the user knows the tool by, for messages.
    command
        The program and its arguments.
    log
        File that receives standard output and standard error.
    output
        File that receives standard output alone; None leaves it to the log.
    directory
        Working directory; None is the caller's.
    artefacts
        Files that must be new and not empty afterwards.
    environment
        Variables on top of the caller's.
    """

    name: str
    command: Sequence[str]
    log: Path
    directory: Path | None = None
    artefacts: Sequence[Path] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    output: Path | None = None


def run_tool(tool: Tool, timeout: float) -> str:
    """Run one tool and return what it printed; see `run_tools`."""
    return run_tools([tool], timeout)[0]


def run_tools(tools: Sequence[Tool], timeout: float) -> list[str]:
    """Run tools side by side and return what each printed.

    Parameters
    ----------
    tools
        All are started at once.
    timeout
        Seconds in which all must have ended on an idle machine; more on a busy one.

    Raises
    ------
    FinnError
        A tool cannot be started, ends with an error or by a signal, does not write an artefact, or is
        too slow.
    """
    deadline = Deadline(timeout)
    running: list[subprocess.Popen[bytes]] = []
    try:
        for tool in tools:
            running.append(_start(tool))
        for tool, process in zip(tools, running, strict=True):
            _wait(tool, process, deadline)
    finally:
        for process in running:
            stop(process)
    return [tool.log.read_text(errors="replace") for tool in tools]


def _start(tool: Tool) -> subprocess.Popen[bytes]:
    for artefact in tool.artefacts:
        artefact.unlink(missing_ok=True)
    tool.log.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as files:
        log = files.enter_context(tool.log.open("wb"))
        output = files.enter_context(tool.output.open("wb")) if tool.output else log
        try:
            # A session of its own: a compiler driver's children end with it.
            return subprocess.Popen(
                list(tool.command),
                cwd=tool.directory,
                env={**os.environ, **tool.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=log,
                start_new_session=True,
            )
        except OSError as error:
            raise FinnError(f"{tool.name} cannot be started: {tool.command[0]}: {error.strerror}") from None


def _wait(tool: Tool, process: subprocess.Popen[bytes], deadline: Deadline) -> None:
    try:
        code = deadline.wait(process.wait)
    except subprocess.TimeoutExpired:
        raise FinnError(
            f"{tool.name} did not end within {in_seconds(deadline.seconds)} and was stopped; "
            f"its log is {tool.log}"
        ) from None
    if code:
        raise FinnError(f"{tool.name} {_ending(tool, code)}; its log is {tool.log}")
    for artefact in tool.artefacts:
        if not artefact.is_file() or artefact.stat().st_size == 0:
            raise FinnError(
                f"{tool.name} ended without an error but did not write {artefact}; its log is {tool.log}"
            )


def _ending(tool: Tool, code: int) -> str:
    text = tool.log.read_text(errors="replace")
    told, signal_name = complaints(text), killer(code)
    if signal_name:
        return f"was ended by signal {signal_name}: {told}"
    return f"failed (exit code {code}{lack(told)}): {told}"


def stop(process: subprocess.Popen[AnyStr]) -> None:
    """End a process that leads a session of its own, with its children, if it is still there."""
    if process.poll() is not None:
        return
    for how, patience in ((signal.SIGTERM, GRACE_SECONDS), (signal.SIGKILL, None)):
        try:
            os.killpg(process.pid, how)
            process.wait(patience)
            return
        except ProcessLookupError:
            process.wait()
            return
        except subprocess.TimeoutExpired:
            continue
