"""The command ``finn``: one module per group of commands, results on stdout, progress on stderr."""

from __future__ import annotations

import signal
import sys
from types import FrameType

__all__ = ("INTERRUPTED", "main")

INTERRUPTED = 130


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Start to clean up, once: a second Ctrl-C would leave children and half a build behind."""
    del number, frame
    for other in (signal.SIGINT, signal.SIGTERM):
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> None:
    """Entry point of the console script; SIGTERM ends a job as Ctrl-C does."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        from finn.cli.application import application

        application()(prog_name="finn")
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
