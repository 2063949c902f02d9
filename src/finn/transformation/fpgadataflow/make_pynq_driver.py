"""Writes what the board runs."""

from __future__ import annotations

import json
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn import runtime
from finn.core.accelerator import accelerator, bitstreams
from finn.core.build_dir import build_directory, hardware_child, recorded_path, set_everywhere
from finn.transformation.fpgadataflow.make_pynq_proj import shell_spec

__all__ = ("DEPLOY_FOLDER", "MakePYNQDriver", "assemble_deployment")

DEPLOY_FOLDER = "deploy"
BESIDE = ("driver.py", "example.ipynb")  # what a user starts; it lies beside the folder ``runtime``


class MakePYNQDriver(Transformation):  # type: ignore[misc]
    """Outcome: ``deploy/`` with ``driver.py``, ``example.ipynb``, ``runtime/`` and ``accelerator.json``.

    Metadata ``pynq_driver_dir``. FinnError if there is no project yet.
    """

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """Return the model with its driver recorded."""
        recorded_path(model, "vivado_pynq_proj", "MakePYNQProject")
        folder = build_directory(model) / DEPLOY_FOLDER
        shutil.rmtree(folder, ignore_errors=True)
        source = Path(runtime.__file__).parent
        shutil.copytree(source, folder / "runtime", ignore=shutil.ignore_patterns("__pycache__", *BESIDE))
        for name in BESIDE:
            shutil.copyfile(source / name, folder / name)
        _describe(model, folder)
        set_everywhere(model, {"pynq_driver_dir": DEPLOY_FOLDER})
        if model.get_metadata_prop("vivado_pynq_bitfile"):
            assemble_deployment(model)
        return model, False


def _describe(model: ModelWrapper, folder: Path) -> None:
    child = hardware_child(model)
    spec = shell_spec(child)
    description, arrays = accelerator(model, child, [len(spec.ports(stream)) for stream in spec.streams])
    (folder / "accelerator.json").write_text(json.dumps(description, indent=1) + "\n")
    np.savez(folder / "host.npz", **arrays)  # type: ignore[arg-type]


def assemble_deployment(model: ModelWrapper) -> Path:
    """Put the bitstreams and their ``.hwh`` beside the driver; returns the complete folder.

    Files that are there already are not touched: other processes may be running the same build.
    """
    folder = recorded_path(model, "pynq_driver_dir", "MakePYNQDriver")
    bits = {recorded_path(model, "vivado_pynq_bitfile", "SynthPYNQProject")}
    files = json.loads(model.get_metadata_prop("finn_bitfiles") or "{}")
    bits |= {build_directory(model) / name for name in files.values()}
    if _outdated(model, folder):
        _describe(model, folder)
    wanted = {bit.name: bit for bit in bits} | {f"{bit.stem}.hwh": bit.with_suffix(".hwh") for bit in bits}
    for name, source in wanted.items():
        _put(source.read_bytes(), folder / name)
    for other in (*folder.glob("finn-*.bit"), *folder.glob("finn-*.hwh")):
        if other.name not in wanted:
            other.unlink(missing_ok=True)
    return folder


def _put(content: bytes, target: Path) -> None:
    """Have a file hold this; it is never there in part."""
    with suppress(FileNotFoundError):
        if target.read_bytes() == content:
            return
    partial = target.parent.with_name(f"{target.name}.{secrets.token_hex(4)}")
    try:
        partial.write_bytes(content)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _outdated(model: ModelWrapper, folder: Path) -> bool:
    """Whether bitstreams or clock are newer than the driver."""
    description = json.loads((folder / "accelerator.json").read_text())
    child = hardware_child(model)
    wanted = (bitstreams(child), float(child.get_metadata_prop("clk_mhz") or 0))
    return (description["bitstreams"], description["clk_mhz"]) != wanted
