"""Requantise: each element times a constant of its channel, plus another, shifted and clipped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
from qonnx.core.datatype import BaseDataType

from finn.errors import FinnError
from finn.kernels.add_streams import ADDER_SOURCES
from finn.kernels.base import IntArray, Resources, RtlModule, require_divides, require_holds
from finn.kernels.elementwise import Elementwise, require_per_channel
from finn.kernels.requantise.cost import estimate
from finn.kernels.thresholding.memory import memory_text, prefers_block

__all__ = ("PRODUCT_SOURCES", "Requantise", "sum_cycles")

HERE = Path(__file__).parent
# What multiplies a lane's element, behind ADDER_SOURCES.
PRODUCT_SOURCES = (
    HERE.parent / "channelwise_op" / "channelwise_terms.sv",
    HERE.parent / "rtl" / "finn_dsp48e1.sv",
    *(HERE / f"{name}.sv" for name in ("dsp48e1_product", "requantise_sum")),
)
_RES_TYPES = ("auto", "lut", "dsp")
# Ports of a DSP48E1 (Xilinx UG479): a multiplicand, the other one in two halves of 17 and 18 bits, the sum.
_SHORT, _LONG, _SUM = 25, 35, 48
# A word of a memory in LUTs is chosen from parts of this many, as const_rom has it.
_PART = 256
# Bits of a DSP's second factor.
_DSP_BITS = 18


@dataclass(frozen=True, eq=False)
class Requantise(Elementwise):
    """Output = activation_offset + clip((x * multiplier + offset) >> shift, 0, steps).

    With ``round_even`` an odd output from a sum that the shift leaves whole is one less before it is
    clipped: with half a step in the offsets this rounds halves to the even output.

    Attributes
    ----------
    channels, pe
        Elements of a vector, and of a beat.
    multipliers, offsets
        (channels,) or (1,), of the element's channel.
    shift
        Places to the right, rounding down; the same for all channels.
    steps
        The largest result before ``activation_offset`` is added.
    res_type
        What multiplies: ``dsp``, ``lut`` or ``auto``: DSPs where there are any.
    round_even
        Whether halves are rounded to the even output; needs a shift.
    vectors
        Vectors per frame.
    """

    op_type: ClassVar[str] = "Requantise"

    channels: int
    pe: int
    multipliers: IntArray
    offsets: IntArray
    shift: int
    steps: int
    input_datatype: BaseDataType
    output_datatype: BaseDataType
    activation_offset: int = 0
    res_type: str = "auto"
    vectors: int = 1
    round_even: bool = False

    def __post_init__(self) -> None:
        """Raise FinnError where values do not fit together."""
        require_divides("PE", self.pe, "NumChannels", self.channels)
        require_per_channel("multipliers", self.multipliers, self.channels)
        require_per_channel("offsets", self.offsets, self.channels)
        if self.res_type not in _RES_TYPES:
            raise FinnError(f"resType {self.res_type} is unknown; possible are {', '.join(_RES_TYPES)}")
        if self.shift < 0 or self.steps < 1:
            raise FinnError(f"Shift={self.shift} and Steps={self.steps} do not fit; give 0 and 1 or more")
        if self.round_even and self.shift == 0:
            raise FinnError("RoundEven=1 does not fit Shift=0, which leaves no halves; give 0")
        if not self.input_datatype.is_integer() or self.input_datatype.name == "BIPOLAR":
            raise FinnError(f"input type {self.input_datatype.name} is no integer of two's complement")
        require_holds(self.output_datatype, self.activation_offset, self.activation_offset + self.steps)
        self._check_widths()

    def _check_widths(self) -> None:
        short, long = sorted((self.element_bits, self.multiplier_bits))
        if short > _SHORT or long > _LONG or max(self.sum_bits, self.offset_bits) > _SUM:
            raise FinnError(
                f"elements of {self.element_bits} bits times multipliers of {self.multiplier_bits} bits, "
                f"{self.sum_bits} bits in all, are too wide; at most {_SHORT} and {_LONG} bits, "
                f"{_SUM} in all, are supported"
            )

    @property
    def element_bits(self) -> int:
        """Bits of an element as two's complement."""
        return int(self.input_datatype.bitwidth()) + int(self.input_datatype.min() >= 0)

    @cached_property
    def multiplier_bits(self) -> int:
        """Bits of a multiplier as two's complement, at least 2."""
        return max(2, _bits(self.multipliers))

    @cached_property
    def offset_bits(self) -> int:
        """Bits of an offset as two's complement."""
        return _bits(self.offsets)

    @cached_property
    def sum_bits(self) -> int:
        """Bits of the sum as two's complement; two or more are left of it behind the shift."""
        ends = [x * self.multipliers + self.offsets for x in self._ends]
        return max(_bits(np.concatenate(ends)), self.offset_bits, self.shift + 2)

    @property
    def _ends(self) -> tuple[int, int]:
        return int(self.input_datatype.min()), int(self.input_datatype.max())

    @property
    def in_dsps(self) -> bool:
        """Whether DSPs multiply."""
        return self.res_type != "lut"

    def golden(self, inputs: Sequence[IntArray]) -> list[IntArray]:
        """Of x (batch, ..., channels), int64 of the same shape."""
        x = np.asarray(inputs[0], dtype=np.int64)
        sums = x * self.multipliers + self.offsets
        levels = (sums >> self.shift) + self.activation_offset
        if self.round_even:
            levels -= (sums % 2**self.shift == 0) & (levels % 2 == 1)
        return [np.clip(levels, self.activation_offset, self.activation_offset + self.steps)]

    @cached_property
    def folds(self) -> int:
        """Words of the memory of constants: one where all channels have the same."""
        alike = len(self.multipliers) == len(self.offsets) == 1
        return 1 if alike else self.channels // self.pe

    @property
    def word_bits(self) -> int:
        """Bits of a word: a multiplier and an offset for each lane."""
        return self.pe * (self.multiplier_bits + self.offset_bits)

    @property
    def in_block(self) -> bool:
        """Whether constants are kept in block RAM."""
        return prefers_block(self.folds, self.word_bits)

    def resources(self) -> Resources:
        """Calibrated on Yosys netlists of the RTL."""
        return estimate(self)

    def rtl(self, name: str) -> RtlModule:
        """One ``requantise``; memories are ``<name>_multipliers.mem`` and ``<name>_offsets.mem``."""
        parameters: dict[str, int | str] = {
            "PE": self.pe,
            "FOLDS": self.folds,
            "IBITS": int(self.input_datatype.bitwidth()),
            "ISIGNED": int(self.input_datatype.min() < 0),
            "MBITS": self.multiplier_bits,
            "CBITS": self.offset_bits,
            "SBITS": self.sum_bits,
            "SHIFT": self.shift,
            "STEPS": self.steps,
            "OFFSET": self.activation_offset,
            "EVEN": int(self.round_even),
            "OBITS": int(self.output_datatype.bitwidth()),
            "DSP": int(self.in_dsps),
            "SUM_CYCLES": self._sum_cycles,
            "BLOCK": int(self.in_block),
            "SPLIT": int(not self.in_block and self.folds > _PART),
            "MULTIPLIERS": f"{name}_multipliers.mem",
            "OFFSETS": f"{name}_offsets.mem",
        }
        memories = {
            f"{name}_multipliers.mem": self._memory(self.multipliers, self.multiplier_bits),
            f"{name}_offsets.mem": self._memory(self.offsets, self.offset_bits),
        }
        return RtlModule("requantise", parameters, memories)

    @property
    def _sum_cycles(self) -> int:
        return sum_cycles(self.element_bits, self.multiplier_bits, self.sum_bits, in_dsps=self.in_dsps)

    @property
    def latency(self) -> int:
        """Constants, product and sum, the shift with its limits."""
        fetch = 0 if self.folds == 1 else 2 if self.in_block or self.folds > _PART else 1
        return self._sum_cycles + (fetch or int(not self.in_dsps)) + 2

    def _memory(self, values: IntArray, bits: int) -> str:
        """Word f holds that of channel f * PE + lane for each lane."""
        return memory_text(np.broadcast_to(values, (self.folds * self.pe,)).reshape(-1, self.pe), bits)

    @property
    def sources(self) -> tuple[Path, ...]:
        """Adders and their room, the memory of constants, and the modules."""
        memory = (HERE.parent / "rtl" / "finn_fold.sv", HERE.parent / "thresholding" / "const_rom.sv")
        return (*ADDER_SOURCES, *memory, *PRODUCT_SOURCES, HERE / "requantise.sv")


def sum_cycles(element_bits: int, multiplier_bits: int, sum_bits: int, *, in_dsps: bool) -> int:
    """Cycles of ``requantise_sum``, from element and multiplier to the sum."""
    parts = 2 if element_bits > _DSP_BITS else 1
    if in_dsps:
        return 4 if parts == 2 or multiplier_bits > _DSP_BITS else 3
    levels = math.ceil(math.log2(parts * (multiplier_bits // 2 + 1) + 1))
    return 1 + levels + ((sum_bits - 1) // 16 if sum_bits > 20 else 0)


def _bits(values: IntArray) -> int:
    """Bits that all values need as two's complement."""
    low, high = int(values.min()), int(values.max())
    return 1 + max(high.bit_length() if high > 0 else 0, (-low - 1).bit_length() if low < 0 else 0)
