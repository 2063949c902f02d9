"""The function between an accumulator and the levels of the quantiser behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from finn.frontend.graph.attributes import refusal
from finn.frontend.graph.integer_operators import INTEGER_QUANTISERS
from finn.frontend.graph.operators import LAYOUT, QUANTISERS
from finn.frontend.graph.order import behind, plain_order
from finn.frontend.host.programs import Arrays, Program, program_of
from finn.frontend.levels.affine import Affine
from finn.frontend.levels.intervals import is_monotone, run_between
from finn.frontend.levels.rounding import as_double, evaluate_wide, ulps, widened
from finn.runtime.host_program import run_program

__all__ = ("Tail", "run")

_TIE_ULPS = 4
_INTEGER_TOLERANCE = 1e-3


def run(program: Program, arrays: Arrays, name: str, value: NDArray[Any]) -> NDArray[Any]:
    """The last output of ``program`` for tensor ``name``."""
    with np.errstate(all="ignore"):
        tensors = run_program(program, arrays, {name: value})
    return np.asarray(tensors[program[-1]["outputs"][0] if program else name])


class Tail:
    """Element-wise operators behind an accumulator, up to the integers that the next layer reads.

    Parameters
    ----------
    nodes
        The operators in order; the last quantiser may be followed by others.
    constants
        Values of all constant tensors.
    shape
        Shape of the accumulator for one image.
    value
        What the accumulator stands for, per channel.
    output_scale
        float64; the result stands for ``level * output_scale``. One value, or one per element.
    channels
        The channel of each element of the result, for messages; that of the last axis if not given.
    """

    def __init__(
        self,
        nodes: Sequence[NodeProto],
        constants: Mapping[str, NDArray[Any]],
        shape: tuple[int, ...],
        value: Affine,
        output_scale: NDArray[np.float64],
        channels: NDArray[np.int64] | None = None,
    ) -> None:
        program, arrays = program_of(nodes, constants)
        uniform = value.is_uniform and output_scale.size == 1 and _has_scalars_only(program, arrays)
        if uniform:
            program, shape = _without_layout(program), (1,)
        self.nodes = tuple(nodes)
        self.shape = shape
        # Of each element of the result, which one of the accumulator it is made of.
        moved = plain_order(shape) if uniform else behind(nodes, constants, plain_order(shape))
        self._source = moved.reshape(-1)
        self.channels = np.arange(self.elements) % shape[-1] if channels is None or uniform else channels
        self.uniform = uniform
        self.monotone = all(is_monotone(step, arrays) for step in program)
        self._input = next(name for name in program[0]["inputs"] if name not in arrays)
        self._value = value
        vectors = self.elements // output_scale.size if output_scale.size > 1 else 1
        self._output_scale = np.tile(output_scale.reshape(-1), vectors)
        first = _first_quantiser(program, arrays)
        self._head, self._rest = program[:first], program[first:]
        self._arrays: dict[type, Arrays] = {np.float32: arrays, np.float64: as_double(arrays)}

    @property
    def quantiser(self) -> NodeProto:
        """The last quantiser, which decides the levels."""
        return [node for node in self.nodes if node.op_type in QUANTISERS][-1]

    @property
    def elements(self) -> int:
        """Elements of one image that are told apart: 1 where all behave alike."""
        return int(np.prod(self.shape))

    def levels(self, accumulators: NDArray[np.int64]) -> NDArray[np.int64]:
        """Integer results (rows, elements) in float64 arithmetic for accumulators (rows, elements or 1).

        Float32 arithmetic gives the same ones but at ties, where what it gives depends on the order
        of its sums.

        Raises
        ------
        FinnError
            If a result is not a multiple of the output scale, or elements are mixed.
        """
        return self._evaluated(accumulators, np.float64)

    def ties(self, accumulators: NDArray[np.int64], levels: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Where float32 gives another level, or a step of rounding at the first quantiser would.

        Nowhere before a quantiser of whole numbers, which are no results of rounding.
        """
        if self._rest[0]["op"] in INTEGER_QUANTISERS:
            return np.zeros(levels.shape, dtype=bool)
        value, step = self._before_quantiser(accumulators)
        near = [self._finish(v, np.float64) != levels for v in (value - step, value + step)]
        near.append(self._evaluated(accumulators, np.float32) != levels)
        found: NDArray[np.bool_] = np.any(near, axis=0)
        return found

    def levels_between(
        self, first: NDArray[np.int64], last: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Bounds of the levels of all accumulators in [first, last], (rows, elements) each.

        A step of rounding at the first quantiser, as `ties` allows for, is within the bounds; what
        cannot be bounded is infinite.
        """
        (_, one), (_, other) = self._start(first), self._start(last)
        arrays = self._arrays[np.float64]
        head, rest = widened(self._head), widened(self._rest)
        low, high = run_between(head, arrays, self._input, np.minimum(one, other), np.maximum(one, other))
        if rest[0]["op"] not in INTEGER_QUANTISERS:
            step = np.maximum(self._before_quantiser(first)[1], self._before_quantiser(last)[1])
            low, high = low - step, high + step
        low, high = run_between(rest, arrays, rest[0]["inputs"][0], low, high)
        levels = [np.rint(end.reshape(len(first), -1) / self._output_scale) for end in (low, high)]
        return levels[0], levels[1]

    def _before_quantiser(
        self, accumulators: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What the first quantiser rounds, and how far float32 may be from it."""
        product, start = self._start(accumulators)
        largest = np.maximum(np.abs(product), np.abs(start))
        value, magnitude = evaluate_wide(widened(self._head), self._arrays[np.float64], start, largest)
        return value, ulps(magnitude, _TIE_ULPS)

    def _evaluated(self, accumulators: NDArray[np.int64], kind: type[np.floating[Any]]) -> NDArray[np.int64]:
        _, start = self._start(accumulators)
        head = self._head if kind is np.float32 else widened(self._head)
        value = run(head, self._arrays[kind], self._input, start.astype(kind))
        if value.size != start.size:
            raise refusal(self.nodes[0], "and the operators behind it mix elements of a tensor")
        return self._finish(value, kind)

    def _start(self, accumulators: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What accumulators stand for, without the offset and with it."""
        product = self._product(accumulators)
        start = product + self._value.offset
        return product, start.astype(np.float32).astype(np.float64) if self._value.single else start

    def may_turn(self, node: NodeProto) -> bool:
        """Whether an operator of the tail may both rise and fall, by its kind."""
        steps = [step for step in (*self._head, *self._rest) if step["outputs"][0] == node.output[0]]
        return any(not is_monotone(step, self._arrays[np.float32]) for step in steps)

    def values(self, accumulators: NDArray[np.int64], count: int) -> NDArray[np.float64]:
        """What the first ``count`` nodes give in float32 arithmetic, (rows, elements)."""
        kept = {name for node in self.nodes[:count] for name in node.output}
        steps = [step for step in (*self._head, *self._rest) if step["outputs"][0] in kept]
        _, start = self._start(accumulators)
        value = run(steps, self._arrays[np.float32], self._input, start.astype(np.float32))
        return value.reshape(len(accumulators), -1).astype(np.float64)

    def _product(self, accumulators: NDArray[np.int64]) -> NDArray[np.float64]:
        grid = np.empty((accumulators.shape[0], self.elements), dtype=np.int64)
        grid[:, self._source] = accumulators
        return self._value.products(grid.reshape(-1, *self.shape))

    def _finish(self, value: NDArray[Any], kind: type[np.floating[Any]]) -> NDArray[np.int64]:
        name = self._rest[0]["inputs"][0]
        rest = self._rest if kind is np.float32 else widened(self._rest)
        result = run(rest, self._arrays[kind], name, value)
        ratio = result.reshape(len(value), -1).astype(np.float64) / self._output_scale
        levels = np.rint(ratio)
        if not np.all(np.abs(ratio - levels) <= _INTEGER_TOLERANCE):
            raise refusal(self.quantiser, "gives values that are not multiples of one scale")
        return levels.astype(np.int64)


def _first_quantiser(program: Program, arrays: Arrays) -> int:
    """Index of the first quantiser whose input is all that it and the steps behind it read of others."""
    for index, step in enumerate(program):
        made = {name for later in program[index:] for name in later["outputs"]}
        read = {name for later in program[index:] for name in later["inputs"] if name and name not in arrays}
        if step["op"] in QUANTISERS and read - made == {step["inputs"][0]}:
            return index
    raise ValueError("no quantiser parts the program")


def _has_scalars_only(program: Program, arrays: Arrays) -> bool:
    names = [n for step in program if step["op"] not in LAYOUT for n in step["inputs"] if n in arrays]
    return all(arrays[name].size == 1 for name in names)


def _without_layout(program: Program) -> Program:
    """The program with layout operators taken out and their readers joined."""
    renamed: dict[str, str] = {}
    kept: Program = []
    for step in program:
        inputs = [renamed.get(name, name) for name in step["inputs"]]
        if step["op"] in LAYOUT:
            renamed[step["outputs"][0]] = inputs[0]
        else:
            kept.append({**step, "inputs": inputs})
    return kept
