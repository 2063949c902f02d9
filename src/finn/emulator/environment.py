"""The emulated board's own Python: the real, unmodified ``pynq`` with the packages it needs."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from finn.errors import FinnError
from finn.toolchain.cache import cache_directory, cached_directory
from finn.toolchain.probe import probe
from finn.toolchain.process import Tool, run_tool

__all__ = ("PYNQ", "ensure_environment", "find_python", "find_uv", "requirements")

PYNQ = "3.1.2"
VERSIONS = ((3, 11), (3, 12), (3, 10))
INSTALL_TIMEOUT = 900.0
# Read at every start of the board's Python; only a process on an emulated board has the variable.
HOOK = (
    "import os, sys; p = os.environ.get('FINN_BOARD_GUEST'); "
    "p and (sys.path.append(p), __import__('finn_board_guest.hook', fromlist=['install']).install())\n"
)


def requirements(pynq: str) -> tuple[str, ...]:
    """What to install for a version: it imports pkg_resources and pycparser.plyparser, and needs NumPy 1.

    Pillow is on PYNQ's images too.
    """
    return (f"pynq=={pynq}", "numpy<2", "pycparser<3", "setuptools<81", "pillow")


def ensure_environment(progress: Callable[[str], None] = lambda text: None, pynq: str = PYNQ) -> Path:
    """The folder of the environment, made on first use (about 25 s, 250 MB); processes take turns.

    Parameters
    ----------
    progress
        Called with a sentence if the environment has to be made.
    pynq
        The version of ``pynq``.

    Raises
    ------
    FinnError
        No Python 3.10 to 3.12 is found, or the packages cannot be installed.
    """
    packages = requirements(pynq)
    key = hashlib.sha256(repr((packages, HOOK, VERSIONS)).encode()).hexdigest()[:12]

    def make(directory: Path) -> None:
        progress("making the emulated board's Python environment (once, about 25 s)")
        _make(directory, packages)

    return cached_directory("board-python", key, make)


def find_python() -> Path:
    """A Python 3.10 to 3.12 for the board: this one, one on PATH, or one that ``uv`` knows or can get.

    Raises
    ------
    FinnError
        There is none, or what is asked for it does not answer in time.
    """
    if sys.version_info[:2] in VERSIONS:
        return Path(sys.executable)
    for major, minor in VERSIONS:
        found = shutil.which(f"python{major}.{minor}")
        if found and _runs(found):
            return Path(found)
    uv = find_uv()
    for major, minor in VERSIONS if uv else ():
        found = _output([*uv, "python", "find", "--system", f"{major}.{minor}"])
        if found:
            return Path(found)
    if uv:
        return _fetched(uv)
    raise FinnError(
        "the emulated board needs Python 3.10, 3.11 or 3.12 and none was found; "
        "install one, or `pip install uv`, which fetches one"
    )


def _fetched(uv: list[str]) -> Path:
    log = cache_directory() / "board-python.log"
    install = [*uv, "python", "install", "3.11"]
    run_tool(Tool("fetching a Python 3.11 by uv", install, log), INSTALL_TIMEOUT)
    found = _output([*uv, "python", "find", "3.11"])
    if found is None:
        raise FinnError("uv fetched Python 3.11 but does not find it; install Python 3.10, 3.11 or 3.12")
    return Path(found)


def find_uv() -> list[str]:
    """The command that starts ``uv``; empty where there is none."""
    if importlib.util.find_spec("uv"):
        return [sys.executable, "-m", "uv"]
    found = shutil.which("uv")
    return [found] if found else []


def _runs(python: str) -> bool:
    return bool(_output([python, "-c", "import sys, venv; print(sys.version)"]))


def _output(command: list[str]) -> str | None:
    answer = probe(command)
    return answer.stdout.strip() if answer.good else None


def _make(directory: Path, packages: Sequence[str]) -> None:
    log = cache_directory() / "board-python.log"
    python = directory / "bin" / "python"
    uv = find_uv()
    base = str(find_python())
    if uv:
        steps = [
            [*uv, "venv", "--quiet", "--allow-existing", "--python", base, str(directory)],
            [*uv, "pip", "install", "--quiet", "--python", str(python), *packages],
        ]
    else:
        steps = [
            [base, "-m", "venv", str(directory)],
            [str(python), "-m", "pip", "install", "--quiet", *packages],
        ]
    # The first import writes the byte code, which would otherwise cost every board seconds.
    steps.append([str(python), "-W", "ignore", "-c", "import pynq"])
    for step in steps:
        run_tool(Tool("setting up the emulated board's Python", step, log), INSTALL_TIMEOUT)
    site = next(directory.glob("lib/python3.*/site-packages"))
    (site / "finn_board.pth").write_text(HOOK)
