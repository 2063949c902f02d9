"""Runs the script for Vivado under tclsh, with Vivado's commands declared in ``fake_vivado.tcl``.

It shows what the script calls and concludes, and nothing about synthesis, timing or a chip.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from finn.shell.real_bit import DATA_BYTES

COMMANDS = Path(__file__).with_suffix(".tcl")


def write_driver(script: Path, work: Path, **scenario: str) -> Path:
    """Write the Tcl that runs ``script``; ``scenario`` changes what the commands answer."""
    scenario = {"calls": str(work / "calls.txt"), "bytes": str(DATA_BYTES["xc7z020"]), **scenario}
    lines = [f"source {{{COMMANDS}}}"]
    lines += [f"set scenario({name}) {{{value}}}" for name, value in scenario.items()]
    driver = work / "driver.tcl"
    driver.write_text("\n".join([*lines, f"source {{{script}}}"]) + "\n")
    return driver


def run_script(script: Path, work: Path, **scenario: str) -> subprocess.CompletedProcess[str]:
    """Run ``script``; ``work`` receives the calls."""
    command = ["tclsh", str(write_driver(script, work, **scenario))]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
