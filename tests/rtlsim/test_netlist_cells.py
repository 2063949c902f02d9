"""The cells' models: what starts unknown, block RAMs in every shape, DSPs; what has no model is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from required import REQUIRED, need
from rtlsim import memories
from rtlsim.icarus import run_icarus
from rtlsim.memories import MEMORIES, Memory

from finn.errors import FinnError
from finn.rtlsim import StreamModel, StreamSpec, compile_streams
from finn.rtlsim.netlist import cell_models, cell_types, compile_netlist
from finn.toolchain.mapping import map_to_cells

TRAITS = Path(__file__).with_name("traits.sv")
SEEDS = (1, 2, 3, 4)
PARAMETER = re.compile(r"\.(RAM_MODE|(?:READ|WRITE)_WIDTH_[AB]|WRITE_MODE_[AB])\((?:32's?d)?\"?(\w+)")


class Mapped(NamedTuple):
    """A module's netlist, compiled."""

    netlist: Path
    model: StreamModel


def mapped(top: str, width: int, folder: Path) -> Mapped:
    """A module of `traits.sv` with streams of ``width`` bits."""
    netlist = map_to_cells(top, [TRAITS], [], folder / "mapped").netlist
    source, sink = (StreamSpec(f"{side}_axis_0", width, 1) for side in "sm")
    return Mapped(netlist, compile_netlist(netlist, top, [source], [sink], folder / "netlist.so"))


@pytest.fixture(scope="module")
def never_set(tmp_path_factory: pytest.TempPathFactory) -> Mapped:
    """Four bits that nothing sets above four that start as 1010."""
    return mapped("never_set", 8, tmp_path_factory.mktemp("never_set"))


@pytest.fixture(scope="module")
def multiplier(tmp_path_factory: pytest.TempPathFactory) -> Mapped:
    """24 by 16 bits, signed."""
    return mapped("multiplier", 40, tmp_path_factory.mktemp("multiplier"))


def test_a_register_without_a_first_value_starts_at_random(never_set: Mapped) -> None:
    zeros = np.zeros((1, 1), np.uint8)
    first = [int(never_set.model.run([zeros], 1, seed_reset=seed).outputs[0][0, 0]) for seed in range(1, 9)]
    assert {value & 15 for value in first} == {0b1010}
    unset = np.array([value >> 4 for value in first])
    # Each bit by itself: both values occur, and no two bits always agree.
    bits = (unset[:, None] >> np.arange(4)) & 1
    assert all(0 < column.sum() < len(first) for column in bits.T)
    assert len({tuple(column) for column in bits.T}) == 4


def test_it_is_unknown_in_icarus(never_set: Mapped, tmp_path: Path) -> None:
    need("iverilog")
    zeros = np.zeros((1, 1), np.uint8)
    model = never_set.model
    with pytest.raises(AssertionError, match=r"m_axis_0: beat 0 is [xX][aA]"):
        run_icarus(never_set.netlist, "never_set", model.inputs, model.outputs, [zeros], tmp_path)


def operands() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Beats of both operands and of their products."""
    rng = np.random.default_rng(2)
    a, b = rng.integers(-(1 << 23), 1 << 23, 100), rng.integers(-(1 << 15), 1 << 15, 100)
    a[:4], b[:4] = (-(1 << 23), -(1 << 23), 1, 0), (-(1 << 15), (1 << 15) - 1, -1, 1)
    given = ((a << 16) | (b & 0xFFFF)).astype("<i8")
    return tuple(
        np.ascontiguousarray(v.view(np.uint8).reshape(-1, 8)[:, :5]) for v in (given, (a * b).astype("<i8"))
    )  # type: ignore[return-value]


def test_a_multiplier_is_a_dsp_with_yosys_model(multiplier: Mapped) -> None:
    assert "DSP48E1" in cell_types(multiplier.netlist.read_text())
    beats, expected = operands()
    for seed in SEEDS:
        result = multiplier.model.run(
            [beats], len(beats), seed_reset=seed, seed=seed, input_gap=0.2, output_stall=0.3
        )
        assert np.array_equal(result.outputs[0], expected)


def test_the_dsp_in_icarus(multiplier: Mapped, tmp_path: Path) -> None:
    need("iverilog")
    beats, expected = operands()
    model = multiplier.model
    (given,) = run_icarus(multiplier.netlist, "multiplier", model.inputs, model.outputs, [beats], tmp_path)
    assert np.array_equal(given, expected)


class MemoryBench:
    """All memories, as RTL and as netlist, on the same beats."""

    def __init__(self, folder: Path) -> None:
        contents = memories.contents()
        top = folder / "memories_top.sv"
        top.write_text("\n".join(memories.top()))
        for name, text in contents.items():
            (folder / name).write_text(text)
        sources, streams = [memories.SOURCE, top], ([memories.INPUT], [memories.output()])
        rtl = compile_streams(memories.TOP, sources, contents, *streams, folder / "rtl.so")
        netlist = map_to_cells(
            memories.TOP, sources, [folder / name for name in contents], folder / "mapped"
        ).netlist
        cells = compile_netlist(netlist, memories.TOP, *streams, folder / "netlist.so")
        self.text = netlist.read_text()
        beats = memories.stimulus()
        self.words = [
            self.read(model.run([beats], len(beats), seed_reset=3).outputs[0]) for model in (rtl, cells)
        ]

    @staticmethod
    def read(beats: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Bytes (memories, edges, bytes of both ports)."""
        return beats.reshape(len(beats), len(MEMORIES), -1).swapaxes(0, 1)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> MemoryBench:
    """The compiled memories after their run."""
    return MemoryBench(tmp_path_factory.mktemp("memories"))


