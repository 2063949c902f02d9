"""A project's bitstream for the chip itself: by open tools, by Vivado here, or brought from elsewhere."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qonnx.core.modelwrapper import ModelWrapper

from finn.core.build_dir import build_directory, hardware_child, set_everywhere
from finn.errors import FinnError
from finn.kernels.base import PRIMITIVES
from finn.shell import TOP, ShellSpec, write_hwh
from finn.shell.real_bit import check_real_bit
from finn.toolchain import nextpnr, openxc7, vivado
from finn.toolchain.chip_netlist import Netlist, synthesise
from finn.toolchain.yosys import utilisation
from finn.transformation.fpgadataflow.create_stitched_ip import RTL_FOLDER
from finn.transformation.fpgadataflow.make_pynq_proj import (
    PROJECT_FOLDER,
    SHELL_FOLDER,
    VIVADO_FOLDER,
    shell_spec,
)
from finn.transformation.fpgadataflow.set_arithmetic import layers_in_dsps

__all__ = (
    "OPENXC7_FOLDER",
    "adopt_vivado",
    "bitstream_by_openxc7",
    "bitstream_by_vivado",
    "record_bitstream",
)

OPENXC7_FOLDER = f"{PROJECT_FOLDER}/openxc7"
REPORT_FOLDER = "report"
USER_ID = re.compile(r"UserID=0X([0-9A-F]+)", re.IGNORECASE)


def bitstream_by_openxc7(model: ModelWrapper, fastest: bool) -> None:
    """Make the bitstream with Yosys, nextpnr-xilinx and Project X-Ray.

    Outcome: ``project/openxc7``, ``report/openxc7.json``, the ``.bit`` and its ``.hwh``. With
    ``fastest``, the model's clock becomes the fastest one that was met.

    Raises
    ------
    FinnError
        A tool is missing (the netlist is made all the same) or fails, the clock is missed, or layers
        multiply in DSPs, which the open tools configure wrongly (openXC7/nextpnr-xilinx pull 159).
    """
    directory = build_directory(model)
    child = hardware_child(model)
    _refuse_dsps(child)
    spec = shell_spec(child)
    folder = directory / OPENXC7_FOLDER
    folders = [directory / SHELL_FOLDER, directory / RTL_FOLDER]
    sources = [PRIMITIVES, *(path for each in folders for path in sorted(each.glob("*.sv")))]
    netlist = synthesise(TOP, sources, sorted((directory / RTL_FOLDER).glob("*.mem")), folder)
    # Processor and fabric only: no pin of the chip is used, so there is nothing to constrain.
    (folder / "top.xdc").write_text("")
    try:
        tools = openxc7.find_openxc7(spec.board.part)
    except FinnError as error:
        raise FinnError(f"{error}; the netlist is {netlist.path}") from None
    route = nextpnr.place_at_fastest if fastest else nextpnr.place_and_route
    routed = route(tools, folder, spec.clk_mhz)
    bit = openxc7.write_bitstream(tools, folder)
    check_real_bit(bit, spec.board.part)
    _report(directory, "openxc7", _openxc7_report(spec, netlist, routed, tools))
    if routed.clk_mhz != spec.clk_mhz:
        _change_clock(model, routed.clk_mhz)
    record_bitstream(model, "zynq", bit)


def _refuse_dsps(child: ModelWrapper) -> None:
    layers = layers_in_dsps(child)
    if layers:
        raise FinnError(
            f"{layers[0]} multiplies in DSPs, which the open tools configure wrongly; make the project with "
            "dsp=False, or set resType lut"
        )


def bitstream_by_vivado(model: ModelWrapper) -> None:
    """Run the project's script in Vivado; outcome as of `adopt_vivado`."""
    folder = build_directory(model) / VIVADO_FOLDER
    vivado.run_vivado(folder)
    adopt_vivado(model, folder)


