"""What a user waits for before anything is done."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from figure import Figure, shortest

__all__ = ("imports",)


def imports() -> Iterator[Figure]:
    """How long a user waits for the command to say anything."""
    for name, command in (
        ("finn --help", [str(Path(sys.executable).parent / "finn"), "--help"]),
        ("import finn.build", [sys.executable, "-c", "import finn.build"]),
    ):
        seconds = shortest(partial(subprocess.run, command, check=True, capture_output=True), 3)
        yield Figure(name, seconds, "s")
