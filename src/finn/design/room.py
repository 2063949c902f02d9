"""Whether a board holds a network, and the smallest board that does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from finn.boards import BOARDS, Board
from finn.core.network import Instance
from finn.design.arithmetic import settle_arithmetic
from finn.design.cost import design_resources
from finn.design.folding import FoldingSpace, Option, Prices
from finn.errors import FinnError
from finn.resources import Resources

__all__ = ("LUT_SHARE", "Room", "check_lut_share", "smallest_board")

# Place and route gets hard above this share of a part's LUTs; FIFOs, sized later, are not in the estimate.
LUT_SHARE = 0.7
# Block RAMs count for nothing, unless the design then needs more than there are.
LUTS_OF_BRAM18 = (0, 20, 400)


def check_lut_share(share: float) -> None:
    """Raise FinnError unless a share of a board's LUTs can be used."""
    if not 0 < share <= 1:
        raise FinnError(f"the share of the board's LUTs must be above 0 and at most 1, not {share:g}")


class Room:
    """A network's foldings on a board.

    Parameters
    ----------
    parts
        The layers with the tensors that they are wired to, without converters and FIFOs.
    space
        All their foldings.
    board, clk_mhz
        Where they are to run.
    lut_share
        The share of the board's LUTs that may be used, above 0 and at most 1.
    """

    def __init__(
        self,
        parts: Sequence[Instance],
        space: FoldingSpace,
        board: Board,
        clk_mhz: float,
        lut_share: float = LUT_SHARE,
    ) -> None:
        self._parts = parts
        self._space = space.on(board)
        self._board = board
        self._clk_mhz = clk_mhz
        self._luts = lut_share * board.luts

    def fastest(self, at_least: int) -> dict[str, Option] | None:
        """The fastest folding of at least so many cycles that fits; the slowest if none takes as many."""
        candidates = self._space.reachable_cycles()
        useful = [c for c in candidates if c >= at_least] or candidates[-1:]
        # Most are ruled out by their layers alone, long before converters are chosen.
        hopeful = (cycles for cycles in useful if self._may_fit(cycles))
        foldings = (self.within(cycles) for cycles in hopeful)
        return next((chosen for chosen in foldings if chosen is not None), None)

    def within(self, cycles: int) -> dict[str, Option] | None:
        """The cheapest folding of at most so many cycles that fits; None if there is none."""
        for luts in LUTS_OF_BRAM18:
            chosen = self._space.cheapest(cycles, luts)
            if chosen is None or self._fits(chosen):
                return chosen
            if sum(option.resources.bram18 for option in chosen.values()) <= self._board.bram18:
                return None
        return None

    def holds_any(self) -> bool:
        """Whether any folding fits."""
        slowest = self._space.reachable_cycles()[-1]
        return self._may_fit(slowest) and self.within(slowest) is not None

    def shortage(self) -> str:
        """What the cheapest of all foldings needs more of than there is."""
        chosen = self._space.cheapest(self._space.reachable_cycles()[-1]) or {}
        return " and ".join(
            f"{amount} {name} of {limit} usable"
            for name, amount, limit in self._limits(self._resources(chosen))
            if amount > limit
        )

    def _may_fit(self, cycles: int) -> bool:
        """False where a resource alone, or LUTs and block RAMs together, rule out any folding."""
        board, luts = self._board, self._luts
        limits: list[tuple[Prices, float]] = [
            ((1, 0, 0), luts),
            ((0, 1, 0), board.ffs),
            ((0, 0, 1), board.bram18),
            ((1, 0, luts / board.bram18), 2 * luts),
        ]
        return all(self._space.least(cycles, prices) <= limit for prices, limit in limits)

    def _resources(self, chosen: Mapping[str, Option]) -> Resources:
        folded = [replace(p, kernel=chosen[p.name].kernel) if p.name in chosen else p for p in self._parts]
        settled = settle_arithmetic(folded, self._board.dsps)
        return design_resources(settled, self._board, self._clk_mhz)

    def _limits(self, total: Resources) -> list[tuple[str, int, int]]:
        """What is needed and usable of each resource."""
        board = self._board
        return [
            ("LUTs", total.lut, int(self._luts)),
            ("flip-flops", total.ff, board.ffs),
            ("BRAM18s", total.bram18, board.bram18),
            ("DSPs", total.dsp, board.dsps),
        ]

    def _fits(self, chosen: Mapping[str, Option]) -> bool:
        # Layers whose arithmetic is not settled may do without DSPs, and then take more LUTs.
        layers = replace(sum((option.resources for option in chosen.values()), Resources()), dsp=0)
        return self._is_within(layers) and self._is_within(self._resources(chosen))

    def _is_within(self, needed: Resources) -> bool:
        return all(amount <= limit for _, amount, limit in self._limits(needed))


def smallest_board(parts: Sequence[Instance], space: FoldingSpace, clk_mhz: float) -> Board | None:
    """The supported board of fewest LUTs on which any folding fits; None if there is none."""
    ordered = sorted(BOARDS.values(), key=lambda board: (board.luts, board.bram18))
    return next((board for board in ordered if Room(parts, space, board, clk_mhz).holds_any()), None)
