"""nextpnr-xilinx: placement and routing, and what its log says of clock and resources.

Its timing analysis is an estimate: block RAM, DSP, shift registers and the processor are not timed,
and flip-flops have the same 0.1 ns everywhere. Hence the margin.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from finn.errors import FinnError
from finn.toolchain.openxc7 import Installation
from finn.toolchain.process import Tool, run_tool

__all__ = ("MARGIN", "Routed", "layer_of", "place_and_route", "place_at_fastest")

# What is asked of the tool per MHz of the clock.
MARGIN = 1.6
SEEDS = (1, 2, 3)
ATTEMPTS = 6
STEP_UP = 1.15
STEP_DOWN = 0.95
# What the processor's clock generator and the board's clock network can do, in MHz.
SLOWEST, FASTEST = 10.0, 250.0
TIMEOUT = 3600.0
FREQUENCY = re.compile(r"Max frequency for clock\s+'[^']*':\s+([\d.]+) MHz")
USED = re.compile(r"^Info:\s+(\w+):\s+(\d+)/\s*(\d+)\s+\d+%", re.MULTILINE)
# After placement it is a warning, after routing an error.
MISSED = "ERROR: Max frequency for clock"
SECTION = "Critical path report for clock"
SOURCE = re.compile(r"\bSource (\S+)")
SETUP = re.compile(r"\bSetup (\S+)")
SINK = re.compile(r"\bSink (\S+)")
LAYER = re.compile(r"\bu_network\.(\w+)")
SHELL = re.compile(r"\bu_(\w+)")


@dataclass(frozen=True)
class Routed:
    """A design that met its clock.

    Attributes
    ----------
    clk_mhz
        The clock that the design may run at: never above ``reported_mhz`` / 1.6.
    asked_mhz, reported_mhz
        What the tool was asked for, and what it estimates.
    seed
        Of its random generator.
    used
        For each kind of site, how many are used and how many there are.
    """

    clk_mhz: float
    asked_mhz: float
    reported_mhz: float
    seed: int
    used: dict[str, tuple[int, int]]


@dataclass(frozen=True)
class _Attempt:
    asked_mhz: float
    reported_mhz: float
    seed: int
    log: Path
    path: str
    used: dict[str, tuple[int, int]]

    @property
    def met(self) -> bool:
        return self.reported_mhz >= self.asked_mhz


def place_and_route(tools: Installation, folder: Path, clk_mhz: float) -> Routed:
    """Place and route ``folder/top.json``, with a few seeds until the clock is met.

    Outcome: ``folder/top.fasm``. The tool is asked for 1.6 times ``clk_mhz``.

    Raises
    ------
    FinnError
        No seed meets the clock, or the tool fails.
    """
    best: _Attempt | None = None
    for seed in SEEDS:
        attempt = _attempt(tools, folder, MARGIN * clk_mhz, seed)
        if attempt.met:
            return _routed(attempt, clk_mhz)
        best = max(best or attempt, attempt, key=lambda each: each.reported_mhz)
    assert best is not None
    raise FinnError(
        f"the clock of {clk_mhz:g} MHz is missed: nextpnr-xilinx estimates {best.reported_mhz:g} MHz at best "
        f"of {len(SEEDS)} seeds, {best.asked_mhz:g} are asked for (a margin of {MARGIN:g}){best.path}; "
        f"build with --clk-mhz {int(best.reported_mhz / MARGIN)} or auto, or with a smaller folding; its log "
        f"is {best.log}"
    )


def place_at_fastest(tools: Installation, folder: Path, start_mhz: float) -> Routed:
    """Place and route at the fastest clock that is met, starting with ``start_mhz``.

    Raises
    ------
    FinnError
        No clock is met, or the tool fails.
    """
    met: list[_Attempt] = []
    clock = start_mhz
    for seed in range(1, ATTEMPTS + 1):
        attempt = _attempt(tools, folder, MARGIN * clock, seed)
        possible = attempt.reported_mhz / MARGIN
        if attempt.met:
            met.append(attempt)
            (folder / "top.fasm").replace(folder / f"seed{seed}.fasm")
        best = max((each.reported_mhz / MARGIN for each in met), default=0.0)
        if (met and not attempt.met) or best >= FASTEST:
            break
        clock = min(FASTEST, best * STEP_UP) if met else min(possible, clock) * STEP_DOWN
        if clock < SLOWEST:
            break
    if not met:
        raise FinnError(
            f"no clock is met: nextpnr-xilinx estimates {attempt.reported_mhz:g} MHz where "
            f"{attempt.asked_mhz:g} are asked for{attempt.path}; choose a smaller folding; its log is "
            f"{attempt.log}"
        )
    chosen = max(met, key=lambda each: each.reported_mhz)
    (folder / f"seed{chosen.seed}.fasm").replace(folder / "top.fasm")
    # Rounded down to a tenth, so that the division below cannot exceed what was reported.
    return _routed(chosen, min(FASTEST, int(chosen.reported_mhz / MARGIN * 10) / 10))


def _routed(attempt: _Attempt, clk_mhz: float) -> Routed:
    return Routed(clk_mhz, attempt.asked_mhz, attempt.reported_mhz, attempt.seed, attempt.used)


def _attempt(tools: Installation, folder: Path, asked_mhz: float, seed: int) -> _Attempt:
    """One run; a missed clock is an attempt too, since the tool ends with an error then."""
    fasm = folder / "top.fasm"
    log = folder / f"nextpnr-seed{seed}.log"
    files = ["--xdc", "top.xdc", "--json", "top.json", "--fasm", "top.fasm"]
    choices = ["--freq", f"{asked_mhz:g}", "--seed", str(seed)]
    command = [str(tools.nextpnr), "--chipdb", str(tools.chipdb), *files, *choices]
    try:
        text = run_tool(Tool("nextpnr-xilinx", command, log, folder, [fasm]), TIMEOUT)
    except FinnError:
        text = log.read_text(errors="replace") if log.is_file() else ""
        if MISSED not in text:
            raise
    attempt = _read(text, asked_mhz, seed, log)
    if attempt is None:
        raise FinnError(f"nextpnr-xilinx names no clock frequency, so nothing is known; its log is {log}")
    return attempt


def _read(text: str, asked_mhz: float, seed: int, log: Path) -> _Attempt | None:
    reported = FREQUENCY.findall(text)
    if not reported:
        return None
    used = {name: (int(count), int(total)) for name, count, total in USED.findall(text)}
    return _Attempt(asked_mhz, float(reported[-1]), seed, log, _slowest_path(text), used)


def _slowest_path(text: str) -> str:
    """``; the slowest path goes from A to B`` in layers, or nothing where the log has no path."""
    report = text[text.rfind(SECTION) :] if SECTION in text else ""
    start = SOURCE.search(report)
    end = SETUP.search(report) or next(iter(list(SINK.finditer(report))[-1:]), None)
    if not start or not end:
        return ""
    return f"; the slowest path goes from {layer_of(start.group(1))} to {layer_of(end.group(1))}"


def layer_of(cell: str) -> str:
    """What a cell's hierarchical name belongs to: a layer of the network, or a part of the shell.

    Names that a tool made up, which begin with ``$``, tell nothing and are given as they are.
    """
    text = cell.replace("/", ".")
    for pattern in (LAYER, SHELL):
        found = pattern.search(text)
        if found:
            return found.group(1)
    return cell if cell.startswith("$") else "shell"
