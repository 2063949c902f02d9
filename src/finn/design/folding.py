"""Chooses PE and SIMD: the network of fewest LUTs, width converters among them, that is fast enough."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from qonnx.core.datatype import BaseDataType, DataType

from finn.boards import Board
from finn.core.network import Instance
from finn.core.network_shell import shell_around
from finn.design.elimination import Table, least_total
from finn.kernels.base import Kernel, Resources, Stream
from finn.kernels.streaming_data_width_converter import StreamingDataWidthConverter
from finn.shell.cost import CONTROL, shell_resources

__all__ = ("FoldingSpace", "Layer", "Option", "Prices", "layers_of")


Prices = tuple[float, float, float]
"""Of a LUT, a flip-flop and a RAMB18E1."""


@dataclass(frozen=True)
class Option:
    """One legal folding of a layer with what it takes."""

    folding: tuple[tuple[str, int], ...]
    kernel: Kernel
    cycles: int
    resources: Resources


@dataclass(frozen=True)
class Layer:
    """A layer with all its legal foldings."""

    name: str
    kernel: Kernel

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """Every folding, fastest first; the one that there is where a layer has no choice."""
        found = []
        for folding in self.kernel.foldings():
            kernel = self.kernel.with_folding(**folding)
            found.append(Option(tuple(folding.items()), kernel, kernel.cycles, kernel.resources()))
        return tuple(sorted(found, key=lambda option: (option.cycles, option.resources.lut)))

    @cached_property
    def _amounts(self) -> NDArray[np.int64]:
        """Cycles, LUTs, flip-flops and block RAMs of the options, a row each."""
        costs = [(o.cycles, o.resources.lut, o.resources.ff, o.resources.bram18) for o in self.options]
        return np.array(costs, dtype=np.int64).T

    def least(self, cycles: int, prices: Prices) -> float:
        """What any folding within ``cycles`` costs at the least; there must be one."""
        return float((np.array(prices) @ self._amounts[1:])[self._amounts[0] <= cycles].min())

    def within(self, cycles: int) -> Option | None:
        """The folding of fewest LUTs that takes at most ``cycles``; None if there is none."""
        fast = [option for option in self.options if option.cycles <= cycles]
        return min(fast, key=lambda o: (o.resources.lut, -o.cycles), default=None)


@dataclass(frozen=True)
class _Edge:
    """A stream between two layers: their numbers and ports, what is streamed in a frame."""

    source: int
    source_port: int
    sink: int
    sink_port: int
    datatype: BaseDataType
    elements: int


@dataclass(frozen=True)
class _Outer:
    """A stream of a layer, by number and port, from (``given``: to) the memory."""

    layer: int
    port: int
    given: bool

    def stream(self, kernel: Kernel) -> Stream:
        """It, of the layer folded anew."""
        return (kernel.output_streams if self.given else kernel.input_streams)[self.port]


class FoldingSpace:
    """All foldings of a network.

    Parameters
    ----------
    parts
        The layers with the tensors that they are wired to, without converters and FIFOs.
    board, clk_mhz
        Where they will run: the DMAs' cost depends on the width of the outer streams.
    """

    def __init__(self, parts: Sequence[Instance], board: Board, clk_mhz: float) -> None:
        self.layers = [Layer(part.name, part.kernel) for part in parts]
        self._edges = list(_edges(parts))
        self._outer = list(_outer(parts))
        self._board, self._clk_mhz = board, clk_mhz

    def on(self, board: Board) -> FoldingSpace:
        """The same foldings on another board; what was found out about them is kept."""
        other = copy(self)
        other._board = board
        return other

    def cheapest(self, cycles: int, luts_of_bram18: int = 0) -> dict[str, Option] | None:
        """The folding of fewest LUTs, with converters and DMAs, in which no layer takes more than ``cycles``.

        Of equally cheap foldings a slower one; None where a layer has none. ``luts_of_bram18`` is what a
        block RAM counts for, where they are scarce.
        """
        options = [[o for o in layer.options if o.cycles <= cycles] for layer in self.layers]
        if not all(options):
            return None
        found = self._least(options, cycles, luts_of_bram18)
        taken = _bottleneck(found)
        if self._outer_luts(found, taken) > self._outer_luts(found, cycles):
            # A faster network needs more memory ports: a slower layer may cost less in all.
            slower = [self._exactly(options, c) for c in self.reachable_cycles() if taken < c <= cycles]
            every = [found, *(chosen for group in slower for chosen in group)]
            found = min(every, key=self._total)
        return {layer.name: option for layer, option in zip(self.layers, found, strict=True)}

    def _exactly(self, options: Sequence[Sequence[Option]], cycles: int) -> Iterator[list[Option]]:
        """For each layer that can take exactly ``cycles``, the cheapest folding in which it does."""
        within = [[option for option in found if option.cycles <= cycles] for found in options]
        for number, found in enumerate(within):
            exact = [option for option in found if option.cycles == cycles]
            if exact:
                yield self._least([*within[:number], exact, *within[number + 1 :]], cycles)

    def _least(
        self, options: Sequence[Sequence[Option]], cycles: int, luts_of_bram18: int = 0
    ) -> list[Option]:
        tables = [Table((i,), _costs(found, luts_of_bram18)) for i, found in enumerate(options)]
        tables += [Table((edge.source, edge.sink), _converters(edge, options)) for edge in self._edges]
        tables += [Table((one.layer,), self._dma(one, options[one.layer], cycles)) for one in self._outer]
        chosen = least_total([len(found) for found in options], tables)
        return [found[place] for found, place in zip(options, chosen, strict=True)]

    def _total(self, chosen: Sequence[Option]) -> float:
        """LUTs of a folding, and what settles a draw."""
        single = [[option] for option in chosen]
        converters = sum(_converters(edge, single).item() for edge in self._edges)
        layers = sum(option.resources.lut for option in chosen)
        return layers + converters + self._outer_luts(chosen, _bottleneck(chosen))

    def _outer_luts(self, chosen: Sequence[Option], cycles: int) -> int:
        return sum(self._dma_luts(one, one.stream(chosen[one.layer].kernel), cycles) for one in self._outer)

    def _dma(self, outer: _Outer, options: Sequence[Option], cycles: int) -> NDArray[np.float64]:
        """LUTs of the DMA of an outer stream, for each option of its layer."""
        streams = [outer.stream(option.kernel) for option in options]
        costs = {stream.lanes: self._dma_luts(outer, stream, cycles) for stream in streams}
        return np.array([costs[stream.lanes] for stream in streams], dtype=np.float64)

    def _dma_luts(self, outer: _Outer, stream: Stream, cycles: int) -> int:
        sides = ([], [stream]) if outer.given else ([stream], [])
        shell = shell_around(self._board, *sides, self._clk_mhz, cycles)
        return sum(cost.lut for name, cost in shell_resources(shell).items() if name != CONTROL)

    def least(self, cycles: int, prices: Prices) -> float:
        """What the layers alone cost at the least in any folding within ``cycles``.

        DSPs count for nothing: a layer whose arithmetic is not settled may do without.
        """
        return sum(layer.least(cycles, prices) for layer in self.layers)

    def reachable_cycles(self) -> list[int]:
        """Every value that the slowest layer can take, ascending."""
        floor = max(layer.options[0].cycles for layer in self.layers)
        return sorted({o.cycles for layer in self.layers for o in layer.options if o.cycles >= floor})


def _edges(parts: Sequence[Instance]) -> Iterator[_Edge]:
    sources = {name: (i, port) for i, part in enumerate(parts) for port, name in enumerate(part.outputs)}
    for sink, part in enumerate(parts):
        for port, (name, stream) in enumerate(zip(part.inputs, part.kernel.input_streams, strict=True)):
            if name in sources:
                made = parts[sources[name][0]].kernel.output_streams[sources[name][1]]
                yield _Edge(*sources[name], sink, port, made.datatype, stream.beats * stream.lanes)


def _outer(parts: Sequence[Instance]) -> Iterator[_Outer]:
    made = {name for part in parts for name in part.outputs}
    read = {name for part in parts for name in part.inputs}
    for layer, part in enumerate(parts):
        yield from (_Outer(layer, i, given=False) for i, name in enumerate(part.inputs) if name not in made)
        yield from (_Outer(layer, i, given=True) for i, name in enumerate(part.outputs) if name not in read)


def _bottleneck(chosen: Sequence[Option]) -> int:
    return max(option.cycles for option in chosen)


def _costs(options: Sequence[Option], luts_of_bram18: int) -> NDArray[np.float64]:
    """LUTs of each option; less than one more for a faster one, which settles a draw."""
    cycles, luts, bram18 = np.array([(o.cycles, o.resources.lut, o.resources.bram18) for o in options]).T
    return np.asarray(luts + luts_of_bram18 * bram18 + (cycles.max() - cycles) / (cycles.max() + 1) / 2**10)


def _converters(edge: _Edge, options: Sequence[Sequence[Option]]) -> NDArray[np.float64]:
    """LUTs of the converter between each option of the source and each of the sink."""
    given = [option.kernel.output_streams[edge.source_port].lanes for option in options[edge.source]]
    taken = [option.kernel.input_streams[edge.sink_port].lanes for option in options[edge.sink]]
    some, place_given = np.unique(given, return_inverse=True)
    others, place_taken = np.unique(taken, return_inverse=True)
    name = edge.datatype.name
    pairs = [[_converter(name, edge.elements, int(a), int(b)) for b in others] for a in some]
    return np.asarray(pairs, dtype=np.float64)[np.ix_(place_given, place_taken)]


@lru_cache(maxsize=2**16)
def _converter(datatype: str, elements: int, given: int, taken: int) -> int:
    if given == taken:
        return 0
    return StreamingDataWidthConverter(DataType[datatype], elements, given, taken).resources().lut


def layers_of(parts: Sequence[Instance]) -> list[Layer]:
    """The layers of a network that can be folded."""
    return [Layer(part.name, part.kernel) for part in parts if part.kernel.folding_choices()]
