"""Runs a deployed child on its board."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qonnx.core.modelwrapper import ModelWrapper

from finn.core.network import boundaries
from finn.core.rtlsim_exec import pack_frames, unpack_frames
from finn.errors import FinnError
from finn.remote import BoardAddress, Session, connect, open_session

__all__ = ("board_session", "run_remote")


def run_remote(child: ModelWrapper, tensors: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.int64]]:
    """Outputs of the board for integer inputs, batch in axis 0; one session serves all calls."""
    inputs, outputs = boundaries(child)
    packed = [pack_frames(tensors[b.tensor], b) for b in inputs]
    answers = board_session(child).execute(packed)
    return {b.tensor: unpack_frames(a, b) for a, b in zip(answers, outputs, strict=True)}


def board_session(model: ModelWrapper) -> Session:
    """The session with the board that the model's metadata names; FinnError if never deployed."""
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
