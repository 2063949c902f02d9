"""Decides for each layer whether DSPs or LUTs multiply."""

from __future__ import annotations

from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.boards import Board
from finn.core.network import instances
from finn.design.arithmetic import MULTIPLYING, settle_arithmetic
from finn.errors import FinnError
from finn.transformation.fpgadataflow.set_folding import apply_folding

__all__ = ("SetArithmetic", "layers_in_dsps")


class SetArithmetic(Transformation):  # type: ignore[misc]
    """Sets ``resType`` where it is ``auto``: DSPs where they save the most LUTs, as many as there are.

    Parameters
    ----------
    board
        Whose DSPs there are.
    dsp
        Whether the toolchain can use DSPs; FinnError names a layer that is set to ``dsp`` if not.
    """

    def __init__(self, board: Board, dsp: bool) -> None:
        super().__init__()
        self._board = board
        self._dsp = dsp

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """Return the model with every choice made."""
        parts = instances(model)
        if not self._dsp:
            for part in parts:
                if isinstance(part.kernel, MULTIPLYING) and part.kernel.res_type == "dsp":
                    raise FinnError(
                        f"{part.name}: resType dsp is not for the toolchain openxc7, which configures DSPs"
                        " wrongly; choose lut or auto"
                    )
        settled = settle_arithmetic(parts, self._board.dsps if self._dsp else 0)
        kernels = {part.name: part.kernel for part in settled}
        apply_folding(
            model, {n: {"resType": k.res_type} for n, k in kernels.items() if isinstance(k, MULTIPLYING)}
        )
        return model, False


def layers_in_dsps(model: ModelWrapper) -> list[str]:
    """Names of the layers of a hardware part that multiply in DSPs."""
    return [p.name for p in instances(model) if isinstance(p.kernel, MULTIPLYING) and p.kernel.in_dsps]
