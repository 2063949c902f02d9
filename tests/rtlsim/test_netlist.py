"""What synthesis makes of the kernels does what their RTL does, whatever its registers start with."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from kernels.grid import TOP, Bench, expect_none, wrapper
from rtlsim.icarus import run_icarus
from rtlsim.netlist_instances import SMALL, cases

import finn.kernels
from finn.errors import FinnError
from finn.rtlsim import StreamResult
from finn.rtlsim.netlist import cell_models, cell_types, compile_netlist
from finn.toolchain.mapping import map_to_cells

STUBS = Path(finn.kernels.__file__).parent / "rtl" / "xilinx_stubs.sv"


class NetlistBench(Bench):
    """All kernels of `SMALL`, synthesised side by side."""

    def __init__(self, folder: Path) -> None:
        self.cases = cases()
        self.expected = [case.kernel.golden(list(case.inputs)) for case in self.cases]
        memories = []
        for index, kernel in enumerate(SMALL):
            for name, text in kernel.rtl(f"case{index}").memories.items():
                (folder / name).write_text(text)
                memories.append(folder / name)
        top = folder / f"{TOP}.sv"
        top.write_text("\n".join(wrapper(SMALL)))
        sources = [STUBS, *dict.fromkeys(path for kernel in SMALL for path in kernel.sources), top]
        self.netlist = map_to_cells(TOP, sources, memories, folder / "mapped").netlist
        self.model = compile_netlist(
            self.netlist,
            TOP,
            self.specs("s_axis"),
            self.specs("m_axis"),
            folder / "netlist.so",
            work=folder / "work",
        )


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> NetlistBench:
    """The compiled netlist."""
    return NetlistBench(tmp_path_factory.mktemp("netlist"))


@pytest.mark.parametrize("seed", [1, 2])
def test_outputs_and_cycles_are_those_of_the_rtl(bench: NetlistBench, seed: int) -> None:
    result = bench.run(seed_reset=seed)
    expect_none(bench.wrong_outputs(result))
    expect_none(bench.wrong_cycles(result))


def test_gaps_and_back_pressure_change_nothing(bench: NetlistBench) -> None:
    result = bench.run(seed_reset=3, seed=3, input_gap=0.3, output_stall=0.4)
    expect_none(bench.wrong_outputs(result))


def test_no_unknown_value_reaches_an_output(bench: NetlistBench, tmp_path: Path) -> None:
    if shutil.which("iverilog") is None:
        pytest.skip("needs Icarus Verilog (Debian's package iverilog), which is not there")
    inputs, outputs = bench.specs("s_axis"), bench.specs("m_axis")
    beats = run_icarus(bench.netlist, TOP, inputs, outputs, bench.beats(), tmp_path)
    expect_none(bench.wrong_outputs(StreamResult(beats, [], [], None, 0)))


def test_every_kind_of_memory_is_there(bench: NetlistBench) -> None:
    kinds = " ".join(cell_types(bench.netlist.read_text()))
    assert all(re.search(kind, kinds) for kind in ("RAMB18E1", r"RAM(32|64)", "CARRY4", "FDRE", "LUT6"))


def test_a_cell_without_behaviour_is_refused() -> None:
    netlist = (
        "module top(input a);\n  DSP48E2 #(\n    .AREG(1)\n  ) \\x.y  (\n  );\n"
        "  LUT1 _1_ (\n  );\nendmodule\n"
    )
    assert cell_types(netlist) == ["DSP48E2", "LUT1"]
    with pytest.raises(FinnError) as error:
        cell_models(netlist)
    assert str(error.value) == (
        "the netlist has cells without a model of their behaviour: DSP48E2; synthesise for 7-series parts"
    )
