"""Writes the network's RTL: one generated top, the kernels' sources, their memories."""

from __future__ import annotations

import shutil
from pathlib import Path

from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.core.build_dir import build_directory, set_everywhere
from finn.core.network import boundaries, instances
from finn.core.network_rtl import NETWORK_TOP, network_rtl

__all__ = ("RTL_FOLDER", "CreateStitchedIP", "network_sources", "write_network")

RTL_FOLDER = "project/rtl"


class CreateStitchedIP(Transformation):  # type: ignore[misc]
    """Outcome: ``project/rtl`` holds the network; ``vivado_stitch_proj`` names ``project``."""

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """Return the child with its metadata."""
        folder = build_directory(model) / RTL_FOLDER
        shutil.rmtree(folder, ignore_errors=True)
        write_network(model, folder)
        set_everywhere(
            model,
            {
                "vivado_stitch_proj": "project",
                "vivado_stitch_vlnv": "finn:finn:finn_network:1.0",
                "wrapper_filename": f"{RTL_FOLDER}/{NETWORK_TOP}.sv",
            },
        )
        return model, False


def network_sources(model: ModelWrapper) -> list[Path]:
    """The hand-written files that the network's kernels need, each once, in compile order."""
    return list(dict.fromkeys(path for i in instances(model) for path in i.kernel.sources))


def write_network(model: ModelWrapper, folder: Path) -> list[Path]:
    """Write top, sources and ``.mem`` files into ``folder``; returns the sources in compile order."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for source in network_sources(model):
        written.append(Path(shutil.copyfile(source, folder / source.name)))
    parts = instances(model)
    for instance in parts:
        for name, text in instance.kernel.rtl(instance.name).memories.items():
            (folder / name).write_text(text)
    top = folder / f"{NETWORK_TOP}.sv"
    top.write_text(network_rtl(parts, *boundaries(model)))
    return [*written, top]
