"""Folding from a file in FINN's JSON format."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.core.network import instances
from finn.design.folding import layers_of
from finn.errors import FinnError
from finn.kernels.registry import hardware_nodes, kernel_of
from finn.transformation.fpgadataflow.set_folding import apply_folding

__all__ = ("ApplyFoldingConfig", "read_folding")

OLD_NAMES = {"MatrixVectorActivation": "MVAU", "StreamingFCLayer": "MVAU"}
# Layers that are inserted after folding, and sized by simulation.
INSERTED = ("StreamingFIFO", "StreamingDataWidthConverter")
FOLDING = ("PE", "SIMD", "parallel_window")
TEXTS = ("ram_style", "resType", "mem_mode")
Values = dict[str, Any]


class ApplyFoldingConfig(Transformation):  # type: ignore[misc]
    """Sets each layer's PE, SIMD, parallel_window and ram_style.

    A layer neither named nor covered by ``Defaults`` gets the smallest folding that is not slower
    than the slowest named one.

    Parameters
    ----------
    config
        The parsed file, as :func:`read_folding` returns it.
    warn
        Called with one sentence for all attributes that mean nothing here.
    """

    def __init__(self, config: Mapping[str, Any], warn: Callable[[str], None]) -> None:
        super().__init__()
        self._config = dict(config)
        self._warn = warn

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """Return the folded model; FinnError names the layer and value that do not fit."""
        defaults = self._config.get("Defaults", {})
        named = _by_node(model, {k: v for k, v in self._config.items() if k != "Defaults"})
        chosen = {
            n.name: {**_defaults(n.op_type, defaults), **named.get(n.name, {})} for n in hardware_nodes(model)
        }
        self._report_unknown(chosen)
        known = {n: {k: v for k, v in a.items() if k in (*FOLDING, *TEXTS)} for n, a in chosen.items()}
        _require_numbers(known)
        apply_folding(model, known)
        _match_the_rest(model, [n for n, a in known.items() if not any(k in FOLDING for k in a)])
        for node in hardware_nodes(model):
            kernel_of(node, model)
        return model, False

    def _report_unknown(self, chosen: Mapping[str, Values]) -> None:
        unknown = sorted({k for a in chosen.values() for k in a if k not in (*FOLDING, *TEXTS)})
        if unknown:
            self._warn(f"folding attributes that mean nothing here are left out: {', '.join(unknown)}")


def _require_numbers(chosen: Mapping[str, Values]) -> None:
    for name, values in chosen.items():
        for key in FOLDING:
            if key in values and type(values[key]) is not int:
                raise FinnError(f"{name}: {key}={values[key]!r} is not a whole number; give one that divides")


def read_folding(path: Path) -> dict[str, Any]:
    """Parse a folding file; FinnError if it is missing or not a JSON object of objects."""
    try:
        config = json.loads(path.read_text())
    except OSError as error:
        raise FinnError(f"the folding file {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise FinnError(f"the folding file {path} is not JSON: {error}") from error
    if not isinstance(config, dict) or not all(isinstance(v, dict) for v in config.values()):
        raise FinnError(
            f'the folding file {path} must map layer names to attributes, {{"MVAU_0": {{"PE": 2}}}}'
        )
    return config


def _defaults(op_type: str, defaults: Mapping[str, Any]) -> Values:
    values = {}
    for key, value in defaults.items():
        if isinstance(value, list) and len(value) == 2 and isinstance(value[1], list):
            if op_type in value[1] or "all" in value[1]:
                values[key] = value[0]
        else:
            values[key] = value
    return values


def _base(name: str) -> tuple[str, str, int] | None:
    match = re.fullmatch(r"([A-Za-z_]+?)((?:_hls|_rtl|_Batch)*)_(\d+)", name)
    if match is None:
        return None
    op_type, family, index = match.groups()
    return OLD_NAMES.get(op_type, op_type), f"{op_type}{family}", int(index)


def _by_node(model: ModelWrapper, entries: Mapping[str, Values]) -> dict[str, Values]:
    names = [node.name for node in hardware_nodes(model)]
    parsed = {name: _base(name) for name in entries}
    families: dict[str, set[str]] = {}
    for base in parsed.values():
        if base:
            families.setdefault(base[0], set()).add(base[1])
    seen: dict[str, int] = {}
    result: dict[str, Values] = {}
    for name, values in entries.items():
        base = parsed[name]
        if base and base[0] in INSERTED:
            continue
        target = name
        if name not in names and base:
            position = seen.get(base[0], 0)
            # FINN numbers MVAU_hls and MVAU_rtl apart; together, only their order tells the layer.
            target = f"{base[0]}_{position if len(families[base[0]]) > 1 else base[2]}"
        if base:
            seen[base[0]] = seen.get(base[0], 0) + 1
        if target not in names:
            raise FinnError(
                f"the folding names {name}, which is not in the network; it has {', '.join(names)}"
            )
        result[target] = values
    return result


def _match_the_rest(model: ModelWrapper, unnamed: list[str]) -> None:
    parts = instances(model)
    named = [part.kernel.cycles for part in parts if part.name not in unnamed]
    slowest = max(named, default=None)
    folding = {}
    for layer in layers_of([part for part in parts if part.name in unnamed]):
        option = layer.within(slowest) if slowest is not None else layer.options[-1]
        folding[layer.name] = dict((option or layer.options[0]).folding)
    apply_folding(model, folding)
