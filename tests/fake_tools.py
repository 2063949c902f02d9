"""Stand-ins for tools: shell scripts on PATH, and a machine as busy as a test wants it."""

from __future__ import annotations

import os
import select
from pathlib import Path

import pytest

__all__ = ("Witness", "fake_load", "fake_tool")

GONE_SECONDS = 60


def fake_tool(folder: Path, name: str, script: str) -> Path:
    """An executable shell script; it has ``script`` as its body."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def fake_load(monkeypatch: pytest.MonkeyPatch, wanting: float, processors: int) -> None:
    """Let this machine have a load average and a number of processors."""
    monkeypatch.setattr("os.getloadavg", lambda: (wanting, 0.0, 0.0))
    monkeypatch.setattr("finn.toolchain.limits._processors", lambda: processors)


class Witness:
    """Finds out whether a process that ran ``script`` has ended, through a pipe that it holds open.

    Attributes
    ----------
    script
        Shell commands: tell that they run, and go on for minutes.
    """

    def __init__(self, folder: Path) -> None:
        pipe = folder / "witness"
        os.mkfifo(pipe)
        self._end = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        self.script = f"exec 3>{pipe}; echo begun >&3; sleep 600"

    def ended(self) -> bool:
        """Whether it has begun, and ends within a time that no process needs to die."""
        heard = b""
        while select.select([self._end], [], [], GONE_SECONDS)[0]:
            part = os.read(self._end, 4096)
            if not part:
                return heard == b"begun\n"
            heard += part
        return False
