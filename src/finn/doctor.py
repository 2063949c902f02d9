"""Finds out what a machine can do: each check says what is there, or how to get it."""

from __future__ import annotations

import importlib.metadata
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from finn.errors import FinnError

if TYPE_CHECKING:
    from finn.remote import Connection

__all__ = ("Finding", "check_board", "check_machine")

MEBIBYTE = 2**20
BOARD_FREE_MEBIBYTES = 100
# The part of the boards whose tools and data are looked for.
PART = "xc7z020clg400-1"
ELSEWHERE = {
    "fasm2frames": "part of openXC7, like nextpnr-xilinx; by itself: utils of the project prjxray",
    "xc7frames2bit": "part of openXC7, like nextpnr-xilinx; by itself: tools of the project prjxray",
    "chip database": "part of openXC7; if it lies elsewhere, name it in CHIPDB",
    "prjxray database": "part of openXC7; if it lies elsewhere, name the folder of zynq7 in PRJXRAY_DB_DIR",
}


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes
    ----------
    subject
        What was looked for.
    missing
        Whether it is not there or does not work.
    text
        Version or place; if missing, how to get it.
    serves
        What it is good for.
    needed
        Whether the main job, an emulated board included, fails without it.
    """

    subject: str
    missing: bool
    text: str
    serves: str
    needed: bool


def check_machine() -> list[Finding]:
    """Look at the machine that this runs on; starts a few tools with ``--version``."""
    return [
        _finding("C++ compiler", "simulation", True, _compiler),
        _finding("Verilator", "simulation", True, _verilator),
        _finding("Python for the emulated board", "emulated board", True, _board_python),
        _finding("Yosys", "--report synth, toolchain openxc7", False, _yosys),
        *_openxc7(),
        _finding("Vivado", "toolchain vivado", False, _vivado),
        _finding("OpenSSH client", "logging in to a board by hand", False, _openssh),
    ]


def check_board(url: str, password: str | None, accept_new_host_key: bool) -> list[Finding]:
    """Log in to a board and look at what a deployment needs there.

    Raises
    ------
    FinnError
        If no login is possible; that is the finding then.
    """
    from finn.remote import BoardAddress, connect

    address = BoardAddress.parse(url)
    board = connect(address, password=password, accept_new_host_key=accept_new_host_key)
    login = Finding("login", False, f"{address.username}@{address.host}:{address.port}", "all", True)
    return [
        login,
        _finding("sudo", "pynq needs root", True, lambda: _board_sudo(board)),
        _finding("Python", "the driver", True, lambda: _board_output(board, "python3 --version")),
        _finding("NumPy", "the driver", True, lambda: _board_version(board, "numpy")),
        _finding("pynq", "the driver", True, lambda: _board_version(board, "pynq")),
        _finding("free disk", "the deployment", True, lambda: _board_disk(board)),
    ]


def _finding(subject: str, serves: str, needed: bool, check: Callable[[], str]) -> Finding:
    try:
        return Finding(subject, False, check(), serves, needed)
    except FinnError as error:
        return Finding(subject, True, str(error), serves, needed)


def _first_line(*command: str) -> str:
    from finn.toolchain.probe import probe

    answer = probe(command)
    if answer.code is None:
        raise FinnError(f"{shlex.join(command)} does not run; repair or remove it")
    lines = (answer.stdout or answer.stderr).strip().splitlines()
    if not (answer.good and lines):
        raise FinnError(f"{shlex.join(command)} ends with code {answer.code}; repair or remove it")
    return lines[0]


def _compiler() -> str:
    from finn.toolchain.compiler import find_compiler

    command = find_compiler()
    return f"{shlex.join(command)}: {_first_line(*command, '--version')}"


def _verilator() -> str:
    from finn.toolchain.compiler import find_verilator

    find_verilator()
    return f"{importlib.metadata.version('verilator')} (Python package)"


def _board_python() -> str:
    from finn.emulator.environment import find_python

    return str(find_python())


def _yosys() -> str:
    from finn.toolchain.yosys import yosys_version

    return yosys_version().partition(" (")[0]


def _openxc7() -> list[Finding]:
    """A finding for each program and each data base of openXC7."""
    from finn.toolchain.openxc7 import HOW, PROGRAMS, look_for_openxc7, tool_version

    def told(name: str, path: Path | None) -> str:
        if path is None:
            raise FinnError(next((text for part, text in ELSEWHERE.items() if name.startswith(part)), HOW))
        return f"{path} (version {tool_version(path)})" if name in PROGRAMS else str(path)

    return [
        _finding(name, "toolchain openxc7", False, partial(told, name, path))
        for name, path in look_for_openxc7(PART).items()
    ]


def _vivado() -> str:
    from finn.toolchain.vivado import find_vivado, version

    return f"{find_vivado()}: {version()}"


def _openssh() -> str:
    if shutil.which("ssh") is None:
        raise FinnError("not on PATH; the package is called openssh-client")
    return _first_line("ssh", "-V")


def _board_output(board: Connection, command: str) -> str:
    done = board.run(command)
    if done.exit_status:
        raise FinnError(f"`{command}` fails there: {done.stderr.strip() or 'no message'}")
    return done.stdout.strip() or done.stderr.strip()


def _board_version(board: Connection, package: str) -> str:
    command = f"python3 -c 'import {package}; print({package}.__version__)'"
    try:
        return _board_output(board, command)
    except FinnError:
        raise FinnError(f"`import {package}` fails there; use a PYNQ image 2.5 or later") from None


def _board_sudo(board: Connection) -> str:
    done = board.sudo("id -u")
    if done.exit_status or done.stdout.strip() != "0":
        raise FinnError("sudo is refused; the user must be in sudoers, as xilinx is on PYNQ images")
    return "works"


def _board_disk(board: Connection) -> str:
    fields = _board_output(board, "df -Pk .").splitlines()[-1].split()
    free = int(fields[3]) * 1024 // MEBIBYTE
    if free < BOARD_FREE_MEBIBYTES:
        raise FinnError(f"{free} MiB; remove files until {BOARD_FREE_MEBIBYTES} MiB are free")
    return f"{free} MiB"
