"""VVAU: depthwise convolution with constant weights and, optionally, thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from qonnx.core.datatype import BaseDataType

from finn.errors import FinnError
from finn.kernels.base import (
    MAX_SUM_BITS,
    IntArray,
    Kernel,
    Resources,
    RtlModule,
    Stream,
    divisors,
    require_divides,
)
from finn.kernels.mvau.encoding import Encoding
from finn.kernels.mvau.latency import dot_latency, sum_latency
from finn.kernels.mvau.layout import accumulator_range, end_parameters, start_values
from finn.kernels.thresholding.memory import memory_text, prefers_block
from finn.kernels.thresholding.op import CORE_SOURCES
from finn.kernels.thresholding.search import Search, check_thresholds, count_reached, offset_of
from finn.kernels.vvau.cost import estimate

__all__ = ("VVAU",)

HERE = Path(__file__).parent
MVAU_SOURCES = ("adder_tree", "mvau_dot", "mvau_accumulate")
# Bits of a total that ``vvau_accumulate`` adds in a cycle.
_SEGMENT = 15
RAM_STYLES = ("auto", "distributed", "block")


@dataclass(frozen=True, eq=False)
class VVAU(Kernel):
    """y[c] = sum over taps of x[tap, c] * weights[tap, c], exact; then, if there are any, thresholds.

    Attributes
    ----------
    windows
        (rows, windows in a row), as a ConvolutionInputGenerator gives them.
    channels, pe
        Channels, and how many of them are worked on at a time.
    weights
        (taps, channels) integers of ``weight_datatype``.
    accumulator_datatype
        A type that holds every possible y.
    thresholds
        (channels, L) or (1, L), ascending, or None: then the output is y itself.
    activation_offset, flip
        As of MVAU.
    ram_style
        Where weights are kept: ``auto``, ``distributed`` (LUTs) or ``block`` (RAM).
    simd
        Taps worked on at a time; above 1 only with all channels.
    """

    windows: tuple[int, int]
    channels: int
    pe: int
    weights: IntArray
    weight_datatype: BaseDataType
    input_datatype: BaseDataType
    output_datatype: BaseDataType
    accumulator_datatype: BaseDataType
    thresholds: IntArray | None = None
    activation_offset: int = 0
    flip: tuple[int, ...] = ()
    ram_style: str = "auto"
    simd: int = 1

    op_type: ClassVar[str] = "VVAU"
    folding_attributes: ClassVar[tuple[str, ...]] = ("PE", "SIMD")

    def __post_init__(self) -> None:
        """Raise FinnError where values do not fit together."""
        require_divides("PE", self.pe, "Channels", self.channels)
        if self.ram_style not in RAM_STYLES:
            raise FinnError(f"ram_style {self.ram_style} is unknown; possible are {', '.join(RAM_STYLES)}")
        Encoding.of(self.input_datatype, self.weight_datatype)
        self._check_weights()
        self._require_range()
        if self.thresholds is not None:
            check_thresholds(
                self.thresholds, self.channels, self.flip, self.output_datatype, self.activation_offset
            )

    def _check_weights(self) -> None:
        if self.weights.ndim != 2 or self.weights.shape[1] != self.channels:
            raise FinnError(f"weights of shape {self.weights.shape} do not fit; give (taps, {self.channels})")
        if not np.all(self.weight_datatype.allowed(self.weights)):
            raise FinnError(f"the weights are not all {self.weight_datatype.name}; choose another type")
        require_divides("SIMD", self.simd, "taps", self.taps)
        if self.simd > 1 and self.pe != self.channels:
            raise FinnError(
                f"SIMD={self.simd} takes all {self.channels} channels in a beat; set PE to that, or SIMD to 1"
            )

    def _require_range(self) -> None:
        low, high = accumulator_range(self.weights, self.input_datatype)
        kinds = [self.accumulator_datatype] + ([self.output_datatype] if self.thresholds is None else [])
        for kind in kinds:
            if (
                kind.name == "BIPOLAR"
                or kind.bitwidth() > MAX_SUM_BITS
                or low < kind.min()
                or high > kind.max()
            ):
                raise FinnError(
                    f"{kind.name} does not hold {low} to {high}; choose a type that does, of at most "
                    f"{MAX_SUM_BITS} bits"
                )

    @property
    def taps(self) -> int:
        """Pixels of a window."""
        return int(self.weights.shape[0])

    @property
    def folds(self) -> int:
        """Groups of channels that take turns."""
        return self.channels // self.pe

    @property
    def sets(self) -> int:
        """Sets of taps that take turns."""
        return self.taps // self.simd

    @property
    def encoding(self) -> Encoding:
        """How the RTL sees activations and weights."""
        return Encoding.of(self.input_datatype, self.weight_datatype)

    @property
    def constants(self) -> IntArray:
        """y - scale * (the RTL's sum) for each channel; (channels,)."""
        return self.encoding.constants(self.weights)

    @property
    def search(self) -> Search | None:
        """The thresholds as the RTL sees them, on the sum of products that are not negative."""
        if self.thresholds is None:
            return None
        codes = -((self.constants[:, None] - self.thresholds) // self.encoding.operand.scale)
        return Search.of(codes, self.flip, self.pe, self.encoding.largest_sum(self.weights))

    @property
    def input_streams(self) -> tuple[Stream, ...]:
        """(rows, windows, taps * channels / (SIMD * PE), SIMD * PE): taps one by one, channels innermost."""
        return (Stream(self.input_datatype, (*self.windows, self.sets * self.folds, self.simd * self.pe)),)

    @property
    def output_streams(self) -> tuple[Stream, ...]:
        """(rows, windows, channels / PE, PE)."""
        return (Stream(self.output_datatype, (*self.windows, self.folds, self.pe)),)

    @property
    def cycles(self) -> int:
        """One per beat that comes."""
        return self.input_streams[0].beats

    def golden(self, inputs: Sequence[IntArray]) -> list[IntArray]:
        """(batch, rows, windows, taps * channels) to (batch, rows, windows, channels), int64."""
        x = np.asarray(inputs[0], dtype=np.int64)
        x = x.reshape(len(x), *self.windows, self.taps, self.channels)
        y = np.einsum("nhwtc,tc->nhwc", x, self.weights)
        if self.thresholds is None:
            return [y]
        return [count_reached(y, self.thresholds, self.flip, self.output_datatype, self.activation_offset)]

    def folding_choices(self) -> dict[str, list[int]]:
        """PE divides the channels; with all of them in a beat, SIMD divides the taps."""
        return {"PE": divisors(self.channels), "SIMD": divisors(self.taps)}

    def foldings(self) -> list[dict[str, int]]:
        """Several taps only with all channels."""
        single = [{"PE": pe, "SIMD": 1} for pe in divisors(self.channels)]
        return single + [{"PE": self.channels, "SIMD": simd} for simd in divisors(self.taps)[1:]]

    @property
    def weight_shape(self) -> tuple[int, int]:
        """Words of the weights' memory, and bits of one."""
        return self.sets * self.folds, self.simd * self.pe * self.encoding.weight_bits

    @property
    def words(self) -> IntArray:
        """(words, SIMD * PE): weights as they are stored, in the order of a beat."""
        return self.encoding.codes(self.weights).reshape(-1, self.simd * self.pe)

    @property
    def weights_in_block(self) -> bool:
        """Whether weights are kept in block RAM; a single word is a constant."""
        if self.weight_shape[0] == 1 or self.ram_style == "distributed":
            return False
        return self.ram_style == "block" or prefers_block(*self.weight_shape)

    def resources(self) -> Resources:
        """Calibrated on Yosys netlists of the RTL."""
        return estimate(self)

    @property
    def total_bits(self) -> int:
        """Bits of an accumulator."""
        return int(self.output_datatype.bitwidth()) if self.search is None else self.search.operand_bits

    @property
    def sum_bits(self) -> int:
        """Bits of what a beat adds to it."""
        return min(self.total_bits, self.encoding.largest_beat(self.simd).bit_length())

    def rtl(self, name: str) -> RtlModule:
        """One ``vvau``; weights in ``<name>_weights.mem``, others likewise."""
        search, encoding = self.search, self.encoding
        memories = {f"{name}_weights.mem": memory_text(self.words, encoding.weight_bits)}
        if search is not None:
            memories.update(search.memories(f"{name}_thresholds"))
        else:
            memories[f"{name}_start.mem"] = start_values(self)[1]
        parameters: dict[str, int | str] = {
            "PE": self.pe,
            "FOLDS": self.folds,
            "SIMD": self.simd,
            "SETS": self.sets,
            "IBITS": encoding.operand.bits,
            "ISIGNED": int(encoding.operand.signed),
            "WBITS": encoding.weight_bits,
            "WKIND": encoding.weight_kind,
            "XCHUNK": encoding.chunks[0],
            "WCHUNK": encoding.chunks[1],
            "SBITS": self.sum_bits,
            "ABITS": self.total_bits,
            "OBITS": int(self.output_datatype.bitwidth()),
            "WEIGHT_BLOCK": int(self.weights_in_block),
            "WEIGHTS": f"{name}_weights.mem",
            "CYCLES": self.latency,
        }
        return RtlModule("vvau", parameters | end_parameters(self, name, search), memories)

    @property
    def latency(self) -> int:
        """Cycles from a window's last beat to its results, before the room."""
        search = self.search
        starts = start_values(self)[0] if search is None else 0
        if self.folds == 1:
            once = self.sets == 1 and starts == 0
            total = 0 if once else sum_latency(self.total_bits, starts)
        else:
            total = 1 + -(-self.total_bits // _SEGMENT)
        fetch = 0 if self.sets * self.folds == 1 else 2 if self.weights_in_block else 1
        offset = offset_of(self.output_datatype, self.activation_offset)
        threshold = 0 if search is None else search.latency(offset)
        return 1 + fetch + dot_latency(self.encoding, self.simd, self.sum_bits) + total + threshold

    @property
    def first_result_at(self) -> int:
        """The first group's last set of taps of the first window."""
        return (self.sets - 1) * self.folds

    @property
    def sources(self) -> tuple[Path, ...]:
        """The modules of the search, those shared with MVAU, the loop counter, then its own."""
        mvau = (HERE.parent / "mvau" / f"{name}.sv" for name in MVAU_SOURCES)
        steps = HERE.parent / "rtl" / "finn_steps.sv"
        return (*CORE_SOURCES, *mvau, steps, HERE / "vvau_accumulate.sv", HERE / "vvau.sv")
