"""Puts the stitched network into the PYNQ shell."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.boards import Board, get_board
from finn.core.build_dir import build_directory, hardware_child, set_everywhere
from finn.core.network import bottleneck_cycles, boundaries
from finn.core.network_shell import shell_around
from finn.core.progress import Progress, silent
from finn.shell import TOP, ShellSpec, write_hwh, write_shell
from finn.toolchain.vivado import VivadoDesign, write_script
from finn.transformation.fpgadataflow.create_stitched_ip import RTL_FOLDER
from finn.transformation.fpgadataflow.prepare_network import NetworkOptions, prepare_network

__all__ = ("PROJECT_FOLDER", "SHELL_FOLDER", "VIVADO_FOLDER", "MakePYNQProject", "shell_spec")

PROJECT_FOLDER = "project"
SHELL_FOLDER = f"{PROJECT_FOLDER}/shell"
VIVADO_FOLDER = f"{PROJECT_FOLDER}/vivado"


class MakePYNQProject(Transformation):  # type: ignore[misc]
    """Writes the project of a network for one board: RTL, Vivado script, ``.hwh``.

    Outcome: ``project/`` below the model's ``build_dir``; metadata ``vivado_pynq_proj``.

    Parameters
    ----------
    platform
        Name of the board, for example ``"Pynq-Z1"``.
    options
        The choices of :class:`~finn.transformation.fpgadataflow.prepare_network.NetworkOptions`,
        by keyword: ``clk_mhz``, ``folding``, ``target_fps``, ``lut_share``, ``top_k``,
        ``input_datatype``, ``input_scale``, ``input_mean``, ``input_std``, ``hp_ports``, ``dsp``.

    Raises
    ------
    FinnError
        For an unknown board, or whatever the front end, folding or simulation refuse.
    """

    def __init__(self, platform: str, *, progress: Progress = silent, **options: Any) -> None:
        super().__init__()
        self._board = get_board(platform)
        self._options = NetworkOptions(**options)
        self._progress = progress

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """Return the model, partitioned and stitched, with the project's metadata."""
        model = prepare_network(model, self._board, self._options, self._progress)
        with self._progress("PYNQ shell"):
            _write_project(model, self._board, self._options)
        return model, False


def _write_project(model: ModelWrapper, board: Board, options: NetworkOptions) -> None:
    directory = build_directory(model)
    digest = _digest(directory / RTL_FOLDER, (board.name, options.clk_mhz, options.hp_ports))
    stem = f"finn-{digest[:12]}"
    set_everywhere(
        model,
        {
            "platform": board.name,
            "clk_mhz": repr(options.clk_mhz),
            "hp_ports": str(options.hp_ports or 0),
            "finn_build_id": str(int(digest[:8], 16)),
            "finn_bitstream": stem,
            "vivado_pynq_proj": PROJECT_FOLDER,
            "finn_bitfiles": "{}",
        },
    )
    child = hardware_child(model)
    spec = shell_spec(child)
    folder = directory / PROJECT_FOLDER
    shutil.rmtree(directory / SHELL_FOLDER, ignore_errors=True)
    write_shell(spec, directory / SHELL_FOLDER)
    write_hwh(spec, folder / f"{stem}.hwh", f"{stem}.bit")
    shutil.rmtree(directory / VIVADO_FOLDER, ignore_errors=True)
    write_script(_vivado_design(spec, folder, stem), directory / VIVADO_FOLDER)


def _vivado_design(spec: ShellSpec, folder: Path, stem: str) -> VivadoDesign:
    files = [*sorted(folder.glob("shell/*")), *sorted(folder.glob("rtl/*"))]
    names = [path.relative_to(folder).as_posix() for path in files]
    return VivadoDesign(
        top=TOP,
        part=spec.board.part,
        sources=[name for name in names if name.endswith(".sv")],
        memories=[name for name in names if name.endswith(".mem")],
        clk_mhz=spec.clk_mhz,
        build_id=spec.build_id,
        bit_name=f"{stem}-zynq.bit",
        clock_pin=spec.board.processor.clock_pin,
        fabric_reset=spec.board.processor.fabric_reset,
    )


def _digest(folder: Path, settings: Iterable[object]) -> str:
    state = hashlib.sha256(repr(tuple(settings)).encode())
    for path in sorted(folder.iterdir()):
        state.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return state.hexdigest()


def shell_spec(child: ModelWrapper) -> ShellSpec:
    """The shell that the child's metadata asks for."""
    inputs, outputs = boundaries(child)
    return shell_around(
        get_board(child.get_metadata_prop("platform") or ""),
        [boundary.stream for boundary in inputs],
        [boundary.stream for boundary in outputs],
        float(child.get_metadata_prop("clk_mhz") or 0),
        bottleneck_cycles(child),
        build_id=int(child.get_metadata_prop("finn_build_id") or 0),
        hp_ports=int(child.get_metadata_prop("hp_ports") or 0) or None,
    )
