"""Folding from a file in FINN's JSON format."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.core.network import instances
from finn.design.folding import layers_of
from finn.errors import FinnError
from finn.kernels.registry import HARDWARE_NODES, hardware_nodes, kernel_of
from finn.transformation.fpgadataflow.finn_names import (
    counterparts,
    kind_of,
    named_briefly,
    require_known_attributes,
)
from finn.transformation.fpgadataflow.set_folding import apply_folding

__all__ = ("ApplyFoldingConfig", "read_folding")

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
        Called with one sentence for all layers that are not here, and all attributes that mean nothing.
    """

    def __init__(self, config: Mapping[str, Any], warn: Callable[[str], None]) -> None:
        super().__init__()
        self._config = dict(config)
        self._warn = warn

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """Return the folded model; FinnError names the layer and value that do not fit."""
        entries = {name: values for name, values in self._config.items() if name != "Defaults"}
        defaults = self._config.get("Defaults", {})
        require_known_attributes({"Defaults": defaults, **entries})
        nodes = hardware_nodes(model)
        places = counterparts(nodes, entries)
        named = {place: entries[name] for name, place in places.items() if place is not None}
        chosen = {n.name: {**_defaults(n.op_type, defaults), **named.get(n.name, {})} for n in nodes}
        self._report([name for name, place in places.items() if place is None], chosen)
        known = {n.name: _meaning(n.op_type, chosen[n.name]) for n in nodes}
        _require_numbers(known)
        apply_folding(model, known)
        _match_the_rest(model, [n for n, a in known.items() if not any(k in FOLDING for k in a)])
        for node in hardware_nodes(model):
            kernel_of(node, model)
        return model, False

    def _report(self, missing: list[str], chosen: Mapping[str, Values]) -> None:
        """One sentence on all that is left out."""
        layers = f"layers that are not here are left out: {named_briefly(missing)}" if missing else ""
        keys = sorted({key for values in chosen.values() for key in values if key not in (*FOLDING, *TEXTS)})
        attributes = f"attributes that mean nothing here are left out: {', '.join(keys)}" if keys else ""
        if layers or attributes:
            self._warn(f"folding {'; '.join(filter(None, (layers, attributes)))}")


def _meaning(op_type: str, values: Values) -> Values:
    """Of the attributes those that a layer of this kind has."""
    own = HARDWARE_NODES[op_type].attribute_types
    return {key: value for key, value in values.items() if key in (*FOLDING, *TEXTS) and key in own}


def _require_numbers(chosen: Mapping[str, Values]) -> None:
    for name, values in chosen.items():
        for key in FOLDING:
            if key in values and type(values[key]) is not int:
                raise FinnError(f"{name}: {key}={values[key]!r} is not a whole number; give one that divides")


def read_folding(path: Path) -> dict[str, Any]:
    """Parse a folding file; FinnError if it is missing or not a JSON object of objects."""
    try:
        config = json.loads(path.read_bytes())
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
            if op_type in map(kind_of, value[1]) or "all" in value[1]:
                values[key] = value[0]
        else:
            values[key] = value
    return values


def _match_the_rest(model: ModelWrapper, unnamed: list[str]) -> None:
    parts = instances(model)
    named = [part.kernel.cycles for part in parts if part.name not in unnamed]
    slowest = max(named, default=None)
    folding = {}
    for layer in layers_of([part for part in parts if part.name in unnamed]):
        option = layer.within(slowest) if slowest is not None else layer.options[-1]
        folding[layer.name] = dict((option or layer.options[0]).folding)
    apply_folding(model, folding)
