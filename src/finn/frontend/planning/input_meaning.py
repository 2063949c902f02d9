"""What an array means that is given for a network's input, as builds record it for `finn.runtime.reader`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ValueInfoProto, helper
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError
from finn.frontend.planning.clipping import Unclipped, unclipped
from finn.frontend.planning.layouts import input_layout
from finn.frontend.planning.network import Network
from finn.frontend.planning.plan import IntegerInput, Plan

__all__ = ("INPUTS", "input_entries", "network_inputs")

INPUTS = "finn_inputs"
"""Metadata: JSON list of what each input means."""

Entry = dict[str, Any]


def network_inputs(network: Network, plan: Plan, given: Mapping[str, IntegerInput]) -> list[Entry]:
    """The entries of a network that has been planned, one for each graph input."""
    read = [(entry, network.sources(entry.tensor)) for entry in plan.entries]
    entries = []
    for entry in graph_inputs(network.model):
        name = entry["name"]
        entry["layout"] = input_layout(network, name)
        if name in given and all(one.integer for one, sources in read if name in sources):
            entry["integers"] = _integers(given[name])
        taken = unclipped(network, name)
        if taken is not None:
            entry["unclipped"] = _bounds(taken, entry["layout"])
        entries.append(entry)
    return entries


def _integers(given: IntegerInput) -> dict[str, Any]:
    return {
        "datatype": given.datatype.name,
        "scale": given.scale.tolist(),
        "offset": given.offset.tolist(),
        "pixels": given.pixels,
    }


def _bounds(taken: Unclipped, layout: str) -> dict[str, list[float]]:
    axis = layout.find("C") - 1
    low, high = (_by_channel(bound, axis) for bound in (taken.low, taken.high))
    if low is None or high is None:
        low, high = [float(taken.low.min())], [float(taken.high.max())]
    return {"low": low, "high": high}


def _by_channel(values: NDArray[np.float64], axis: int) -> list[float] | None:
    """One value, or one per channel; None where the elements of a channel differ."""
    if np.all(values == values.flat[0]):
        return [float(values.flat[0])]
    if axis < 0:
        return None
    channels = np.moveaxis(values, axis, 0).reshape(values.shape[axis], -1)
    return channels[:, 0].tolist() if np.all(channels == channels[:, :1]) else None


def input_entries(model: ModelWrapper) -> list[Entry]:
    """The entries that a model records, or what its graph says where it records none."""
    recorded = model.get_metadata_prop(INPUTS)
    entries: list[Entry] = json.loads(recorded) if recorded else graph_inputs(model)
    return entries


def graph_inputs(model: ModelWrapper) -> list[Entry]:
    """Name, shape without the batch, and type of each graph input that is no constant.

    FinnError where an axis has no size.
    """
    constants = {tensor.name for tensor in model.graph.initializer}
    return [_graph_input(tensor) for tensor in model.graph.input if tensor.name not in constants]


def _graph_input(tensor: ValueInfoProto) -> Entry:
    kind = tensor.type.tensor_type
    shape = [int(dim.dim_value) for dim in kind.shape.dim[1:]]
    if not all(shape):
        raise FinnError(f"input {tensor.name!r} has an axis of unknown size; export it with fixed shapes")
    datatype = np.dtype(helper.tensor_dtype_to_np_dtype(kind.elem_type)).name
    return {"name": tensor.name, "shape": shape, "datatype": datatype}
