"""Folds a network for a rate, or as far as a board allows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from onnx import helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.boards import Board
from finn.core.network import Instance, boundaries, instances
from finn.design.arithmetic import settle_arithmetic
from finn.design.cost import design_resources
from finn.design.folding import FoldingSpace, Option, Prices
from finn.errors import FinnError
from finn.kernels.base import Resources
from finn.kernels.registry import hardware_nodes

__all__ = ("LUT_SHARE", "SetFolding", "apply_folding")

# Place and route gets hard above this share of a part's LUTs; FIFOs, sized later, are not in the estimate.
LUT_SHARE = 0.7
ROUNDING = 1e-12
# Block RAMs count for nothing, unless the design then needs more than there are.
LUTS_OF_BRAM18 = (0, 20, 400)


class SetFolding(Transformation):  # type: ignore[misc]
    """Sets PE and SIMD of every layer.

    With ``target_fps``: the cheapest design, by estimated LUTs, that reaches it at ``clk_mhz``.
    Without: the fastest that fits the board, but no faster than the board's memory can feed.
    FinnError if the rate cannot be reached (it names the best) or nothing fits.
    """

    def __init__(self, board: Board, clk_mhz: float, target_fps: float | None = None) -> None:
        super().__init__()
        self._board = board
        self._clk_mhz = clk_mhz
        self._target_fps = target_fps

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """Return the folded model."""
        parts = instances(model)
        if self._target_fps is not None:
            chosen = self._for_rate(parts, self._target_fps)
        else:
            chosen = self._largest(parts, _memory_cycles(model, self._board))
        apply_folding(model, {name: dict(option.folding) for name, option in chosen.items()})
        return model, False

    def _for_rate(self, parts: Sequence[Instance], target_fps: float) -> dict[str, Option]:
        space = FoldingSpace(parts, self._board, self._clk_mhz)
        chosen = self._within(parts, space, self._cycles_for(target_fps))
        if chosen is None:
            fastest = self._fastest(parts, space, 0)
            best = math.floor(self._clk_mhz * 1e6 / _cycles(fastest)) if fastest else "none"
            raise FinnError(
                f"{target_fps:.0f} images/s cannot be reached on {self._board.name} at "
                f"{self._clk_mhz:g} MHz; the best rate that fits is {best}"
            )
        return chosen

    def _cycles_for(self, target_fps: float) -> int:
        """Cycles in which a frame must be done; a rate computed from whole cycles gives those again."""
        return math.floor(self._clk_mhz * 1e6 / target_fps * (1 + ROUNDING))

    def _fastest(
        self, parts: Sequence[Instance], space: FoldingSpace, at_least: int
    ) -> dict[str, Option] | None:
        """The fastest folding of at least so many cycles that fits; the slowest of all if none does."""
        candidates = space.reachable_cycles()
        useful = [c for c in candidates if c >= at_least] or candidates[-1:]
        # Most are ruled out by their layers alone, long before converters are chosen.
        hopeful = (cycles for cycles in useful if self._may_fit(space, cycles))
        foldings = (self._within(parts, space, cycles) for cycles in hopeful)
        return next((chosen for chosen in foldings if chosen is not None), None)

    def _may_fit(self, space: FoldingSpace, cycles: int) -> bool:
        """False where a resource alone, or LUTs and block RAMs together, rule out any folding."""
        board, luts = self._board, LUT_SHARE * self._board.luts
        limits: list[tuple[Prices, float]] = [
            ((1, 0, 0), luts),
            ((0, 1, 0), board.ffs),
            ((0, 0, 1), board.bram18),
            ((1, 0, luts / board.bram18), 2 * luts),
        ]
        return all(space.least(cycles, prices) <= limit for prices, limit in limits)

    def _within(
        self, parts: Sequence[Instance], space: FoldingSpace, cycles: int
    ) -> dict[str, Option] | None:
        """The cheapest folding of at most so many cycles that fits; None if there is none."""
        for luts in LUTS_OF_BRAM18:
            chosen = space.cheapest(cycles, luts)
            if chosen is None or self._fits(parts, chosen):
                return chosen
            if sum(option.resources.bram18 for option in chosen.values()) <= self._board.bram18:
                return None
        return None

    def _largest(self, parts: Sequence[Instance], memory_cycles: int) -> dict[str, Option]:
        space = FoldingSpace(parts, self._board, self._clk_mhz)
        chosen = self._fastest(parts, space, memory_cycles)
        if chosen is not None:
            return chosen
        raise self._too_large(parts, space.cheapest(space.reachable_cycles()[-1]) or {})

    def _too_large(self, parts: Sequence[Instance], smallest: Mapping[str, Option]) -> FinnError:
        needed = [
            f"{amount} {name} of {limit} usable"
            for name, amount, limit in self._limits(self._resources(parts, smallest))
            if amount > limit
        ]
        return FinnError(
            f"the network does not fit {self._board.name} at any folding; the smallest needs "
            f"{' and '.join(needed)}"
        )

    def _resources(self, parts: Sequence[Instance], chosen: Mapping[str, Option]) -> Resources:
        folded = [replace(p, kernel=chosen[p.name].kernel) if p.name in chosen else p for p in parts]
        settled = settle_arithmetic(folded, self._board.dsps)
        return design_resources(settled, self._board, self._clk_mhz)

    def _limits(self, total: Resources) -> list[tuple[str, int, int]]:
        """What is needed and usable of each resource."""
        board = self._board
        return [
            ("LUTs", total.lut, int(LUT_SHARE * board.luts)),
            ("flip-flops", total.ff, board.ffs),
            ("BRAM18s", total.bram18, board.bram18),
            ("DSPs", total.dsp, board.dsps),
        ]

    def _fits(self, parts: Sequence[Instance], chosen: Mapping[str, Option]) -> bool:
        # Layers whose arithmetic is not settled may do without DSPs, and then take more LUTs.
        layers = replace(sum((option.resources for option in chosen.values()), Resources()), dsp=0)
        return self._is_within(layers) and self._is_within(self._resources(parts, chosen))

    def _is_within(self, needed: Resources) -> bool:
        return all(amount <= limit for _, amount, limit in self._limits(needed))


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
