"""The kernels at the settings for which FINN's modules were measured, in the same flow of Yosys.

FINN's figures are the least of those of its main and dev branch; its MVU gets its weights on a
stream, so the memory of ours is counted apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from qonnx.core.datatype import DataType

from finn.kernels.base import IntArray, Kernel
from finn.kernels.convolution_input_generator import ConvolutionInputGenerator
from finn.kernels.fm_padding import FMPadding
from finn.kernels.mvau import MVAU
from finn.kernels.streaming_data_width_converter import StreamingDataWidthConverter
from finn.kernels.streaming_fifo import StreamingFIFO
from finn.kernels.thresholding import Thresholding

__all__ = ("BINARY", "COMPARED", "WEIGHTS", "Compared")

RANDOM = np.random.default_rng(1)
BIT = DataType["UINT1"]
CHANNELS = 64
MW, MH = 128, 16


@dataclass(frozen=True)
class Compared:
    """A kernel, and what FINN's module of the same settings takes."""

    name: str
    kernel: Kernel
    lut: int
    dsp: int = 0
    bram18: int = 0
    note: str = ""


def _values(datatype: str, shape: tuple[int, ...]) -> IntArray:
    kind = DataType[datatype]
    values = RANDOM.integers(int(kind.min()), int(kind.max()), shape, endpoint=True, dtype=np.int64)
    return np.where(values == 0, 1, values) if datatype == "BIPOLAR" else values


def _mvau(weights: str, activations: str, accumulator: str, pe: int, simd: int) -> MVAU:
    return MVAU(
        mw=MW,
        mh=MH,
        pe=pe,
        simd=simd,
        weights=_values(weights, (MW, MH)),
        weight_datatype=DataType[weights],
        input_datatype=DataType[activations],
        output_datatype=DataType[accumulator],
        accumulator_datatype=DataType[accumulator],
        res_type="auto",
    )


def _thresholding(bits: int, pe: int) -> Thresholding:
    thresholds = np.sort(RANDOM.integers(-(2**15), 2**15, (CHANNELS, 2**bits - 1)), axis=1)
    return Thresholding(CHANNELS, pe, thresholds, DataType["INT16"], DataType[f"UINT{bits}"])


def _converter(taken: int, given: int) -> StreamingDataWidthConverter:
    return StreamingDataWidthConverter(BIT, CHANNELS, taken, given)


def _fifo(depth: int) -> StreamingFIFO:
    return StreamingFIFO(DataType["UINT8"], (depth, 8), depth, "distributed")


def _window(simd: int, parallel: int = 0) -> ConvolutionInputGenerator:
    return ConvolutionInputGenerator(
        34, 34, CHANNELS, (3, 3), (1, 1), (1, 1), simd, DataType["INT4"], parallel_window=parallel
    )


def _padding(simd: int) -> FMPadding:
    return FMPadding(32, 32, CHANNELS, (1, 1, 1, 1), simd, DataType["INT4"], DataType["INT4"])


UNFAIR = "Yosys finds no SRL in FINN's"
COMPARED = (
    Compared("MVAU W4 A4u, PE 4, SIMD 16", _mvau("INT4", "UINT4", "INT16", 4, 16), 1328, 16),
    Compared("MVAU W4 A4s, PE 4, SIMD 16", _mvau("INT4", "INT4", "INT16", 4, 16), 1648, 16),
    Compared("MVAU W4 A4u, PE 8, SIMD 8", _mvau("INT4", "UINT4", "INT16", 8, 8), 1534, 16),
    Compared("MVAU W8 A8u, PE 4, SIMD 16", _mvau("INT8", "UINT8", "INT24", 4, 16), 1990, 32),
    Compared("MVAU W8 A8u, PE 8, SIMD 8", _mvau("INT8", "UINT8", "INT24", 8, 8), 2171, 32),
    Compared("MVAU W2 A2u, PE 4, SIMD 16", _mvau("INT2", "UINT2", "INT11", 4, 16), 957, 16),
    Compared("MVAU W2 A2u, PE 8, SIMD 8", _mvau("INT2", "UINT2", "INT11", 8, 8), 1151, 8),
    Compared("Thresholding to 4 bits, PE 1", _thresholding(4, 1), 439),
    Compared("Thresholding to 4 bits, PE 8", _thresholding(4, 8), 909),
    Compared("Thresholding to 1 bit, PE 1", _thresholding(1, 1), 85),
    Compared("Thresholding to 1 bit, PE 8", _thresholding(1, 8), 204),
    Compared("width converter 64 to 16", _converter(64, 16), 73),
    Compared("width converter 16 to 64", _converter(16, 64), 27),
    Compared("width converter 64 to 8", _converter(64, 8), 74),
    Compared("sliding window 3x3 on 34x34x64, SIMD 64", _window(64), 206, bram18=8),
    Compared("sliding window 3x3 on 34x34x64, SIMD 16", _window(16), 230, bram18=2),
    Compared("sliding window 3x3 on 34x34x64, a window in a beat", _window(64, parallel=1), 493),
    Compared("padding of 32x32x64 by 1, SIMD 64", _padding(64), 278),
    Compared("padding of 32x32x64 by 1, SIMD 16", _padding(16), 87),
    Compared("FIFO of 64 bits, 32 deep", _fifo(32), 969, note=UNFAIR),
    Compared("FIFO of 64 bits, 256 deep", _fifo(256), 7128, note=UNFAIR),
)


def _binary(mw: int, mh: int, pe: int, simd: int) -> MVAU:
    """A layer of binary products without thresholds, with 64 words of weights."""
    accumulator = DataType[f"INT{1 + mw.bit_length()}"]
    binary = DataType["BIPOLAR"]
    weights = _values("BIPOLAR", (mw, mh))
    return MVAU(mw, mh, pe, simd, weights, binary, binary, accumulator, accumulator)


# Accumulators and buffer are counted too: they weigh the more the fewer products a row adds.
BINARY = {
    "in one row of 512": _binary(512, 64, 1, 512),
    "in 16 rows of 49": _binary(784, 64, 16, 49),
}
# Where the weights of an MVAU called ``kernel`` lie, for ``synthesise_kernels``.
WEIGHTS = ("kernel", "const_rom", "u_weights")
