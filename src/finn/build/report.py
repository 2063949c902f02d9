"""Figures of a build, as JSON for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qonnx.core.modelwrapper import ModelWrapper

from finn.core.build_dir import hardware_child
from finn.core.network import bottleneck_cycles, instances, total_resources

__all__ = ("write_reports",)


def write_reports(model: ModelWrapper, folder: Path) -> None:
    """Write ``estimate_layers.json`` and ``final_hw_config.json`` (a folding file) to ``folder``."""
    child = hardware_child(model)
    folder.mkdir(parents=True, exist_ok=True)
    parts = instances(child)
    layers = {p.name: {"cycles": p.kernel.cycles, **asdict(p.kernel.resources())} for p in parts}
    clk_mhz = float(model.get_metadata_prop("clk_mhz") or 0)
    cycles = bottleneck_cycles(child)
    summary = {
        "max_cycles": cycles,
        "estimated_throughput_fps": clk_mhz * 1e6 / cycles,
        "resources": asdict(total_resources(child)),
        "layers": layers,
    }
    _write(folder / "estimate_layers.json", summary)
    _write(folder / "final_hw_config.json", _folding(child))


def _folding(child: ModelWrapper) -> dict[str, Any]:
    config: dict[str, Any] = {"Defaults": {}}
    for part in instances(child):
        if part.kernel.folding_choices():
            keys = part.kernel.foldings()[0]
            config[part.name] = {key: getattr(part.kernel, key.lower()) for key in keys}
    return config


def _write(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=2) + "\n")
