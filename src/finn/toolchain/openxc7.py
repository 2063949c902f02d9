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
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from finn.errors import FinnError
from finn.toolchain.probe import probe
from finn.toolchain.process import Tool, run_tool
from finn.toolchain.readback import check_readback

__all__ = (
    "HOW",
    "PROGRAMS",
    "Installation",
    "absent",
    "find_openxc7",
    "look_for_openxc7",
    "tool_version",
    "write_bitstream",
)

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
DEVICE = re.compile(r"xc7z\d+s?")


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
    bitread
        The disassembler, where there is one.
    """

    nextpnr: Path
    fasm2frames: Path
    frames2bit: Path
    chipdb: Path
    database: Path
    part: str
    bitread: Path | None = None

    @property
    def programs(self) -> dict[str, Path]:
        """The programs by name."""
        return dict(zip(PROGRAMS, (self.nextpnr, self.fasm2frames, self.frames2bit), strict=True))

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
    found = look_for_openxc7(part)
    missing = [name for name, path in found.items() if path is None]
    if missing:
        raise FinnError(f"openXC7 is incomplete, missing are: {', '.join(missing)}; {HOW}")
    nextpnr, fasm2frames, frames2bit, chipdb, database = (path for path in found.values() if path)
    return Installation(nextpnr, fasm2frames, frames2bit, chipdb, database, part, _program(("bitread",)))


def look_for_openxc7(part: str) -> dict[str, Path | None]:
    """Where each of the tools and data for a part is, or None: the programs first.

    FinnError if the part is none that openXC7 serves.
    """
    programs = {name: _program(names) for name, names in PROGRAMS.items()}
    roots = [*_roots(), *_prefixes(programs["nextpnr-xilinx"])]
    return {
        **programs,
        f"chip database {_device(part)}.bin": _chipdb(part, roots),
        f"prjxray database {FAMILY}/{part}": _database(part, roots),
    }


def absent(part: str) -> bool:
    """Whether something is missing."""
    try:
        find_openxc7(part)
    except FinnError:
        return True
    return False


def tool_version(program: Path) -> str:
    """The last line that ``--version`` prints, or ``unknown`` if it prints none or fails.

    FinnError if the program does not answer in time or is killed by a signal.
    """
    answer = probe([str(program), "--version"])
    lines = (answer.stdout + answer.stderr).strip().splitlines()
    return lines[-1] if lines and answer.good else "unknown"


def write_bitstream(tools: Installation, folder: Path) -> Path:
    """Make ``folder/top.bit`` from ``folder/top.fasm``, and read it back where bitread is there.

    FinnError if a tool fails, with its last lines, or if the bitstream does not hold the frames.
    """
    frames, bit = folder / "top.frames", folder / "top.bit"
    database = ["--part", tools.part, "--db-root", str(tools.database)]
    assemble = [str(tools.fasm2frames), *database, "top.fasm"]
    log = folder / "fasm2frames.log"
    run_tool(Tool("fasm2frames", assemble, log, folder, [frames], output=frames), FRAMES_TIMEOUT)
    part = ["--part_file", str(tools.part_file), "--part_name", tools.part]
    pack = [str(tools.frames2bit), *part, "--frm_file", "top.frames", "--output_file", "top.bit"]
    run_tool(Tool("xc7frames2bit", pack, folder / "xc7frames2bit.log", folder, [bit]), FRAMES_TIMEOUT)
    if tools.bitread:
        check_readback(tools.bitread, tools.part_file, bit, frames)
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


def _device(part: str) -> str:
    """``xc7z020`` of ``xc7z020clg400-1``."""
    found = DEVICE.match(part)
    if not found:
        raise FinnError(f"openXC7 serves Zynq-7000 parts, not {part}; build with --toolchain vivado")
    return found.group()


def _chipdb(part: str, roots: list[Path]) -> Path | None:
    names = tuple(f"{stem}.bin" for stem in (_device(part), part.split("-")[0], part))
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