def adopt_vivado(model: ModelWrapper, folder: Path) -> None:
    """Take the bitstream that the project's script made in ``folder``, on this machine or another.

    Outcome: ``report/vivado.json``, the ``.bit`` and its ``.hwh``.

    Raises
    ------
    FinnError
        There is no bitstream, it missed the clock, or it is of another build or for another part.
    """
    spec = shell_spec(hardware_child(model))
    result = vivado.read_result(folder)
    bitstream = check_real_bit(result.bit, spec.board.part)
    stamped = USER_ID.search(bitstream.design)
    if not stamped or int(stamped.group(1), 16) != spec.build_id or result.build_id != spec.build_id:
        raise FinnError(
            f"{result.bit} is of another build (it must carry UserID=0X{spec.build_id:08X}); run the script "
            "of this build's project"
        )
    if result.clk_mhz < spec.clk_mhz:
        raise FinnError(
            f"{result.bit} was made for {result.clk_mhz:g} MHz, this build runs at {spec.clk_mhz:g}; run the "
            "script of this build's project"
        )
    _report(build_directory(model), "vivado", _vivado_report(spec, result))
    record_bitstream(model, "zynq", result.bit)


def record_bitstream(model: ModelWrapper, kind: str, bit: Path) -> None:
    """Put a bitstream and its ``.hwh`` into the project; ``kind`` is ``emulated`` or ``zynq``.

    Metadata: ``finn_bitfiles`` (JSON) names one of each kind, ``vivado_pynq_bitfile`` the one for
    the chip where there is one.
    """
    child = hardware_child(model)
    folder = build_directory(model) / PROJECT_FOLDER
    stem = str(child.get_metadata_prop("finn_bitstream")) + ("" if kind == "emulated" else f"-{kind}")
    target = folder / f"{stem}.bit"
    if bit != target:
        shutil.copyfile(bit, target)
    write_hwh(shell_spec(child), target.with_suffix(".hwh"), target.name)
    files = {
        **json.loads(child.get_metadata_prop("finn_bitfiles") or "{}"),
        kind: f"{PROJECT_FOLDER}/{stem}.bit",
    }
    main = files.get("zynq", files[kind])
    set_everywhere(model, {"vivado_pynq_bitfile": main, "finn_bitfiles": json.dumps(files)})


def _change_clock(model: ModelWrapper, clk_mhz: float) -> None:
    """Another clock is another build: its files get a name of their own."""
    old = str(model.get_metadata_prop("finn_bitstream"))
    (build_directory(model) / PROJECT_FOLDER / f"{old}.hwh").unlink(missing_ok=True)
    digest = hashlib.sha256(f"{old} {clk_mhz!r}".encode()).hexdigest()
    name = f"finn-{digest[:12]}"
    set_everywhere(model, {"clk_mhz": repr(clk_mhz), "finn_bitstream": name, "finn_bitfiles": "{}"})


def _report(directory: Path, name: str, figures: Mapping[str, Any]) -> None:
    folder = directory / REPORT_FOLDER
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n")


def _openxc7_report(
    spec: ShellSpec, netlist: Netlist, routed: nextpnr.Routed, tools: openxc7.Installation
) -> dict[str, Any]:
    return {
        "toolchain": "openxc7",
        "part": spec.board.part,
        "build_id": spec.build_id,
        "timing": "estimate",
        "target_clk_mhz": spec.clk_mhz,
        "achieved_clk_mhz": routed.clk_mhz,
        "margin": nextpnr.MARGIN,
        "asked_mhz (estimate)": routed.asked_mhz,
        "reported_mhz (estimate)": routed.reported_mhz,
        "seed": routed.seed,
        "read_back": tools.bitread is not None,
        "netlist": utilisation(netlist.cells),
        "cells": dict(netlist.cells),
        "synthesised_without": list(netlist.avoided),
        "utilisation": {name: {"used": used, "of": of} for name, (used, of) in routed.used.items()},
        "versions": {
            "yosys": netlist.version,
            **{name: openxc7.tool_version(path) for name, path in tools.programs.items()},
        },
    }


def _vivado_report(spec: ShellSpec, result: vivado.VivadoResult) -> dict[str, Any]:
    figures = {key: value for key, value in asdict(result).items() if key not in ("bit", "used", "version")}
    return {
        "toolchain": "vivado",
        "part": spec.board.part,
        **figures,
        "timing": "sign-off by Vivado",
        "target_clk_mhz": spec.clk_mhz,
        "achieved_clk_mhz": round(result.achieved_mhz, 3),
        "utilisation": result.used,
        "versions": {"vivado": result.version},
    }
