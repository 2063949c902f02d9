"""What synthesis makes of the kernels does what their RTL does, whatever its registers start with."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from kernels.grid import TOP, Bench, expect_none, wrapper
from required import need
from rtlsim.icarus import run_icarus
from rtlsim.netlist_instances import SMALL, cases

import finn.kernels
from finn.rtlsim import StreamResult
from finn.rtlsim.netlist import cell_types, compile_netlist
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
            optimise="-O0",
            work=folder / "work",
        )


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> NetlistBench:
    """The compiled netlist."""
    return NetlistBench(tmp_path_factory.mktemp("netlist"))


@pytest.fixture(scope="module")
def rtl(tmp_path_factory: pytest.TempPathFactory, bench: NetlistBench) -> Bench:
    """The same kernels' RTL."""
    return Bench(bench.cases, tmp_path_factory.mktemp("rtl"))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("gap", "stall"), [(0.0, 0.0), (0.3, 0.4)])
def test_outputs_and_cycles_are_those_of_the_rtl(
    bench: NetlistBench, rtl: Bench, seed: int, gap: float, stall: float
) -> None:
    options = {"seed": seed, "input_gap": gap, "output_stall": stall}
    given, expected = bench.run(seed_reset=seed, **options), rtl.run(seed_reset=seed + 10, **options)
    expect_none(bench.wrong_outputs(given))
    for name in ("outputs", "input_cycles", "output_cycles"):
        pairs = zip(getattr(given, name), getattr(expected, name), strict=True)
        expect_none(
            [f"{name} of stream {i} differ" for i, pair in enumerate(pairs) if not np.array_equal(*pair)]
        )


def test_cycles_are_those_of_the_folding(bench: NetlistBench) -> None:
    expect_none(bench.wrong_cycles(bench.run(seed_reset=3)))


def test_no_unknown_value_reaches_an_output(bench: NetlistBench, tmp_path: Path) -> None:
    need("iverilog")
    inputs, outputs = bench.specs("s_axis"), bench.specs("m_axis")
    beats = run_icarus(bench.netlist, TOP, inputs, outputs, bench.beats(), tmp_path)
    expect_none(bench.wrong_outputs(StreamResult(beats, [], [], None, 0)))


def test_no_register_has_a_first_value(bench: NetlistBench) -> None:
    first = re.findall(r"\.INIT\(1'h(\w)\)", bench.netlist.read_text())
    assert len(first) > 1000
    assert set(first) == {"x"}


def test_every_kind_of_memory_is_there(bench: NetlistBench) -> None:
    kinds = " ".join(cell_types(bench.netlist.read_text()))
    wanted = ("RAMB18E1", r"RAM(32|64)", "CARRY4", "DSP48E1", "FDRE", "LUT6")
    assert [kind for kind in wanted if not re.search(kind, kinds)] == []
