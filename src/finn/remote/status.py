"""How a board is doing, and who uses it."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from finn import runtime
from finn.errors import FinnError
from finn.remote.connection import Connection
from finn.remote.shell import printable

__all__ = ("BoardStatus", "board_status")

PROBE = Path(runtime.__file__).with_name("probe.py")


@dataclass(frozen=True)
class BoardStatus:
    """What a board says of itself.

    Attributes
    ----------
    pynq
        Version; None if it cannot be imported, and ``problem`` says why.
    free_memory, free_disk
        Bytes; None if unknown.
    fclk_mhz
        Clock of the fabric as ``pynq`` reads it; None if unknown.
    holder
        Who runs a batch at this moment; None if nobody does.
    """

    pynq: str | None
    problem: str | None
    free_memory: int | None
    free_disk: int | None
    fclk_mhz: float | None
    holder: str | None


def board_status(connection: Connection) -> BoardStatus:
    """Ask a board; takes the seconds that importing ``pynq`` takes there.

    Raises
    ------
    LoginError
        ``sudo`` is refused.
    FinnError
        There is no Python, or its answer makes no sense.
    """
    done = connection.sudo(f"python3 -W ignore -c {shlex.quote(PROBE.read_text())}")
    lines = done.stdout.strip().splitlines()
    try:
        answer = json.loads(lines[-1])
        return BoardStatus(
            _text(answer.get("pynq")),
            _text(answer.get("problem")),
            _number(answer, "free_memory"),
            _number(answer, "free_disk"),
            _number(answer, "fclk_mhz"),
            _holder(answer.get("holder")),
        )
    except (AttributeError, IndexError, ValueError, OverflowError, RecursionError):
        said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()[-1]
        raise FinnError(
            f"{connection.address.name} cannot be asked, python3 says: {printable(said)}; repair its image"
        ) from None


def _text(value: Any) -> str | None:
    return None if value is None else printable(value)


def _number(answer: dict[str, Any], key: str) -> Any:
    value = answer.get(key)
    return value if type(value) in (int, float) else None


def _holder(note: Any) -> str | None:
    if not isinstance(note, dict):
        return None
    since = note.get("since")
    start = datetime.fromtimestamp(since).strftime("%H:%M") if type(since) is int else "an unknown time"
    return printable(f"{note.get('client', 'somebody')} since {start}, process {note.get('pid')}")