@pytest.mark.parametrize("memory", MEMORIES, ids=lambda memory: memory.name)
def test_a_block_ram_reads_what_its_rtl_reads(bench: MemoryBench, memory: Memory) -> None:
    expected, given = (words[MEMORIES.index(memory)] for words in bench.words)
    changes = np.count_nonzero((expected[1:] != expected[:-1]).any(axis=1))
    assert changes > len(expected) // 10, "the reads themselves show too little"
    wrong = np.flatnonzero((expected != given).any(axis=1))
    assert not len(wrong), (
        f"edge {wrong[0]} ({len(wrong)} in all): {given[wrong[0]]}, RTL {expected[wrong[0]]}"
    )


def test_every_shape_that_yosys_infers_is_among_them(bench: MemoryBench) -> None:
    found: dict[tuple[str, str], set[str]] = {}
    for kind, text in re.findall(r"^  (RAMB\d+E1) #\((.*?)^  \)", bench.text, re.S | re.M):
        for name, value in PARAMETER.findall(text):
            found.setdefault((kind, re.sub(r"_[AB]$", "", name)), set()).add(value)
    narrow = {"0", "1", "2", "4", "9", "18", "36"}
    modes = {"READ_FIRST", "WRITE_FIRST", "NO_CHANGE"}
    for kind, widths in (("RAMB18E1", narrow), ("RAMB36E1", narrow | {"72"})):
        assert found[kind, "RAM_MODE"] == {"SDP", "TDP"}
        assert found[kind, "READ_WIDTH"] == found[kind, "WRITE_WIDTH"] == widths
    assert found["RAMB18E1", "WRITE_MODE"] | found["RAMB36E1", "WRITE_MODE"] == modes
    assert all(f'RAM_EXTENSION_A("{which}")' in bench.text for which in ("NONE", "LOWER", "UPPER"))


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


@pytest.mark.parametrize(
    ("parameter", "written", "value"),
    [
        ("DOA_REG", "32'd1", "1"),
        ("WRITE_MODE_B", '"TRANSPARENT"', "TRANSPARENT"),
        ("READ_WIDTH_A", "32'sd27", "27"),
        ("EN_ECC_READ", '"TRUE"', "TRUE"),
    ],
)
def test_a_mode_without_a_model_is_refused(parameter: str, written: str, value: str) -> None:
    netlist = (
        f"module top(input a);\n  RAMB18E1 #(\n    .INIT_00(256'hx),\n    .{parameter}({written})\n"
        "  ) \\x.y  (\n    .WEA(2'h0)\n  );\nendmodule\n"
    )
    with pytest.raises(FinnError) as error:
        cell_models(netlist)
    assert str(error.value) == (
        f"RAMB18E1 \\x.y of the netlist has {parameter} = {value}, which has no model of its behaviour;"
        " leave the mapping of block RAMs to Yosys"
    )


def test_a_program_that_is_required_is_not_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv(REQUIRED, raising=False)
    with pytest.raises(pytest.skip.Exception, match="needs iverilog, which is not on PATH"):
        need("iverilog")
    monkeypatch.setenv(REQUIRED, "tclsh iverilog")
    with pytest.raises(pytest.fail.Exception, match="iverilog is not on PATH, and FINN_REQUIRED_TOOLS"):
        need("iverilog")
