"""MVAU: matrix-vector product with constant weights and, optionally, thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
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
from finn.kernels.mvau.cost import estimate
from finn.kernels.mvau.encoding import Encoding, largest_signed_sum, row_sums
from finn.kernels.mvau.latency import mvau_latency
from finn.kernels.mvau.layout import accumulator_range, parameters_of, start_values, weight_text
from finn.kernels.mvau.packing import Packing
from finn.kernels.remembered import extremes
from finn.kernels.thresholding.op import CORE_SOURCES
from finn.kernels.thresholding.search import Search, check_thresholds, count_reached

__all__ = ("MVAU",)

_HERE = Path(__file__).parent
_MODULES = (
    "replay_buffer",
    "adder_tree",
    "lut6",
    "counter7",
    "mvau_popcount",
    "mvau_dot",
    "dsp48e1_mac",
    "mvau_packed",
    "mvau_accumulate",
    "mvau",
)
_RAM_STYLES = ("auto", "distributed", "block")
_RES_TYPES = ("auto", "lut", "dsp")


@dataclass(frozen=True, eq=False)
class MVAU(Kernel):
    """y = x @ weights, exact; then, if there are thresholds, Thresholding of y.

    Attributes
    ----------
    mw, mh
        Length of the input vector and of the output vector.
    pe, simd
        Outputs and inputs worked on at a time.
    weights
        (MW, MH) integers of ``weight_datatype``.
    accumulator_datatype
        A type that holds every possible y.
    thresholds
        (MH, L) or (1, L), ascending, or None: then the output is y itself.
    activation_offset
        Added to the count of thresholds.
    flip
        One 0/1 per output, or empty.
    ram_style
        Where weights are kept: ``auto``, ``distributed`` (LUTs) or ``block`` (RAM).
    res_type
        What multiplies: ``lut``, ``dsp`` (weights and activations of 4 to 8 bits) or ``auto``: DSPs where
        they can.
    vectors
        Vectors per frame.
    """

    op_type: ClassVar[str] = "MVAU"
    folding_attributes: ClassVar[tuple[str, ...]] = ("PE", "SIMD")

    mw: int
    mh: int
    pe: int
    simd: int
    weights: IntArray
    weight_datatype: BaseDataType
    input_datatype: BaseDataType
    output_datatype: BaseDataType
    accumulator_datatype: BaseDataType
    thresholds: IntArray | None = None
    activation_offset: int = 0
    flip: tuple[int, ...] = ()
    ram_style: str = "auto"
    res_type: str = "lut"
    vectors: int = 1

    def __post_init__(self) -> None:
        """Raise FinnError where values do not fit together."""
        require_divides("PE", self.pe, "MH", self.mh)
        require_divides("SIMD", self.simd, "MW", self.mw)
        if self.ram_style not in _RAM_STYLES:
            raise FinnError(f"ram_style {self.ram_style} is unknown; possible are {', '.join(_RAM_STYLES)}")
        Encoding.of(self.input_datatype, self.weight_datatype)
        self._check_resource()
        self._check_weights()
        self._check_range()
        if self.thresholds is not None:
            check_thresholds(
                self.thresholds, self.mh, self.flip, self.output_datatype, self.activation_offset
            )

    def _check_resource(self) -> None:
        if self.res_type not in _RES_TYPES:
            raise FinnError(f"resType {self.res_type} is unknown; possible are {', '.join(_RES_TYPES)}")
        if self.res_type == "dsp" and not Packing.supports(self.input_datatype, self.weight_datatype):
            raise FinnError(
                f"resType dsp takes weights and activations of 4 to 8 bits, not {self.weight_datatype.name}"
                f" and {self.input_datatype.name}; choose lut or auto"
            )

    def _check_weights(self) -> None:
        if self.weights.shape != (self.mw, self.mh):
            raise FinnError(f"weights of shape {self.weights.shape} do not fit; give ({self.mw}, {self.mh})")
        kind = self.weight_datatype
        low, high = extremes(self.weights, None)
        if low < kind.min() or high > kind.max() or (kind.name == "BIPOLAR" and not self.weights.all()):
            raise FinnError(f"weights from {low} to {high} are not all {kind.name}; choose another type")

    def _check_range(self) -> None:
        low, high = accumulator_range(self.weights, self.input_datatype)
        _require_holds("accumulator", self.accumulator_datatype, low, high)
        if self.thresholds is None:
            _require_holds("output", self.output_datatype, low, high)

    @cached_property
    def encoding(self) -> Encoding:
        """How the RTL sees activations and weights."""
        return Encoding.of(self.input_datatype, self.weight_datatype)

    @cached_property
    def packing(self) -> Packing | None:
        """How rows share DSPs; None where LUTs multiply."""
        if self.res_type == "lut" or not Packing.supports(self.input_datatype, self.weight_datatype):
            return None
        return Packing.of(self.encoding.operand.bits, self.weights, self.pe, self.simd)

    @property
    def in_dsps(self) -> bool:
        """Whether DSPs multiply."""
        return self.packing is not None

    @property
    def constants(self) -> IntArray:
        """y - scale * (the RTL's sum) for each row; (MH,)."""
        encoding, packing = self.encoding, self.packing
        if packing is None:
            return encoding.constants(self.weights)
        return encoding.centre * row_sums(self.weights, None) - packing.bias_of(self.mw, self.simd)

    @property
    def search(self) -> Search | None:
        """The thresholds as the RTL sees them, on the sum of products that are not negative."""
        if self.thresholds is None:
            return None
        codes = -((self.constants[:, None] - self.thresholds) // self.encoding.operand.scale)
        return Search.of(codes, self.flip, self.pe, self._largest_sum())

    def _largest_sum(self) -> int:
        encoding, packing = self.encoding, self.packing
        if packing is None:
            return encoding.largest_sum(self.weights)
        return largest_signed_sum(self.weights, encoding.operand.bits) + packing.bias_of(self.mw, self.simd)

    @property
    def input_streams(self) -> tuple[Stream, ...]:
        """One port, (vectors, MW / SIMD, SIMD)."""
        return (Stream(self.input_datatype, (self.vectors, self.mw // self.simd, self.simd)),)

    @property
    def output_streams(self) -> tuple[Stream, ...]:
        """One port, (vectors, MH / PE, PE)."""
        return (Stream(self.output_datatype, (self.vectors, self.mh // self.pe, self.pe)),)

    @property
    def cycles(self) -> int:
        """Each vector is gone through MH / PE times."""
        return self.vectors * (self.mw // self.simd) * (self.mh // self.pe)

    def golden(self, inputs: Sequence[IntArray]) -> list[IntArray]:
        """Of x (batch, ..., MW), int64 (batch, ..., MH); an image may come in place of its flattened form."""
        x = np.asarray(inputs[0], dtype=np.int64)
        if x.shape[-1] != self.mw:
            x = x.reshape(len(x), *((self.vectors,) if self.vectors > 1 else ()), self.mw)
        # NumPy multiplies float64 far faster, and exactly: no sum of 40 bits comes near 2^53.
        y = (x.astype(np.float64) @ self.weights.astype(np.float64)).astype(np.int64)
        if self.thresholds is None:
            return [y]
        return [count_reached(y, self.thresholds, self.flip, self.output_datatype, self.activation_offset)]

    def folding_choices(self) -> dict[str, list[int]]:
        """PE divides MH, SIMD divides MW."""
        return {"PE": divisors(self.mh), "SIMD": divisors(self.mw)}

    @property
    def sources(self) -> tuple[Path, ...]:
        """The modules of the search, then those of the product."""
        dsp = _HERE.parent / "rtl" / "finn_dsp48e1.sv"
        return (*CORE_SOURCES, dsp, *(_HERE / f"{name}.sv" for name in _MODULES))

    def rtl(self, name: str) -> RtlModule:
        """One ``mvau``; weights in ``<name>_weights.mem``, others likewise."""
        search = self.search
        memories = {f"{name}_weights.mem": weight_text(self)}
        if search is not None:
            memories.update(search.memories(f"{name}_thresholds"))
        else:
            memories[f"{name}_start.mem"] = start_values(self)[1]
        return RtlModule("mvau", parameters_of(self, name, search), memories)

    @property
    def latency(self) -> int:
        """Cycles from a pass's last beat to its results, before the room."""
        return mvau_latency(self, self.search)

    @property
    def first_result_at(self) -> int:
        """The last of the first vector."""
        return self.mw // self.simd - 1

    def resources(self) -> Resources:
        """Calibrated on Yosys netlists of the RTL."""
        return estimate(self, self.search)


def _require_holds(what: str, datatype: BaseDataType, low: int, high: int) -> None:
    fits = datatype.is_integer() and datatype.min() <= low and high <= datatype.max()
    if not fits or datatype.name == "BIPOLAR" or datatype.bitwidth() > MAX_SUM_BITS:
        raise FinnError(
            f"{what} type {datatype.name} does not hold {low} to {high}; choose one that does,"
            f" of at most {MAX_SUM_BITS} bits"
        )
