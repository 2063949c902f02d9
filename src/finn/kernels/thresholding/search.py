"""Thresholds laid out for the binary search of ``threshold_core``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from qonnx.core.datatype import BaseDataType

from finn.errors import FinnError
from finn.kernels.base import MAX_SUM_BITS, IntArray, Resources
from finn.kernels.thresholding.memory import block_count, lut_count, memory_text, prefers_block

__all__ = ("Search", "check_thresholds", "count_reached", "offset_of")

# A threshold beyond all sums needs one more bit, which is a flag.
_COMPARED_BITS = MAX_SUM_BITS
# Those of ``threshold_stage``: inputs of a LUT, places of a carry chain behind LUTs that also hold
# the thresholds, and words of a part of a memory in LUTs.
_LUT_INPUTS = 6
_WIDEST = 12
_PART = 256
# Beyond these a search is faster than to count.
_FEW_STEPS = 256


def offset_of(output: BaseDataType, activation_offset: int) -> int:
    """What the RTL adds to a count: nothing for BIPOLAR, whose code is the count."""
    return 0 if output.name == "BIPOLAR" else activation_offset


def check_thresholds(
    thresholds: IntArray, channels: int, flip: Sequence[int], output: BaseDataType, activation_offset: int
) -> None:
    """Raise FinnError unless thresholds (channels or 1, L), flip and output type fit together."""
    if thresholds.ndim != 2 or thresholds.shape[0] not in (1, channels) or thresholds.shape[1] < 1:
        raise FinnError(
            f"thresholds of shape {thresholds.shape} do not fit; give ({channels}, steps) or (1, steps)"
        )
    if (np.diff(thresholds, axis=1) < 0).any():
        raise FinnError("thresholds are not ascending; sort them per channel")
    if flip and len(flip) != channels:
        raise FinnError(f"flip has {len(flip)} entries for {channels} channels; give one per channel or none")
    low, high = activation_offset, activation_offset + thresholds.shape[1]
    if output.name == "BIPOLAR":
        low, high = -1, 2 * thresholds.shape[1] - 1
    if not output.is_integer() or low < output.min() or high > output.max():
        raise FinnError(f"results {low} to {high} do not fit output type {output.name}; choose a wider one")


def count_reached(
    x: IntArray, thresholds: IntArray, flip: Sequence[int], output: BaseDataType, activation_offset: int
) -> IntArray:
    """Thresholding of x (..., channels) by thresholds (channels or 1, L); int64 of the same shape."""
    steps = thresholds.shape[1]
    counts = _counted(x, thresholds) if steps <= _FEW_STEPS else _looked_up(x, thresholds)
    if flip:
        counts = np.where(np.asarray(flip, dtype=bool), steps - counts, counts)
    return 2 * counts - 1 if output.name == "BIPOLAR" else activation_offset + counts


def _counted(x: IntArray, thresholds: IntArray) -> IntArray:
    counts = np.zeros(x.shape, dtype=np.int64)
    for step in range(thresholds.shape[1]):
        counts += x >= thresholds[:, step]
    return counts


def _looked_up(x: IntArray, thresholds: IntArray) -> IntArray:
    """As `_counted`, by one search for each row of thresholds."""
    if len(thresholds) == 1:
        return np.asarray(np.searchsorted(thresholds[0], x, side="right"), dtype=np.int64)
    counts = np.empty(x.shape, dtype=np.int64)
    for channel, row in enumerate(thresholds):
        counts[..., channel] = np.searchsorted(row, x[..., channel], side="right")
    return counts


@dataclass(frozen=True)
class Search:
    """Padded thresholds of one layer, as codes of what they are compared with.

    Attributes
    ----------
    padded
        (channels or 1, 2**steps - 1), ascending codes from 0 (always reached) to ``largest`` + 1.
    flips
        (channels or 1,) of 0/1.
    lanes
        Elements per beat.
    operand_bits
        Bits of the code that thresholds are compared with.
    """

    padded: IntArray
    flips: IntArray
    lanes: int
    operand_bits: int

    @classmethod
    def of(cls, codes: IntArray, flip: Sequence[int], lanes: int, largest: int) -> Search:
        """From codes (channels or 1, L), compared with operands of 0 to ``largest``.

        Raises
        ------
        FinnError
            If operands have more bits than are compared.
        """
        if largest.bit_length() > _COMPARED_BITS:
            raise FinnError(
                f"sums of products without their signs take {largest.bit_length()} bits; at most "
                f"{_COMPARED_BITS} are compared with thresholds, so quantise weights or inputs further"
            )
        flips = np.asarray(flip if flip else [0] * len(codes), dtype=np.int64)
        rows = np.broadcast_to(np.clip(codes, 0, largest + 1), (max(len(codes), len(flips)), codes.shape[1]))
        padding = (1 << codes.shape[1].bit_length()) - 1 - codes.shape[1]
        above = np.pad(rows, ((0, 0), (0, padding)), constant_values=largest + 1)
        # The complement of the padded count is that of the count if the padding is always reached.
        below = np.pad(rows, ((0, 0), (padding, 0)), constant_values=0)
        padded = np.where(flips[:, None] == 1, below, above)
        if (padded == padded[:1]).all() and (flips == flips[0]).all():
            padded, flips = padded[:1], flips[:1]
        return cls(padded, flips, lanes, max(1, largest.bit_length()))

    @property
    def steps(self) -> int:
        """Stages of the search, which are the bits of the count."""
        return int(self.padded.shape[1]).bit_length()

    @property
    def shared(self) -> bool:
        """Whether all channels have the same thresholds."""
        return len(self.padded) == 1

    @property
    def folds(self) -> int:
        """Sets of thresholds that the lanes go through."""
        return 1 if self.shared else len(self.padded) // self.lanes

    @property
    def flag(self) -> bool:
        """Whether a threshold that is never reached needs a flag of its own."""
        return int(self.padded.max()).bit_length() > _COMPARED_BITS

    @cached_property
    def threshold_bits(self) -> int:
        """Bits that are compared."""
        return min(_COMPARED_BITS, max(self.operand_bits, int(self.padded.max()).bit_length()))

    @cached_property
    def block_depth(self) -> int:
        """The shallowest memory that belongs into block RAM, or 0."""
        depths = [self.folds << stage for stage in range(self.steps)]
        return next((depth for depth in depths if prefers_block(depth, self.threshold_bits)), 0)

    def parameters(self, name: str) -> dict[str, int | str]:
        """Parameters of ``threshold_core`` that follow from the thresholds, by that module's names."""
        return {
            "STEPS": self.steps,
            "TBITS": self.threshold_bits,
            "FOLDS": self.folds,
            "SHARED": int(self.shared),
            "BLOCK_DEPTH": self.block_depth,
            "NEVER": int(self.flag),
            "FLIP": int(self.flips.any()),
            "FILE": name,
        }

    def memories(self, name: str) -> dict[str, str]:
        """Text of each memory: one per stage and lane, and the flips."""
        bits = self.threshold_bits + int(self.flag)
        folded = self.padded.reshape(self.folds, -1, self.padded.shape[1])
        # With the flag set the other bits are not looked at.
        words = np.where(folded >> _COMPARED_BITS != 0, 1 << _COMPARED_BITS, folded) if self.flag else folded
        texts = {}
        for stage in range(self.steps):
            step = 1 << (self.steps - stage)
            nodes = words[:, :, step // 2 - 1 :: step]
            for lane in range(folded.shape[1]):
                contents = nodes[:, lane, :].reshape(-1, 1)
                texts[f"{name}_{stage:x}_{lane:04d}.mem"] = memory_text(contents, bits)
        if self.flips.any():
            # Lanes that share thresholds still have a bit each.
            flips = np.broadcast_to(self.flips.reshape(self.folds, -1), (self.folds, self.lanes))
            texts[f"{name}_flip.mem"] = memory_text(flips, 1)
        return texts

    def latency(self, offset: int) -> int:
        """Cycles that ``threshold_core`` takes where it adds ``offset`` at the end."""
        flips = bool(self.flips.any())
        finish = 1 + int(flips and self.folds > 1) if flips or offset != 0 or self.flag else 0
        return sum(1 + self._fetch(self.folds << stage) for stage in range(self.steps)) + finish

    def _fetch(self, depth: int) -> int:
        """Cycles until a threshold of a memory so deep is there; 0 where it is part of the comparison."""
        block = self.block_depth != 0 and depth >= self.block_depth
        free = _LUT_INPUTS - math.ceil(math.log2(depth))
        if not block and free > 0 and self.threshold_bits <= _WIDEST * free:
            return 0
        return 2 if block or depth > _PART else 1

    def resources(self) -> Resources:
        """Cost of the stages."""
        total = Resources()
        for stage in range(self.steps):
            total += self._stage(self.folds << stage, stage)
        return total

    def _stage(self, depth: int, stage: int) -> Resources:
        """As ``threshold_stage`` divides the work between memory and comparison."""
        bits, block = self.threshold_bits, self.block_depth != 0 and depth >= self.block_depth
        free = _LUT_INPUTS - math.ceil(math.log2(depth))
        fetch = self._fetch(depth)
        fused = fetch == 0
        parts = -(-depth // _PART) if not block and depth > _PART else 0
        group = max(1, min(free, bits)) if fused else 2
        places = -(-bits // group)
        words = 0 if fused or block else lut_count(depth, bits) + bits * -(-parts // 4)
        carried = (self.operand_bits if stage + 1 < self.steps else 0) + stage
        return Resources(
            lut=self.lanes * (places * min(group, 2) + words),
            ff=self.lanes
            * (1 + carried + fetch * (self.operand_bits + stage) + bits * (min(fetch, 1) + parts)),
            carry4=self.lanes * -(-places // 4),
            bram18=self.lanes * block_count(depth, bits) if block else 0,
        )
