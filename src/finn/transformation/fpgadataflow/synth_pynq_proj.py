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

from finn.core.build_dir import build_directory, hardware_child, recorded_path, set_everywhere
from finn.errors import FinnError
from finn.rtlsim.silicon_build import compile_silicon
from finn.shell import ShellSpec, write_bit
from finn.transformation.fpgadataflow.create_stitched_ip import RTL_FOLDER
from finn.transformation.fpgadataflow.make_pynq_proj import PROJECT_FOLDER, SHELL_FOLDER, shell_spec

__all__ = ("TOOLCHAINS", "SynthPYNQProject", "choose_toolchain", "require_made")

log = logging.getLogger(__name__)
TOOLCHAINS = ("verilator", "openxc7", "vivado")
OPENXC7_TOOLS = ("nextpnr-xilinx", "fasm2frames.py", "xc7frames2bit")


class SynthPYNQProject(Transformation):  # type: ignore[misc]
    """Outcome: ``.bit`` beside the project's ``.hwh``; metadata ``vivado_pynq_bitfile``.

    Parameters
    ----------
    toolchain
        ``"verilator"`` for an emulated board, ``"openxc7"``, ``"vivado"``, or ``"auto"``: the
        first of vivado, openxc7, verilator that is there; the choice is logged.

    Raises
    ------
    FinnError
        If the toolchain is unknown or missing, or fails.
    """

    def __init__(self, toolchain: str = "auto") -> None:
        super().__init__()
        self._toolchain = choose_toolchain(toolchain)

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """Return the model with its bitstream recorded."""
        recorded_path(model, "vivado_pynq_proj", "MakePYNQProject")
        require_made(self._toolchain)
        set_everywhere(model, {"vivado_pynq_bitfile": _synthesise(hardware_child(model))})
        return model, False


def choose_toolchain(name: str) -> str:
    """Resolve ``"auto"``; FinnError for an unknown name, which lists the known ones."""
    if name in TOOLCHAINS:
        return name
    if name != "auto":
        raise FinnError(f"toolchain {name!r} is unknown; possible are auto, {', '.join(TOOLCHAINS)}")
    chosen = "verilator"
    if shutil.which("vivado"):
        chosen = "vivado"
    elif all(shutil.which(tool) for tool in OPENXC7_TOOLS):
        chosen = "openxc7"
    log.info("toolchain auto: %s", chosen)
    return chosen


def require_made(toolchain: str) -> None:
    """Pass for a toolchain that makes bitstreams; FinnError for one that will do so later."""
    if toolchain != "verilator":
        raise FinnError(
            f"bitstreams by {toolchain} are not made yet; "
            "use the toolchain verilator, for an emulated board"
        )


def _synthesise(child: ModelWrapper) -> str:
    directory = build_directory(child)
    spec = shell_spec(child)
    relative = f"{PROJECT_FOLDER}/{child.get_metadata_prop('finn_bitstream')}.bit"
    work = directory / PROJECT_FOLDER / "silicon"
    sources = [
        *sorted((directory / SHELL_FOLDER).glob("*.sv")),
        *sorted((directory / RTL_FOLDER).glob("*.sv")),
    ]
    library = compile_silicon(sources, work / "silicon.so", work, optimise="-O1")
    payload = _payload(spec, library, directory / RTL_FOLDER)
    write_bit(directory / relative, payload, Path(relative).stem, spec.board.part)
    shutil.rmtree(work)
    return relative


def _payload(spec: ShellSpec, library: Path, rtl: Path) -> bytes:
    info = {
        "abi": "finn-silicon-1",
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
