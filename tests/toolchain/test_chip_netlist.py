"""Netlists for nextpnr-xilinx: what it gets wrong is not in them, and they do what the RTL does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from kernels.grid import FRAMES, TOP, Bench, Case, expect_none, random_values, wrapper
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.kernels.base import PRIMITIVES
from finn.kernels.mvau import MVAU
from finn.kernels.streaming_fifo import StreamingFIFO
from finn.rtlsim.netlist import compile_netlist
from finn.toolchain.chip_netlist import Netlist, synthesise
from finn.toolchain.yosys import run_yosys

RNG = np.random.default_rng(7)
BIPOLAR, UINT4 = DataType["BIPOLAR"], DataType["UINT4"]
KERNELS = (
    # 512 words of 36 bits: simple dual-port at 36 bits where it is left to Yosys.
    StreamingFIFO(UINT4, (16, 9), 512, "block"),
    # Seven products in two LUTs and a carry chain, one of the LUTs with two outputs.
    MVAU(
        mw=28, mh=2, pe=1, simd=28, weights=random_values(RNG, BIPOLAR, (28, 2)),
        weight_datatype=BIPOLAR, input_datatype=BIPOLAR, output_datatype=DataType["INT6"],
        accumulator_datatype=DataType["INT6"],
    ),
)  # fmt: skip


def case(kernel: object) -> Case:
    stream = kernel.input_streams[0]
    return Case(kernel, (random_values(RNG, stream.datatype, (FRAMES, stream.beats * stream.lanes)),))


class NetlistBench(Bench):
    """The kernels, synthesised side by side."""

    def __init__(self, folder: Path) -> None:
        self.cases = [case(kernel) for kernel in KERNELS]
        self.expected = [each.kernel.golden(list(each.inputs)) for each in self.cases]
        memories = []
        for index, kernel in enumerate(KERNELS):
            for name, text in kernel.rtl(f"case{index}").memories.items():
                (folder / name).write_text(text)
                memories.append(folder / name)
        top = folder / f"{TOP}.sv"
        top.write_text("\n".join(wrapper(KERNELS)))
        sources = [PRIMITIVES, *dict.fromkeys(path for kernel in KERNELS for path in kernel.sources), top]
        self.netlist: Netlist = synthesise(TOP, sources, memories, folder / "chip")
        script = f"read_json {self.netlist.path.name}\nwrite_verilog -noattr netlist.v\n"
        run_yosys(script, [self.netlist.path], folder / "verilog", ["netlist.v"], 600)
        self.model = compile_netlist(
            folder / "verilog" / "netlist.v",
            TOP,
            self.specs("s_axis"),
            self.specs("m_axis"),
            folder / "netlist.so",
            work=folder / "work",
        )


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> NetlistBench:
    """The compiled netlist."""
    return NetlistBench(tmp_path_factory.mktemp("chip"))


def test_shapes_that_come_out_wrong_are_replaced(bench: NetlistBench) -> None:
    cells = bench.netlist.cells
    assert bench.netlist.avoided == ("halves",)
    assert cells["RAMB18E1"] == 2 and "RAMB36E1" not in cells
    assert "LUT6_2" not in cells and cells["CARRY4"] > 0 and "DSP48E1" not in cells


@pytest.mark.parametrize("seed", [1, 2])
def test_the_netlist_does_what_the_rtl_does(bench: NetlistBench, seed: int) -> None:
    result = bench.run(seed_reset=seed)
    expect_none(bench.wrong_outputs(result))
    expect_none(bench.wrong_cycles(result))


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (
            "PLLE2_BASE u (.CLKIN1(a), .CLKOUT0(b));",
            "1 PLLE2_BASE, which nextpnr-xilinx cannot place; build with --toolchain vivado, or report the "
            "network",
        ),
        (
            "wire [47:0] p; DSP48E1 u (.CLK(a), .P(p)); assign b = p[0];",
            '1 DSP48E1, which the open tools configure wrongly; set "resType": "lut" in the folding file, or '
            "build with --toolchain vivado",
        ),
    ],
)
def test_a_cell_that_cannot_be_placed_is_refused(tmp_path: Path, cell: str, reason: str) -> None:
    source = tmp_path / "one.sv"
    source.write_text(f"module one (input wire a, output wire b);\n  {cell}\nendmodule\n")
    with pytest.raises(FinnError) as error:
        synthesise("one", [source], [], tmp_path / "chip")
    assert str(error.value) == f"the netlist {tmp_path / 'chip' / 'top.json'} holds {reason}"


def test_shift_registers_are_not_cascaded(tmp_path: Path) -> None:
    source = tmp_path / "delay.sv"
    source.write_text(
        "module delay (input wire c, input wire d, output logic q);\n  logic [99:0] s;\n"
        "  always_ff @(posedge c) begin\n    s <= {s[98:0], d};\n    q <= s[99];\n  end\nendmodule\n"
    )
    netlist = synthesise("delay", [source], [], tmp_path / "chip")
    assert netlist.avoided == ("-nosrl",)
    assert netlist.cells["FDRE"] == 101 and "SRLC32E" not in netlist.cells
