"""Makes the bitstream from the project that MakePYNQProject wrote."""

from __future__ import annotations

import io
import json
import logging
import shutil
import zipfile
from pathlib import Path

from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.boards import Board
from finn.core.build_dir import build_directory, hardware_child, recorded_path
from finn.errors import FinnError
from finn.rtlsim.silicon_build import compile_silicon
from finn.shell import ShellSpec, write_bit
from finn.toolchain.openxc7 import absent
from finn.toolchain.vivado import find_vivado
from finn.transformation.fpgadataflow.chip_bitstream import (
    bitstream_by_openxc7,
    bitstream_by_vivado,
    record_bitstream,
)
from finn.transformation.fpgadataflow.create_stitched_ip import RTL_FOLDER
from finn.transformation.fpgadataflow.make_pynq_proj import PROJECT_FOLDER, SHELL_FOLDER, shell_spec

__all__ = ("TOOLCHAINS", "SynthPYNQProject", "choose_toolchain")

log = logging.getLogger(__name__)
TOOLCHAINS = ("verilator", "openxc7", "vivado")
# Whose tools and data "auto" looks for.
COMMON_PART = "xc7z020clg400-1"
# The parts that the open tools know.
OPEN_FAMILY = "zynq-7000"


class SynthPYNQProject(Transformation):  # type: ignore[misc]
    """Outcome: ``.bit`` beside the project's ``.hwh``; metadata ``vivado_pynq_bitfile``.

    Whatever the toolchain, the project also gets the bitstream for an emulated board.

    Parameters
    ----------
    toolchain
        ``"verilator"`` for an emulated board, ``"openxc7"``, ``"vivado"``, or ``"auto"``: the
        first of vivado, openxc7, verilator that is there; the choice is logged.
    fastest
        With openxc7: change the model's clock to the fastest that is met.

    Raises
    ------
    FinnError
        If the toolchain is unknown or missing, fails, or misses the clock.
    """

    def __init__(self, toolchain: str = "auto", *, fastest: bool = False) -> None:
        super().__init__()
        choose_toolchain(toolchain)
        self._toolchain = toolchain
        self._fastest = fastest

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """Return the model with its bitstream recorded."""
        recorded_path(model, "vivado_pynq_proj", "MakePYNQProject")
        toolchain = choose_toolchain(self._toolchain, shell_spec(hardware_child(model)).board)
        if toolchain == "openxc7":
            bitstream_by_openxc7(model, self._fastest)
        elif toolchain == "vivado":
            bitstream_by_vivado(model)
        # Last, because it holds the clock that place and route may have changed.
        record_bitstream(model, "emulated", _synthesise(hardware_child(model)))
        return model, False


def choose_toolchain(name: str, board: Board | None = None) -> str:
    """Resolve ``"auto"``, for a board if there is one already.

    Raises
    ------
    FinnError
        The name is unknown (the text lists the known ones), or the toolchain has no bitstreams for
        the board.
    """
    open_tools = board is None or board.family == OPEN_FAMILY
    if name == "openxc7" and board is not None and not open_tools:
        raise FinnError(
            f"openxc7 makes bitstreams for a {OPEN_FAMILY.title()} only, {board.name} has a {board.part}; "
            "use the toolchain vivado, or verilator for an emulated board"
        )
    if name in TOOLCHAINS:
        return name
    if name != "auto":
        raise FinnError(f"toolchain {name!r} is unknown; possible are auto, {', '.join(TOOLCHAINS)}")
    chosen = "verilator"
    if find_vivado():
        chosen = "vivado"
    elif open_tools and not absent(COMMON_PART):
        chosen = "openxc7"
    log.info("toolchain auto: %s", chosen)
    return chosen


def _synthesise(child: ModelWrapper) -> Path:
    directory = build_directory(child)
    spec = shell_spec(child)
    bit = directory / PROJECT_FOLDER / f"{child.get_metadata_prop('finn_bitstream')}.bit"
    work = directory / PROJECT_FOLDER / "silicon"
    sources = [
        *sorted((directory / SHELL_FOLDER).glob("*.sv")),
        *sorted((directory / RTL_FOLDER).glob("*.sv")),
    ]
    processor = spec.board.processor.name
    library = compile_silicon(sources, work / "silicon.so", work, optimise="-O1", processor=processor)
    payload = _payload(spec, library, directory / RTL_FOLDER)
    write_bit(bit, payload, bit.stem, spec.board.part)
    shutil.rmtree(work)
    return bit


def _payload(spec: ShellSpec, library: Path, rtl: Path) -> bytes:
    info = {
        "abi": "finn-silicon-2",
        "build_id": spec.build_id,
        "clk_mhz": spec.clk_mhz,
        "board": spec.board.name,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.write(library, "silicon.so")
        for path in sorted(rtl.glob("*.mem")):
            archive.write(path, path.name)
        archive.writestr("info.json", json.dumps(info))
    return buffer.getvalue()
