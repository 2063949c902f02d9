"""openXC7: a netlist to a bitstream with nextpnr-xilinx and Project X-Ray.

Command lines as the openXC7 project documents them. Tools and data are looked for in this order:

* programs: on PATH, then in ``$FINN_OPENXC7/bin``, then anywhere below ``$FINN_OPENXC7``;
* chip database ``<device>.bin``, also ``<device><package>.bin`` and ``<part>.bin``: ``$CHIPDB`` (the
  file or its folder), then below ``$FINN_OPENXC7``, then below ``share`` beside nextpnr-xilinx's
  ``bin``;
* prjxray's database (the folder that holds ``zynq7``): ``$PRJXRAY_DB_DIR``, then the same places.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from finn.errors import FinnError
from finn.toolchain.process import Tool, run_tool

__all__ = ("FAMILY", "Installation", "absent", "find_openxc7", "tool_version", "write_bitstream")

FAMILY = "zynq7"
PROGRAMS = {
    "nextpnr-xilinx": ("nextpnr-xilinx",),
    "fasm2frames": ("fasm2frames.py", "fasm2frames"),
    "xc7frames2bit": ("xc7frames2bit",),
}
VARIABLE = "FINN_OPENXC7"
HOW = (
    "install openXC7 (https://github.com/openXC7/toolchain-installer), then put its programs on PATH "
    "or name its folder in FINN_OPENXC7"
)
FRAMES_TIMEOUT = 1800.0
VERSION_TIMEOUT = 30.0
DEVICE_LETTERS = len("xc7z020")


@dataclass(frozen=True)
class Installation:
    """A complete set of tools for one part.

    Attributes
    ----------
    nextpnr, fasm2frames, frames2bit
        The programs.
    chipdb
        nextpnr-xilinx's database of the device.
    database
        prjxray's database of the family, the folder ``zynq7``.
    part
        For example ``xc7z020clg400-1``.
    """

    nextpnr: Path
    fasm2frames: Path
    frames2bit: Path
    chipdb: Path
    database: Path
    part: str

    @property
    def part_file(self) -> Path:
        """prjxray's description of the part."""
        return self.database / self.part / "part.yaml"


def find_openxc7(part: str) -> Installation:
    """The tools and data for a part.

    Raises
    ------
    FinnError
        Something is missing; the text names it and how to get it.
    """
    programs = {name: _program(names) for name, names in PROGRAMS.items()}
    roots = [*_roots(), *_prefixes(programs["nextpnr-xilinx"])]
    chipdb = _chipdb(part, roots)
    database = _database(part, roots)
    missing = [name for name, path in programs.items() if path is None]
    missing += [] if chipdb else [f"chip database {part[:DEVICE_LETTERS]}.bin"]
    missing += [] if database else [f"prjxray database {FAMILY}/{part}"]
    nextpnr, fasm2frames, frames2bit = programs.values()
    if not (nextpnr and fasm2frames and frames2bit and chipdb and database):
        raise FinnError(f"openXC7 is incomplete, missing are: {', '.join(missing)}; {HOW}")
    return Installation(nextpnr, fasm2frames, frames2bit, chipdb, database, part)


def absent(part: str) -> bool:
    """Whether something is missing."""
    try:
        find_openxc7(part)
    except FinnError:
        return True
    return False


def tool_version(program: Path) -> str:
    """The last line that ``--version`` prints, or ``unknown``: versions are for reports only."""
    try:
        done = subprocess.run(
            [str(program), "--version"], capture_output=True, text=True, timeout=VERSION_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[-1] if lines and not done.returncode else "unknown"


def write_bitstream(tools: Installation, folder: Path) -> Path:
    """Make ``folder/top.bit`` from ``folder/top.fasm``; FinnError with the tool's last lines."""
    frames, bit = folder / "top.frames", folder / "top.bit"
    database = ["--part", tools.part, "--db-root", str(tools.database)]
    assemble = [str(tools.fasm2frames), *database, "top.fasm"]
    log = folder / "fasm2frames.log"
    run_tool(Tool("fasm2frames", assemble, log, folder, [frames], output=frames), FRAMES_TIMEOUT)
    part = ["--part_file", str(tools.part_file), "--part_name", tools.part]
    pack = [str(tools.frames2bit), *part, "--frm_file", "top.frames", "--output_file", "top.bit"]
    run_tool(Tool("xc7frames2bit", pack, folder / "xc7frames2bit.log", folder, [bit]), FRAMES_TIMEOUT)
    return bit


def _roots() -> list[Path]:
    root = os.environ.get(VARIABLE)
    return [Path(root).expanduser().resolve()] if root else []


def _prefixes(nextpnr: Path | None) -> list[Path]:
    return [nextpnr.resolve().parent.parent / "share"] if nextpnr else []


def _program(names: tuple[str, ...]) -> Path | None:
    for name in names:
        found = shutil.which(name)
        if found:
            return Path(found).absolute()
    for root in _roots():
        for path in _below([root / "bin", root], names):
            if path.is_file() and os.access(path, os.X_OK):
                return path
    return None


def _below(roots: list[Path], names: tuple[str, ...]) -> Iterator[Path]:
    for root in roots:
        for name in names:
            yield from sorted(root.rglob(name))


def _chipdb(part: str, roots: list[Path]) -> Path | None:
    names = tuple(f"{stem}.bin" for stem in (part[:DEVICE_LETTERS], part.split("-")[0], part))
    chosen = os.environ.get("CHIPDB")
    if chosen:
        path = Path(chosen).expanduser().resolve()
        candidates = [path, *(path / name for name in names)]
        return next((each for each in candidates if each.is_file()), None)
    return next((path for path in _below(roots, names) if path.is_file()), None)


def _database(part: str, roots: list[Path]) -> Path | None:
    chosen = os.environ.get("PRJXRAY_DB_DIR")
    if chosen:
        family = Path(chosen).expanduser().resolve() / FAMILY
        return family if (family / part / "part.yaml").is_file() else None
    families = _below(roots, (FAMILY,))
    return next((path for path in families if (path / part / "part.yaml").is_file()), None)
