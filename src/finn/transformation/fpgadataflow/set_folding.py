"""Folds a network for a rate, or as far as a board allows."""

from __future__ import annotations

import math
from collections.abc import Mapping

from onnx import helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.boards import Board
from finn.core.network import boundaries, instances
from finn.design.folding import FoldingSpace, Option
from finn.design.room import LUT_SHARE, Room, smallest_board
from finn.errors import FinnError
from finn.kernels.registry import hardware_nodes

__all__ = ("SetFolding", "apply_folding")

ROUNDING = 1e-12
_NO_BOARD = "no supported board holds it; quantise to fewer bits or choose a smaller network"


class SetFolding(Transformation):  # type: ignore[misc]
    """Sets PE and SIMD of every layer.

    With ``target_fps``: the cheapest design, by estimated LUTs, that reaches it at ``clk_mhz``.
    Without: the fastest that fits the board, but no faster than the board's memory can feed.
    ``lut_share`` is the share of the board's LUTs that may be used; None: 0.7.
    FinnError if the rate cannot be reached (it names the best) or nothing fits.
    """

    def __init__(
        self,
        board: Board,
        clk_mhz: float,
        target_fps: float | None = None,
        lut_share: float | None = None,
    ) -> None:
        super().__init__()
        self._board = board
        self._clk_mhz = clk_mhz
        self._target_fps = target_fps
        self._lut_share = LUT_SHARE if lut_share is None else lut_share

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """Return the folded model."""
        parts = instances(model)
        space = FoldingSpace(parts, self._board, self._clk_mhz)
        room = Room(parts, space, self._board, self._clk_mhz, self._lut_share)
        if self._target_fps is not None:
            chosen = self._for_rate(room, self._target_fps)
        else:
            found = room.fastest(_memory_cycles(model, self._board))
            if found is None:
                raise self._too_large(room, smallest_board(parts, space, self._clk_mhz))
            chosen = found
        apply_folding(model, {name: dict(option.folding) for name, option in chosen.items()})
        return model, False

    def _for_rate(self, room: Room, target_fps: float) -> dict[str, Option]:
        chosen = room.within(self._cycles_for(target_fps))
        if chosen is None:
            fastest = room.fastest(0)
            best = math.floor(self._clk_mhz * 1e6 / _cycles(fastest)) if fastest else "none"
            raise FinnError(
                f"{target_fps:.0f} images/s cannot be reached on {self._board.name} at "
                f"{self._clk_mhz:g} MHz; the best rate that fits in {100 * self._lut_share:g} % of its LUTs"
                f" is {best}"
            )
        return chosen

    def _cycles_for(self, target_fps: float) -> int:
        """Cycles in which a frame must be done; a rate computed from whole cycles gives those again."""
        return math.floor(self._clk_mhz * 1e6 / target_fps * (1 + ROUNDING))

    def _too_large(self, room: Room, other: Board | None) -> FinnError:
        held = f"the smallest supported board that holds it is {other.name}" if other else _NO_BOARD
        return FinnError(
            f"the network does not fit {self._board.name} at any folding; the smallest needs "
            f"{room.shortage()}; {held}"
        )


def _cycles(chosen: Mapping[str, Option]) -> int:
    return max(option.cycles for option in chosen.values())


def _memory_cycles(model: ModelWrapper, board: Board) -> int:
    """The fewest cycles in which the memory moves a frame: all of it, and each way over the ports."""
    ways: list[float] = [
        sum(math.prod(b.normal_shape) * int(b.stream.datatype.bitwidth()) / 8 for b in side)
        for side in boundaries(model)
    ]
    ports = len(board.hp_ports) * board.memory.port_bytes_per_cycle
    return math.ceil(max(sum(ways) / board.memory_bytes_per_cycle(100.0), max(ways) / ports))


def apply_folding(model: ModelWrapper, folding: Mapping[str, Mapping[str, int | str]]) -> None:
    """Write folding attributes to nodes by name, in place."""
    for node in hardware_nodes(model):
        for key, value in folding.get(node.name, {}).items():
            for attribute in [a for a in node.attribute if a.name == key]:
                node.attribute.remove(attribute)
            node.attribute.append(helper.make_attribute(key, value))
