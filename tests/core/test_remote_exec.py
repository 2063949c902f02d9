"""What a board returns must be the network's outputs before it is taken for them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from finn.build import load_output
from finn.core.build_dir import hardware_child
from finn.core.network import boundaries
from finn.core.remote_exec import board_session, run_remote
from finn.errors import FinnError


@pytest.mark.parametrize("shape", [(4, 10), (5, 10), (5, 11)])
def test_outputs_of_another_network(
    shape: tuple[int, int], digits_out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = hardware_child(load_output(digits_out))
    (side,), (output,) = boundaries(child)
    session = SimpleNamespace(execute=lambda packed: [np.zeros(shape, np.uint8)])
    monkeypatch.setattr("finn.core.remote_exec.board_session", lambda model: session)
    inputs = {side.tensor: np.zeros((5, *side.normal_shape), np.int64)}
    if shape == (5, output.frame_bytes):
        assert run_remote(child, inputs)[output.tensor].shape == (5, *output.normal_shape)
        return
    with pytest.raises(FinnError, match="the board's outputs are not those of this network"):
        run_remote(child, inputs)


def test_a_model_that_was_never_deployed(digits_out: Path) -> None:
    with pytest.raises(FinnError, match="the model has not been deployed; run DeployToPYNQ on it first"):
        board_session(load_output(digits_out))
