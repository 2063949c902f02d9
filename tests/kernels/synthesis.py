"""Kernels synthesised alone, many in one run of Yosys, and what each of them costs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kernels.grid import TOP, wrapper

import finn.kernels
from finn.kernels.base import Kernel, Resources
from finn.toolchain.mapping import map_to_cells
from finn.toolchain.yosys import utilisation

__all__ = ("synthesise_kernels",)

STUBS = Path(finn.kernels.__file__).parent / "rtl" / "xilinx_stubs.sv"
# Memory in LUTs, of which ``utilisation`` counts the sites among all LUTs.
LUT_MEMORIES = ("RAM", "SRL")


def synthesise_kernels(kernels: Mapping[str, Kernel], folder: Path) -> dict[str, Resources]:
    """What each kernel costs by itself, as synthesis counts it.

    The kernels stand side by side in one design, each kept as a module of its own with ports that
    nothing is known of, so one run of Yosys measures them all. Its options do what those of
    ``synth_xilinx -family xc7 -abc9 -flatten -noiopad -noclkbuf`` on each module alone do.
    ``lut`` holds LUT1 to LUT6, LUT6_2, INV and the sites of LUT memories (those again in ``lutram``).
    """
    top = folder / f"{TOP}.sv"
    folder.mkdir(parents=True, exist_ok=True)
    top.write_text("\n".join(wrapper(list(kernels.values()))))
    memories, apart = [], {}
    for index, (name, kernel) in enumerate(kernels.items()):
        module = kernel.rtl(f"case{index}")
        apart[name] = f"{module.module}${TOP}.case{index}"
        for file, text in module.memories.items():
            (folder / file).write_text(text)
            memories.append(folder / file)
    sources = [STUBS, *dict.fromkeys(path for kernel in kernels.values() for path in kernel.sources), top]
    cells = map_to_cells(TOP, sources, memories, folder / "mapped", apart.values()).cells
    return {name: _resources(cells[module]) for name, module in apart.items()}


def _resources(cells: Mapping[str, int]) -> Resources:
    sites = utilisation(cells)
    memories = {cell: count for cell, count in cells.items() if cell.startswith(LUT_MEMORIES)}
    return Resources(
        lut=sites["LUT"],
        # A block RAM's name starts like a LUT memory's; it has no LUT sites.
        lutram=utilisation(memories)["LUT"],
        ff=sites["FF"],
        carry4=sites["CARRY4"],
        bram18=sites["BRAM18"],
        dsp=sites["DSP"],
    )
