"""Runs a deployed child on its board."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto
from qonnx.core.modelwrapper import ModelWrapper

from finn.core.build_dir import partition_path
from finn.core.network import Boundary, boundaries
from finn.core.rtlsim_exec import pack_frames, unpack_frames
from finn.errors import FinnError
from finn.remote import BoardAddress, Farm, Session, connect, open_session

__all__ = ("board_session", "point_at", "run_partition", "run_remote")

BOARDS = "finn_boards"
_farms: dict[str, Farm] = {}


def run_remote(child: ModelWrapper, tensors: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.int64]]:
    """Outputs of the board for integer inputs, batch in axis 0; one session serves all calls."""
    inputs, outputs = boundaries(child)
    results = _run(child, inputs, outputs, [tensors[b.tensor] for b in inputs])
    return {b.tensor: result for b, result in zip(outputs, results, strict=True)}


def run_partition(
    model: ModelWrapper, node: NodeProto, tensors: Mapping[str, NDArray[Any]]
) -> dict[str, NDArray[np.int64]]:
    """As `run_remote`, for a parent's partition; its file is read once for many calls."""
    path = partition_path(model, node)
    version = path.stat()
    inputs, outputs = _sides(path, version.st_mtime_ns, version.st_size)
    results = _run(model, inputs, outputs, [tensors[name] for name in node.input])
    return dict(zip(node.output, results, strict=True))


def _run(
    model: ModelWrapper,
    inputs: Sequence[Boundary],
    outputs: Sequence[Boundary],
    values: Sequence[NDArray[Any]],
) -> list[NDArray[np.int64]]:
    packed = [pack_frames(value, side) for value, side in zip(values, inputs, strict=True)]
    answers = board_session(model).execute(packed)
    if [answer.shape for answer in answers] != [(len(packed[0]), b.frame_bytes) for b in outputs]:
        raise FinnError("the board's outputs are not those of this network; deploy the build again")
    return [unpack_frames(answer, side) for answer, side in zip(answers, outputs, strict=True)]


@lru_cache(maxsize=8)
def _sides(path: Path, changed_ns: int, size: int) -> tuple[list[Boundary], list[Boundary]]:
    """Inputs and outputs of a child's file in one of its versions."""
    del changed_ns, size
    return boundaries(ModelWrapper(str(path)))


def board_session(model: ModelWrapper) -> Session | Farm:
    """The session with the board, or boards, that the metadata names; FinnError if never deployed."""
    several = model.get_metadata_prop(BOARDS)
    if several:
        return _farm(several)
    remote = model.get_metadata_prop("pynq_remote_dir")
    if not remote:
        raise FinnError("the model has not been deployed; run DeployToPYNQ on it first")
    address = BoardAddress(
        model.get_metadata_prop("pynq_ip") or "",
        int(model.get_metadata_prop("pynq_port") or 22),
        model.get_metadata_prop("pynq_username") or "",
        model.get_metadata_prop("pynq_target_dir") or "",
    )
    return open_session(connect(address), remote)


def point_at(model: ModelWrapper, boards: Sequence[tuple[BoardAddress, str]]) -> None:
    """Let a model run on boards, each with the folder of its deployment there."""
    address, remote = boards[0]
    properties = {
        "pynq_ip": address.host,
        "pynq_port": str(address.port),
        "pynq_username": address.username,
        "pynq_target_dir": address.directory,
        "pynq_remote_dir": remote,
        BOARDS: json.dumps([[*astuple(a), r] for a, r in boards]) if len(boards) > 1 else "",
        "exec_mode": "remote_pynq",
    }
    for key, value in properties.items():
        model.set_metadata_prop(key, value)


def _farm(boards: str) -> Farm:
    """The boards' sessions together; those that failed before stay out while others are left."""
    farm = _farms.get(boards)
    if farm is None or not farm.is_open:
        farm = _farms[boards] = Farm.open(
            [(BoardAddress(*address), remote) for *address, remote in json.loads(boards)]
        )
    return farm
