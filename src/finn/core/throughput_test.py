"""Measures a deployed model on its board."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qonnx.core.modelwrapper import ModelWrapper

from finn.core.remote_exec import board_session
from finn.errors import FinnError

__all__ = ("throughput_test",)


def throughput_test(
    model: ModelWrapper, batchsize: int = 1000, watch: Callable[[dict[str, Any]], None] | None = None
) -> dict[str, Any]:
    """Run ``batchsize`` frames on the board and return the metrics.

    ``runtime[ms]`` and ``cycles_per_frame`` come from the shell's own cycle counters;
    ``wall_runtime[ms]`` is what the board's clock saw. FinnError if the model is not deployed or
    the board fails. ``watch`` gets phases and counters several times a second while the test runs.
    """
    if batchsize < 1:
        raise FinnError(f"batchsize must be at least 1, not {batchsize}")
    return dict(board_session(model).throughput_test(batchsize, watch))
