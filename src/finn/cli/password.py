"""Where a board's password comes from: never the command line, never a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from getpass import getpass
from typing import TypeVar

__all__ = ("VARIABLE", "with_password")

VARIABLE = "FINN_BOARD_PASSWORD"
ResultT = TypeVar("ResultT")


def with_password(on: Sequence[str], job: Callable[[str | None], ResultT]) -> ResultT:
    """Run ``job`` with the password for the targets ``on``.

    It is ``$FINN_BOARD_PASSWORD`` if set. Else the job is tried with None, so that an SSH agent or
    key can serve; if the board refuses that and there is a terminal, the user is asked once.
    """
    from finn.remote import LoginError

    given = os.environ.get(VARIABLE)
    try:
        return job(given)
    except LoginError:
        boards = [target for target in on if target.startswith("ssh://")]
        if given is not None or not boards or not sys.stdin.isatty():
            raise
    return job(getpass(f"password for {', '.join(boards)}: ", stream=sys.stderr))
