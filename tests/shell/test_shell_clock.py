"""The clock rule on the netlists of the DMAs and the register slave: at most 1.8 ns between registers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from kernels.test_clock_rule import (
    MOST_PICOSECONDS,
    YOSYS_TIMEOUT,
    slowest_path,
    timing_script,
    write_arcs,
)

from finn.shell import rtl_sources
from finn.toolchain.process import Tool, run_tool
from finn.toolchain.yosys import bundled_yosys

# Words of 49 bytes need every step of the gearboxes; memory ports of a Zynq-7000 and of an UltraScale+.
WORDS = "-G WIDTH=392 -G BEATS=16 -G PORTS=2"
PARAMETERS = {"zynq": WORDS, "ultrascale": f"{WORDS} -G BEAT_BYTES=16 -G ADDRESS_BITS=49"}


@pytest.mark.parametrize(
    ("top", "parameters"),
    [
        *((top, PARAMETERS[kind]) for top in ("finn_idma", "finn_odma") for kind in PARAMETERS),
        ("finn_axi_registers", ""),
    ],
)
def test_shell_keeps_the_clock_rule(tmp_path: Path, top: str, parameters: str) -> None:
    sources = rtl_sources()
    for source in sources:
        shutil.copy(source, tmp_path)
    files = " ".join(source.name for source in sources)
    script = (
        f"read_slang -j 1 --top {top} {parameters} {files};"
        f" synth_xilinx -flatten -abc9 -noiopad -noclkbuf -arch xc7 -top {top};"
        f" {timing_script(top)}"
    )
    write_arcs(tmp_path)
    tool = Tool("Yosys", [*bundled_yosys(), "-q", "-p", script], tmp_path / "yosys.log", tmp_path)
    run_tool(tool, YOSYS_TIMEOUT)
    report = (tmp_path / "without.txt").read_text()
    assert slowest_path(report) <= MOST_PICOSECONDS, report[:4000]
