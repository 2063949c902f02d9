"""Yosys by itself: a module as 7-series cells, without pads and clock buffers, to count or to simulate."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from finn.errors import FinnError
from finn.toolchain.yosys import run_yosys

__all__ = ("Mapped", "map_to_cells")

TIMEOUT = 3600.0
NETLIST = "netlist.v"
STATISTICS = "cells.json"


@dataclass(frozen=True)
class Mapped:
    """A mapped design.

    Attributes
    ----------
    netlist
        Verilog of cells; its top module has the ports of the RTL.
    cells
        For each module how often each type of cell occurs, modules below it not counted.
    """

    netlist: Path
    cells: Mapping[str, Mapping[str, int]]


def map_to_cells(
    top: str, sources: Sequence[Path], memories: Iterable[Path], folder: Path, keep: Iterable[str] = ()
) -> Mapped:
    """Synthesise ``folder/netlist.v``, flattened but for the modules to keep.

    Parameters
    ----------
    top
        The top module.
    sources
        SystemVerilog files of different names; among them declarations of primitives that they instantiate.
    memories
        The files that ``$readmemh`` opens by name.
    folder
        Receives the netlist, the counts and the log; made if missing.
    keep
        Modules that stay apart, as ``<module>$<top>.<instance>``.

    Raises
    ------
    FinnError
        Yosys fails; the text has its last lines and its log.
    """
    script = _script(top, [path.name for path in sources], list(keep))
    run_yosys(script, [*sources, *memories], folder, [NETLIST, STATISTICS], TIMEOUT)
    return Mapped(folder / NETLIST, _counts(folder / STATISTICS))


def _script(top: str, names: Sequence[str], keep: Sequence[str]) -> str:
    hierarchy = " --keep-hierarchy" if keep else ""
    lines = [
        "read_verilog -lib +/xilinx/cells_sim.v +/xilinx/cells_xtra.v",
        f"read_slang -j 1 -D SYNTHESIS{hierarchy} --extern-modules --top {top} {' '.join(names)}",
        *(f"setattr -mod -set keep_hierarchy 1 {module}" for module in keep),
        f"synth_xilinx -flatten -abc9 -noiopad -noclkbuf -arch xc7 -top {top}",
        f"tee -q -o {STATISTICS} stat -json",
        f"write_verilog -noattr {NETLIST}",
    ]
    return "\n".join(lines) + "\n"


def _counts(statistics: Path) -> dict[str, dict[str, int]]:
    try:
        modules = json.loads(statistics.read_text())["modules"]
        return {name.lstrip("\\"): dict(counts["num_cells_by_type"]) for name, counts in modules.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise FinnError(f"Yosys' statistics {statistics} cannot be read; use Yosys 0.60 or later") from None
