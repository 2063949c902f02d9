"""A design as the netlist that nextpnr-xilinx takes: Yosys, and a look at what came out."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finn.errors import FinnError
from finn.toolchain.yosys import run_yosys, yosys_version

__all__ = ("Netlist", "synthesise")

log = logging.getLogger(__name__)
TIMEOUT = 7200.0
NETLIST = "top.json"
# Replace what nextpnr-xilinx gets wrong: LUTs of two outputs, wide block RAMs.
LUT6_2 = Path(__file__).with_name("lut6_2.v")
HALF_BRAMS = Path(__file__).with_name("half_brams.txt")
# What nextpnr-xilinx packs: its xilinx/pack*.cc.
PLACEABLE = frozenset(
    {
        *(f"LUT{inputs}" for inputs in range(1, 7)),
        *("INV", "CARRY4", "MUXF7", "MUXF8", "FDRE", "FDSE", "FDCE", "FDPE", "SRL16E", "SRLC32E"),
        *("RAM32M", "RAM64M", "RAM32X1D", "RAM64X1D", "RAM128X1D", "RAMB18E1", "RAMB36E1"),
        *("BUFG", "PS7", "IBUF", "OBUF"),
    }
)
# Simple dual-port at these widths, and these widths of a RAMB36E1, come out wrong of the open
# tools: openXC7/nextpnr-xilinx threads 94, 95, 150.
WRONG_DUAL_PORT = {"RAMB18E1": 36, "RAMB36E1": 72}
WRONG_WIDTHS = {"RAMB36E1": (1, 9)}
WIDTH_PARAMETERS = ("READ_WIDTH_A", "READ_WIDTH_B", "WRITE_WIDTH_A", "WRITE_WIDTH_B")
HALVES, NO_CASCADES = "halves", "-nosrl"


@dataclass(frozen=True)
class Netlist:
    """A synthesised design.

    Attributes
    ----------
    path
        The netlist in Yosys' JSON.
    cells
        How often each cell type occurs.
    avoided
        What the design was synthesised without: ``halves`` (block RAM only as RAMB18E1 of two true
        ports), ``-nosrl`` (no shift registers in LUTs).
    version
        What Yosys calls itself.
    """

    path: Path
    cells: Mapping[str, int]
    avoided: tuple[str, ...]
    version: str


def synthesise(top: str, sources: Sequence[Path], memories: Iterable[Path], folder: Path) -> Netlist:
    """Make the netlist ``folder/top.json`` of a design for 7-series parts, without DSPs.

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
        Receives netlist, script and log; made if missing.

    Raises
    ------
    FinnError
        There is no Yosys, it fails, or the netlist holds a cell that nextpnr-xilinx cannot place.
    """
    version = yosys_version()
    names = [path.name for path in sources]
    inputs = [*sources, *memories, LUT6_2, HALF_BRAMS]
    run_yosys(_script(top, names, ()), inputs, folder, [NETLIST], TIMEOUT)
    cells = _cells(folder / NETLIST, top)
    avoided = _misread(cells)
    if avoided:
        log.info("synthesised again (%s): the open tools get some of its cells wrong", " ".join(avoided))
        run_yosys(_script(top, names, avoided), inputs, folder, [NETLIST], TIMEOUT)
        cells = _cells(folder / NETLIST, top)
    counts = Counter(str(cell["type"]) for cell in cells)
    _check(counts, _misread(cells), folder / NETLIST)
    return Netlist(folder / NETLIST, dict(sorted(counts.items())), avoided, version)


def _script(top: str, names: Sequence[str], avoided: Sequence[str]) -> str:
    """Yosys' commands; its library declares the primitives that read_slang wants declared."""
    # DSPs come out wrong of the open tools: openXC7/nextpnr-xilinx pull request 159.
    options = ["-flatten", "-abc9", "-arch xc7", f"-top {top}", "-nodsp"]
    options += [NO_CASCADES] if NO_CASCADES in avoided else []
    synth = " ".join(["synth_xilinx", *options])
    lines = [
        "read_verilog -lib +/xilinx/cells_sim.v +/xilinx/cells_xtra.v",
        f"read_slang -j 1 -D SYNTHESIS --extern-modules --top {top} {' '.join(names)}",
        *(_with_half_brams(synth) if HALVES in avoided else [synth]),
        f"techmap -map {LUT6_2.name}",
        "clean",
        # Registers are named after what they hold, so that the ends of a slow path tell their layer.
        "rename -wire -suffix _cell t:FD* t:SRL*",
        "delete t:$scopeinfo",
        f"write_json {NETLIST}",
    ]
    return "\n".join(lines) + "\n"


def _with_half_brams(synth: str) -> list[str]:
    """The same synthesis with another library in its step ``map_memory``."""
    return [
        f"{synth} -run begin:map_memory",
        f"memory_libmap -lib +/xilinx/lutrams_xc5v.txt -lib {HALF_BRAMS.name}",
        "techmap -map +/xilinx/lutrams_xc5v_map.v",
        "techmap -map +/xilinx/brams_xc6v_map.v",
        f"{synth} -run map_ffram:",
    ]


def _cells(netlist: Path, top: str) -> list[dict[str, Any]]:
    try:
        return list(json.loads(netlist.read_text())["modules"][top]["cells"].values())
    except (ValueError, KeyError, TypeError, AttributeError):
        raise FinnError(f"the netlist {netlist} has no module {top}; use Yosys 0.60 or later") from None


def _misread(cells: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """What a netlist must do without, because the open tools get cells of it wrong."""
    memories = [cell for cell in cells if cell["type"] in WRONG_DUAL_PORT]
    avoid = [HALVES] if any(_wrong_memory(cell["type"], cell["parameters"]) for cell in memories) else []
    ends = {bit for cell in cells for bit in cell["connections"].get("Q31", [])}
    if any(ends & set(bits) for cell in cells for pin, bits in cell["connections"].items() if pin != "Q31"):
        avoid.append(NO_CASCADES)
    return tuple(avoid)


def _wrong_memory(kind: str, parameters: Mapping[str, Any]) -> bool:
    widths = {_number(parameters.get(name, 0)) for name in WIDTH_PARAMETERS}
    dual = str(parameters.get("RAM_MODE", "")).strip() == "SDP"
    return (dual and WRONG_DUAL_PORT[kind] in widths) or bool(widths & set(WRONG_WIDTHS.get(kind, ())))


def _number(value: Any) -> int:
    """A parameter: Yosys writes integers as 32 binary digits."""
    return int(value, 2) if isinstance(value, str) else int(value)


def _check(counts: Mapping[str, int], misread: Sequence[str], netlist: Path) -> None:
    unknown = [f"{count} {cell}" for cell, count in sorted(counts.items()) if cell not in PLACEABLE]
    # Folding chooses them: -nodsp keeps Yosys from making more.
    if "DSP48E1" in counts:
        raise FinnError(
            f"the netlist {netlist} holds {counts['DSP48E1']} DSP48E1, which the open tools configure "
            'wrongly; set "resType": "lut" in the folding file, or build with --toolchain vivado'
        )
    if unknown:
        raise FinnError(
            f"the netlist {netlist} holds {', '.join(unknown)}, which nextpnr-xilinx cannot place; build "
            "with --toolchain vivado, or report the network"
        )
    if misread:
        raise FinnError(
            f"the netlist {netlist} still holds cells that the open tools get wrong ({', '.join(misread)}); "
            "build with --toolchain vivado, or report the network"
        )
