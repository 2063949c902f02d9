"""Vivado: a script that makes the bitstream, here or on another machine, and what it reports."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finn.errors import FinnError
from finn.toolchain.probe import probe
from finn.toolchain.process import Tool, run_tool

__all__ = (
    "COMMAND",
    "RESULT",
    "SCRIPT",
    "VivadoDesign",
    "VivadoResult",
    "find_vivado",
    "read_result",
    "run_vivado",
    "version",
    "write_script",
)

BODY = Path(__file__).with_name("vivado.tcl")
SCRIPT = "build.tcl"
RESULT = "result.json"
UTILISATION = "utilisation.rpt"
COMMAND = "vivado -mode batch -source build.tcl"
TIMEOUT = 4 * 3600.0
CLOCK_PIN = "u_processor/u_ps7/FCLKCLK[0]"
SYNCHRONISER = "*u_reset/synchroniser_reg*"
# Rows of report_utilization, 7 series or UltraScale+; the second column is what is used.
ROWS = {
    "LUT": "(?:Slice|CLB) LUTs",
    "FF": "(?:Slice|CLB) Registers",
    "BRAM36": "Block RAM Tile",
    "DSP": "DSPs",
}


@dataclass(frozen=True)
class VivadoDesign:
    """What the script is written for.

    Attributes
    ----------
    top, part
        Top module and FPGA part.
    sources, memories
        SystemVerilog and memory files relative to the project's folder.
    clk_mhz
        Clock that must be met.
    build_id
        32 bits that go into the bitstream's header.
    bit_name
        File to write.
    clock_pin
        The processor's pin that the clock comes from.
    fabric_reset
        Whether the processor has a reset for the fabric, which needs a synchroniser.
    """

    top: str
    part: str
    sources: Sequence[str]
    memories: Sequence[str]
    clk_mhz: float
    build_id: int
    bit_name: str
    clock_pin: str = CLOCK_PIN
    fabric_reset: bool = True


@dataclass(frozen=True)
class VivadoResult:
    """What the script left in its folder after it met the clock."""

    bit: Path
    build_id: int
    clk_mhz: float
    wns_ns: float
    whs_ns: float
    version: str
    used: dict[str, float]

    @property
    def achieved_mhz(self) -> float:
        """The fastest clock that the setup slack allows."""
        return 1000.0 / (1000.0 / self.clk_mhz - self.wns_ns)


def write_script(design: VivadoDesign, folder: Path) -> Path:
    """Write ``folder/build.tcl``; ``folder`` lies directly in the project's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / SCRIPT
    path.write_text(_settings(design) + "\n" + BODY.read_text())
    return path


def find_vivado() -> Path | None:
    """Vivado on PATH, or None."""
    found = shutil.which("vivado")
    return Path(found) if found else None


def version() -> str:
    """The first line of ``vivado -version``.

    Raises
    ------
    FinnError
        It is not on PATH, does not run, or does not answer in time.
    """
    path = find_vivado()
    if path is None:
        raise FinnError("vivado is not on PATH; 2019.1 or later serves, source its settings64.sh first")
    answer = probe([str(path), "-version"])
    if not answer.good:
        raise FinnError(f"{path} -version does not run; repair it or take it from PATH")
    return answer.stdout.strip().partition("\n")[0]


def run_vivado(folder: Path) -> VivadoResult:
    """Run the script that lies in ``folder``.

    Raises
    ------
    FinnError
        Vivado is not on PATH, fails, or misses the clock; the text has its last lines and its log.
    """
    path = find_vivado()
    if path is None:
        raise FinnError(
            f"vivado is not on PATH: copy {folder.parent} to a machine with Vivado 2019.1 or later, run "
            f"`{COMMAND}` in its folder {folder.name}, copy that folder back, and run "
            f"`finn build --adopt {folder}`"
        )
    command = [str(path), "-mode", "batch", "-nojournal", "-notrace", "-log", "vivado.log", "-source", SCRIPT]
    log = folder / "console.log"
    run_tool(Tool("Vivado", command, log, folder, [folder / RESULT]), TIMEOUT)
    return read_result(folder)


def read_result(folder: Path) -> VivadoResult:
    """What a run of the script left in ``folder``.

    Raises
    ------
    FinnError
        The script did not run to its end there, or its files are damaged.
    """
    path = folder / RESULT
    if not path.is_file():
        raise FinnError(
            f"{folder} holds no {RESULT}: the script did not run to its end; run `{COMMAND}` there"
        )
    try:
        data = json.loads(path.read_text())
        report = (folder / UTILISATION).read_text()
        return VivadoResult(
            bit=folder / Path(str(data["bit"])).name,
            build_id=int(data["build_id"]),
            clk_mhz=float(data["clk_mhz"]),
            wns_ns=_slack(data["wns_ns"]),
            whs_ns=_slack(data["whs_ns"]),
            version=str(data["version"]),
            used=_used(report),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FinnError(f"{path} is damaged ({error}); run `{COMMAND}` there again") from None


def _slack(value: Any) -> float:
    slack = float(value)
    if not 0 <= slack < float("inf"):
        raise ValueError(f"a slack of {slack:g} ns")
    return slack


def _used(report: str) -> dict[str, float]:
    used = {}
    for resource, row in ROWS.items():
        found = re.search(rf"^\|\s*{row}\*?\s*\|\s*([\d.]+)\s*\|", report, re.MULTILINE)
        if found:
            used[resource] = float(found.group(1))
    return used


def _settings(design: VivadoDesign) -> str:
    values = {
        "top": design.top,
        "part": design.part,
        "clk_mhz": f"{design.clk_mhz:.10g}",
        # Rounded down: the constraint is never looser than the clock.
        "period_ns": f"{int(1e6 / design.clk_mhz) / 1000:.3f}",
        "build_id": str(design.build_id),
        "user_id": f"0x{design.build_id:08X}",
        "bit_name": design.bit_name,
        "clock_pin_name": design.clock_pin,
        "synchroniser_name": SYNCHRONISER if design.fabric_reset else "",
    }
    lines = [f"set {name} {{{value}}}" for name, value in values.items()]
    for name, files in (("sources", design.sources), ("memories", design.memories)):
        lines += [f"set {name} {{", *(f"    {{{file}}}" for file in files), "}"]
    return "\n".join(lines) + "\n"
