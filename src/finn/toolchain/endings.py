"""How a tool ended: the signal that killed it, and the lines of its log that say why."""

from __future__ import annotations

import re
import signal

__all__ = ("complaints", "killer", "lack")

LAST_LINES = 6
COMPLAINT = re.compile(r"error|%warning", re.IGNORECASE)
# "Build succeeded: 0 errors", "no errors found", "Errors: 0": the opposite of a complaint.
REASSURANCE = re.compile(
    r"\b(?:0|without)\s+errors?\b|\bno\s+errors?(?:\W*$|\s+(?:found|detected|reported)\b)|\berrors\s*[:=]\s*0\b",
    re.IGNORECASE,
)
LACK = re.compile(r"\bkilled\b|out of memory|bad_alloc|MemoryError", re.IGNORECASE)
MEMORY = "out of memory is likely"
# Added by a shell to the number of the signal that killed what it ran.
SHELL_OFFSET = 128
# What kills a program that does not ask for it; a higher exit code is the program's own.
DEADLY = ("HUP", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "SEGV", "PIPE", "ALRM", "TERM",
          "XCPU", "XFSZ", "SYS")  # fmt: skip


def killer(code: int) -> str:
    """The signal that an exit code tells of, as ``SIGKILL (out of memory is likely)``; empty if it is none.

    ``code`` is negative as in `subprocess`, or 128 and more as from a shell.
    """
    deadly = {int(signal.Signals[f"SIG{name}"]) for name in DEADLY}
    if code >= 0 and code - SHELL_OFFSET not in deadly:
        return ""
    number = -code if code < 0 else code - SHELL_OFFSET
    name = signal.Signals(number).name if number in set(signal.Signals) else str(number)
    return f"{name} ({MEMORY})" if number == signal.SIGKILL else name


def lack(text: str) -> str:
    """What a compiler tells of a part of it that was killed, as ``; out of memory is likely``, or nothing."""
    return f"; {MEMORY}" if LACK.search(text) else ""


def complaints(text: str) -> str:
    """The last lines of a log that complain, else its last lines."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not REASSURANCE.search(line)]
    errors = [line for line in lines if COMPLAINT.search(line)]
    silent = "it does not say why" if text.strip() else "it printed nothing"
    return " | ".join((errors or lines)[-LAST_LINES:]) or silent
