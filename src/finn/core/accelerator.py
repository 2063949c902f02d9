"""The description of a build that travels to the board: ``accelerator.json`` and ``host.npz``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ValueInfoProto, helper
from qonnx.core.modelwrapper import ModelWrapper

from finn.boards import get_board
from finn.core.build_dir import host_parts
from finn.core.network import Boundary, bottleneck_cycles, boundaries
from finn.core.raw_codes import raw_program
from finn.errors import FinnError
from finn.frontend.host.programs import Program, host_program
from finn.frontend.planning.input_meaning import input_entries

__all__ = ("FORMAT", "accelerator", "bitstreams")

FORMAT = 1
Arrays = dict[str, NDArray[Any]]


def accelerator(
    model: ModelWrapper, child: ModelWrapper, hp_ports: Sequence[int]
) -> tuple[dict[str, Any], Arrays]:
    """Contents of ``accelerator.json`` and the constants of its host programs.

    Parameters
    ----------
    model
        The parent, or the child itself where there is no parent.
    child
        The stitched hardware part, with the project's metadata.
    hp_ports
        Memory ports of each DMA, inputs first.
    """
    inputs, outputs = boundaries(child)
    prefix, tail = host_parts(model)
    prefix_program, prefix_arrays = host_program(prefix, model)
    tail_program, tail_arrays = host_program(tail, model)
    board = get_board(child.get_metadata_prop("platform") or "")
    stem = str(child.get_metadata_prop("finn_bitstream"))
    ports = list(hp_ports)
    description = {
        "format": FORMAT,
        "name": model.graph.name,
        "build_id": int(child.get_metadata_prop("finn_build_id") or 0),
        "board": board.name,
        "family": board.family,
        "reference_mhz": board.reference_mhz,
        "clk_mhz": float(child.get_metadata_prop("clk_mhz") or 0),
        "bitstreams": bitstreams(child),
        "hwh": f"{stem}.hwh",
        "expected_cycles_per_frame": bottleneck_cycles(child),
        "inputs": _sides("idma", inputs, ports[: len(inputs)]),
        "outputs": _sides("odma", outputs, ports[len(inputs) :]),
        "host": {"arrays": "host.npz", "prefix": prefix_program, "raw": _raw(model), "tail": tail_program},
        "model_inputs": input_entries(model),
        "model_outputs": _outer(model, model.graph.output),
    }
    return description, {**prefix_arrays, **tail_arrays}


def bitstreams(child: ModelWrapper) -> dict[str, str]:
    """File name of the bitstream for each kind of board, of the emulated one even before it is made."""
    files = json.loads(child.get_metadata_prop("finn_bitfiles") or "{}")
    made = {kind: PurePosixPath(name).name for kind, name in files.items()}
    return {"emulated": f"{child.get_metadata_prop('finn_bitstream')}.bit", **made}


def _raw(model: ModelWrapper) -> Program | None:
    """How raw codes enter, with constants of the prefix; None where they cannot be given."""
    try:
        return raw_program(model)[0]
    except FinnError:
        return None


def _sides(prefix: str, sides: Sequence[Boundary], ports: Sequence[int]) -> list[dict[str, Any]]:
    return [
        {
            "name": boundary.tensor,
            "dma": f"{prefix}{i}",
            "datatype": boundary.stream.datatype.name,
            "normal_shape": list(boundary.normal_shape),
            "folded_shape": list(boundary.stream.folded_shape),
            "bytes_per_frame": boundary.frame_bytes,
            "hp_ports": count,
        }
        for i, (boundary, count) in enumerate(zip(sides, ports, strict=True))
    ]


def _outer(model: ModelWrapper, tensors: Sequence[ValueInfoProto]) -> list[dict[str, Any]]:
    constants = {tensor.name for tensor in model.graph.initializer}
    return [
        {
            "name": tensor.name,
            "shape": list(model.get_tensor_shape(tensor.name)[1:]),
            "datatype": np.dtype(helper.tensor_dtype_to_np_dtype(tensor.type.tensor_type.elem_type)).name,
        }
        for tensor in tensors
        if tensor.name not in constants
    ]
