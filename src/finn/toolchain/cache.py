"""The cache folder: what is costly to make and the same for every build."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from finn.errors import FinnError

__all__ = ("cache_directory", "cached_directory", "locked")

VARIABLE = "FINN_CACHE"


def cache_directory() -> Path:
    """The cache folder, made if missing: ``$FINN_CACHE``, else ``finn-pynq`` in the user's cache folder.

    Raises
    ------
    FinnError
        The folder cannot be made.
    """
    chosen = os.environ.get(VARIABLE)
    directory = Path(chosen).expanduser() if chosen else _user_cache() / "finn-pynq"
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FinnError(
            f"the cache folder {directory} cannot be made ({error.strerror}); "
            f"set {VARIABLE} to a folder you may write"
        ) from None
    return directory.resolve()


def _user_cache() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the cache's lock called ``name``; other processes wait. It ends with the process."""
    with (cache_directory() / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def cached_directory(name: str, key: str, make: Callable[[Path], None]) -> Path:
    """The folder ``name/key`` of the cache; if missing, ``make`` fills a new folder that becomes it.

    Processes that want the same folder wait for the one that makes it, and a failure leaves nothing.
    """
    final = cache_directory() / name / key
    if final.is_dir():
        return final
    with locked(f"{name}-{key}"):
        if not final.is_dir():
            final.parent.mkdir(parents=True, exist_ok=True)
            scratch = Path(tempfile.mkdtemp(prefix=f"{key}-", dir=final.parent))
            try:
                make(scratch)
                scratch.rename(final)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
    return final
