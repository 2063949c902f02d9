"""Turns on a board: one program at a time, and what the one before left behind."""

import errno
import fcntl
import json
import os
import threading
import time
from typing import Any, Callable, Dict, Optional

from . import BoardError
from .probe import HOLDER, LOCK, read_note

__all__ = ("Turns",)

BOOT_ID = "/proc/sys/kernel/random/boot_id"
MAX_STATE = 1 << 14
MIN_STATE = 512  # texts of the same length need no cut after the write


class Turns(object):
    """The lock of the board's fabric; it ends with the process that holds it.

    The file says what the last program had loaded, so that the next knows whether its own design
    is still there, and where a run may have been left.
    """

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._depth = 0
        self._counting = threading.Lock()
        self._file = _open(LOCK)
        self._holder = _open(HOLDER)

    def __enter__(self) -> "Turns":
        # Counted when the lock is there: neither a wait that is interrupted nor another thread that
        # waits for it makes the next one believe that it is.
        with self._counting:
            if self._depth == 0:
                self._lock()
            self._depth += 1
        return self

    def __exit__(self, *error: Any) -> None:
        with self._counting:
            self._depth -= 1
            if self._depth == 0:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def _lock(self) -> None:
        try:
            self._wait()
            _overwrite(self._holder, {"client": _client(), "pid": os.getpid(), "since": int(time.time())})
        except BaseException:
            fcntl.flock(self._file, fcntl.LOCK_UN)
            raise

    def _wait(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            self._note("%s is using the board; waiting for it to finish" % _name(read_note()))
            fcntl.flock(self._file, fcntl.LOCK_EX)
            self._note("the board is free now")

    def read(self) -> Dict[str, Any]:
        """What the last program wrote since the board was switched on; empty if nothing."""
        os.lseek(self._file, 0, os.SEEK_SET)
        try:
            state = json.loads(os.read(self._file, MAX_STATE).decode())
        except ValueError:
            return {}
        return state if isinstance(state, dict) and state.get("boot") == _boot_id() else {}

    def write(self, state: Dict[str, Any]) -> None:
        """Tell the next program what is loaded."""
        _overwrite(self._file, dict(state, boot=_boot_id()))

    def close(self) -> None:
        """Give up the lock file."""
        os.close(self._file)
        os.close(self._holder)


def _open(path: str) -> int:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        return os.open(path, flags, 0o600)
    except OSError as error:
        raise BoardError("the lock %s cannot be opened (%s); run as root" % (path, error.strerror))


def _overwrite(file: int, value: Dict[str, Any]) -> None:
    """One write, so that a program that is killed leaves the old text or the new one."""
    text = json.dumps(value).encode().ljust(MIN_STATE)
    os.pwrite(file, text, 0)
    os.ftruncate(file, len(text))


def _client() -> str:
    return os.environ.get("FINN_CLIENT") or os.environ.get("SUDO_USER") or "somebody"


def _name(note: Dict[str, Any]) -> str:
    if not note:
        return "another program"
    return "%s (process %s there)" % (note.get("client"), note.get("pid"))


def _boot_id() -> Optional[str]:
    try:
        with open(BOOT_ID) as file:
            return file.read().strip()
    except EnvironmentError:
        return None
