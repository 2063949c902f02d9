"""Asking a tool something short, mostly its version: a slow one is never taken for a broken one."""

from __future__ import annotations

import math
import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from finn.errors import FinnError
from finn.toolchain.endings import killer
from finn.toolchain.limits import Deadline, in_seconds
from finn.toolchain.process import stop

__all__ = ("VARIABLE", "Answer", "probe")

VARIABLE = "FINN_PROBE_SECONDS"
IDLE_SECONDS = 60.0
LONGEST_SECONDS = 86400.0


@dataclass(frozen=True)
class Answer:
    """What a tool answered.

    Attributes
    ----------
    code
        Its exit code; None if it cannot be started.
    stdout, stderr
        What it printed.
    """

    code: int | None
    stdout: str = ""
    stderr: str = ""

    @property
    def good(self) -> bool:
        """Whether it ended without an error."""
        return self.code == 0


def probe(
    command: Sequence[str], name: str | None = None, environment: Mapping[str, str] | None = None
) -> Answer:
    """Run a short command, with no input, and return what it printed.

    Parameters
    ----------
    command
        The program and its arguments.
    name
        What the user knows it by, for messages; default is the command.
    environment
        Variables on top of the caller's.

    Raises
    ------
    FinnError
        It does not answer in time or is killed by a signal, or ``FINN_PROBE_SECONDS`` is no time.
    """
    name = name or shlex.join(command)
    deadline = _deadline()
    try:
        process = subprocess.Popen(
            list(command), env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
            start_new_session=True,
        )  # fmt: skip
    except OSError:
        return Answer(None)
    with process:
        stdout, stderr = _answer(name, process, deadline)
    signal = killer(process.returncode)
    if signal:
        raise FinnError(
            f"{name} was ended by signal {signal}; try again, and if that does not help, repair or remove it"
        )
    return Answer(process.returncode, stdout, stderr)


def _answer(name: str, process: subprocess.Popen[str], deadline: Deadline) -> tuple[str, str]:
    try:
        return deadline.wait(lambda left: process.communicate(timeout=left))
    except subprocess.TimeoutExpired:
        raise FinnError(
            f"{name} did not answer in {in_seconds(deadline.seconds)}; the machine may be busy: "
            f"try again, or set {VARIABLE}"
        ) from None
    finally:
        stop(process)


def _deadline() -> Deadline:
    """The limit of a probe that begins now; one that the user set is kept whatever the load."""
    chosen = os.environ.get(VARIABLE)
    if not chosen:
        return Deadline(IDLE_SECONDS)
    try:
        seconds = float(chosen)
    except ValueError:
        seconds = 0.0
    if not (math.isfinite(seconds) and seconds > 0):
        raise FinnError(f"{VARIABLE} is {chosen!r}, which is no positive number; set it to seconds")
    return Deadline(min(seconds, LONGEST_SECONDS), fixed=True)
