"""Small kernels in each form that synthesis treats differently, for simulations of their netlists."""

from __future__ import annotations

import numpy as np
from kernels.grid import FRAMES, Case, random_values
from qonnx.core.datatype import DataType

from finn.kernels.add_streams import AddStreams
from finn.kernels.base import IntArray, Kernel
from finn.kernels.channelwise_op import ChannelwiseOp
from finn.kernels.convolution_input_generator import ConvolutionInputGenerator
from finn.kernels.duplicate_streams import DuplicateStreams
from finn.kernels.fm_padding import FMPadding
from finn.kernels.fm_padding_pixel import FMPaddingPixel
from finn.kernels.global_acc_pool import GlobalAccPool
from finn.kernels.label_select import LabelSelect
from finn.kernels.mvau import MVAU
from finn.kernels.pool import Pool
from finn.kernels.requantise import Requantise
from finn.kernels.streaming_concat import StreamingConcat
from finn.kernels.streaming_data_width_converter import StreamingDataWidthConverter
from finn.kernels.streaming_eltwise import StreamingEltwise
from finn.kernels.streaming_fifo import StreamingFIFO
from finn.kernels.streaming_gather import StreamingGather
from finn.kernels.streaming_max_pool import StreamingMaxPool
from finn.kernels.streaming_reorder import StreamingReorder
from finn.kernels.streaming_split import StreamingSplit
from finn.kernels.thresholding import Thresholding
from finn.kernels.upsample_nearest_neighbour import UpsampleNearestNeighbour
from finn.kernels.vvau import VVAU

__all__ = ("SMALL", "cases")

RNG = np.random.default_rng(5)
BIPOLAR, INT2, UINT2, UINT4, UINT8 = (DataType[n] for n in ("BIPOLAR", "INT2", "UINT2", "UINT4", "UINT8"))


def _thresholds(channels: int, levels: int, reach: int) -> IntArray:
    return np.sort(RNG.integers(-reach, reach, (channels, levels), dtype=np.int64), axis=1)


SMALL: tuple[Kernel, ...] = (
    MVAU(
        mw=16, mh=4, pe=2, simd=8, weights=RNG.integers(0, 1, (16, 4), endpoint=True, dtype=np.int64) * 2 - 1,
        weight_datatype=BIPOLAR, input_datatype=BIPOLAR, output_datatype=BIPOLAR,
        accumulator_datatype=DataType["INT6"], thresholds=_thresholds(4, 1, 6),
    ),
    MVAU(
        mw=16, mh=4, pe=1, simd=4, weights=RNG.integers(-2, 2, (16, 4), dtype=np.int64),
        weight_datatype=INT2, input_datatype=UINT2, output_datatype=UINT2,
        accumulator_datatype=DataType["INT8"], thresholds=_thresholds(4, 3, 20),
    ),
    MVAU(
        mw=32, mh=8, pe=1, simd=2, weights=RNG.integers(-8, 8, (32, 8), dtype=np.int64),
        weight_datatype=DataType["INT4"], input_datatype=UINT2, output_datatype=DataType["INT11"],
        accumulator_datatype=DataType["INT11"], ram_style="block",
    ),
    Thresholding(
        channels=4, pe=2, thresholds=_thresholds(4, 7, 100) + 128, input_datatype=UINT8,
        output_datatype=DataType["UINT3"],
    ),
    MVAU(
        mw=8, mh=2, pe=1, simd=2, weights=RNG.integers(-127, 128, (8, 2), dtype=np.int64),
        weight_datatype=DataType["INT8"], input_datatype=UINT8, output_datatype=DataType["INT19"],
        accumulator_datatype=DataType["INT19"],
    ),
    MVAU(
        mw=8, mh=4, pe=2, simd=4, weights=RNG.integers(-8, 8, (8, 4), dtype=np.int64),
        weight_datatype=DataType["INT4"], input_datatype=UINT4, output_datatype=DataType["INT12"],
        accumulator_datatype=DataType["INT12"], res_type="dsp",
    ),
    MVAU(
        mw=6, mh=4, pe=2, simd=3, weights=RNG.integers(-128, 128, (6, 4), dtype=np.int64),
        weight_datatype=DataType["INT8"], input_datatype=UINT8, output_datatype=DataType["INT20"],
        accumulator_datatype=DataType["INT20"], res_type="dsp",
    ),
    StreamingEltwise(6, 2, "Mul", (UINT8, DataType["INT5"]), DataType["INT13"], 3, True, "dsp"),
    StreamingEltwise(3, 1, "Mul", (DataType["INT6"], UINT8), DataType["INT14"], 2, False, "lut"),
    StreamingEltwise(4, 4, "Max", (UINT8, DataType["INT5"]), UINT8, 3, True),
    Requantise(
        4, 2, RNG.integers(-(2**22), 2**22, 4), RNG.integers(0, 2**30, 4), 23, 200, DataType["INT14"],
        DataType["INT8"], -100, "dsp",
    ),
    Requantise(
        3, 1, RNG.integers(-(2**16), 2**16, 3), RNG.integers(0, 2**24, 3), 17, 255, DataType["INT16"],
        UINT8, 0, "dsp",
    ),
    Requantise(
        4, 1, RNG.integers(-(2**13), 2**13, 4), RNG.integers(0, 2**20, 4), 16, 63, DataType["INT12"],
        DataType["UINT6"], 0, "lut",
    ),
    # Deep enough for block RAM.
    Thresholding(
        channels=640, pe=1, thresholds=_thresholds(640, 1, 30_000), input_datatype=DataType["INT16"],
        output_datatype=BIPOLAR,
    ),
    StreamingDataWidthConverter(UINT2, 12, 3, 4),
    StreamingDataWidthConverter(BIPOLAR, 42, 7, 6),
    StreamingDataWidthConverter(UINT4, 16, 2, 8),
    StreamingDataWidthConverter(UINT4, 16, 8, 2),
    StreamingFIFO(UINT4, (16, 3), 2),
    StreamingFIFO(UINT4, (16, 3), 32, "distributed"),
    StreamingFIFO(UINT4, (16, 3), 512, "block"),
    AddStreams(6, 3, (UINT4, UINT4), DataType["UINT5"], vectors=2),
    AddStreams(4, 1, (DataType["INT8"], BIPOLAR, UINT2), DataType["INT14"], (-45, 7, -1)),
    AddStreams(4, 2, (UINT4, UINT2), DataType["INT8"], (-5, -3)),
    ChannelwiseOp("add", 6, 3, RNG.integers(-8, 8, 6, dtype=np.int64), UINT4, DataType["INT4"],
                  DataType["INT6"]),
    ChannelwiseOp("mul", 4, 1, RNG.integers(-8, 8, 4, dtype=np.int64), DataType["INT5"], DataType["INT4"],
                  DataType["INT9"]),
    ChannelwiseOp("cmp_le", 4, 2, RNG.integers(0, 16, 4, dtype=np.int64), UINT4, UINT4, UINT2),
    DuplicateStreams(6, 3, 3, UINT4, vectors=2),
    StreamingConcat((4, 2, 6), 2, (UINT4, BIPOLAR, INT2), DataType["INT5"], vectors=2),
    StreamingSplit((4, 2, 6), 2, UINT4, vectors=2),
    StreamingGather((3, 5), 4, 2, (0, 2), (1, 2, 4), (2, 3), UINT4),
    StreamingGather((2, 3), 3, 3, (0, 1), (0, 1, 2), (2, 0, 1), UINT4),
    StreamingReorder(24, (0, 12), (6, 0, 9), (0, 1, 2), 1, UINT4),
    StreamingReorder(24, (0, 2, 4), (18, 12, 6, 0), (0, 1), 2, UINT4, "block"),
    FMPadding(4, 4, 2, (1, 0, 1, 2), 1, UINT4, UINT4),
    FMPadding(3, 4, 3, (0, 1, 2, 0), 3, BIPOLAR, DataType["TERNARY"]),
    FMPaddingPixel(3, 3, 4, (2, 3), 2, UINT4, UINT4),
    FMPaddingPixel(2, 3, 3, (3, 1), 3, BIPOLAR, DataType["TERNARY"]),
    UpsampleNearestNeighbour(2, 3, 4, (1, 2), 4, UINT4),
    UpsampleNearestNeighbour(3, 4, 4, (2, 2), 2, UINT4),
    UpsampleNearestNeighbour(2, 5, 2, (2, 3), 1, UINT4, ram_style="block"),
    GlobalAccPool(2, 3, 4, 2, UINT4, DataType["UINT7"]),
    ConvolutionInputGenerator(6, 6, 4, (3, 3), (1, 1), (1, 1), 2, UINT2),
    ConvolutionInputGenerator(8, 8, 4, (3, 3), (2, 2), (1, 1), 2, UINT4, ram_style="block"),
    ConvolutionInputGenerator(1, 12, 2, (1, 5), (1, 2), (1, 1), 1, UINT4),
    ConvolutionInputGenerator(6, 7, 2, (3, 2), (1, 1), (1, 1), 2, UINT4, parallel_window=1),
    ConvolutionInputGenerator(6, 9, 2, (3, 3), (2, 2), (1, 1), 2, UINT4, "block", parallel_window=1),
    StreamingMaxPool(4, 5, 3, (2, 2), 3, UINT4),
    StreamingMaxPool(4, 6, 6, (2, 3), 2, DataType["INT4"], "block"),
    StreamingMaxPool(5, 4, 4, (2, 2), 2, DataType["INT4"]),
    Pool((4, 4), 4, 4, 2, "MaxPool", DataType["INT4"], DataType["INT4"]),
    Pool((1, 2), 9, 4, 2, "SumPool", UINT4, UINT8),
    LabelSelect(6, 3, 2, UINT4, UINT4),
    LabelSelect(5, 5, 1, DataType["INT8"], UINT4),
    LabelSelect(1, 1, 1, UINT8, UINT4),
    VVAU(
        (2, 2), 4, 2, RNG.integers(-8, 8, (9, 4), dtype=np.int64), DataType["INT4"], UINT4, UINT4,
        DataType["INT12"], thresholds=_thresholds(4, 15, 300),
    ),
    VVAU((1, 3), 3, 3, RNG.integers(-2, 2, (4, 3), dtype=np.int64), INT2, UINT2, UINT4, DataType["INT6"],
         thresholds=_thresholds(3, 15, 9)),
    VVAU((2, 2), 2, 2, RNG.integers(-8, 8, (9, 2), dtype=np.int64), DataType["INT4"], UINT4, UINT4,
         DataType["INT12"], thresholds=_thresholds(2, 15, 300), simd=9),
    VVAU((1, 2), 2, 2, RNG.integers(-2, 2, (9, 2), dtype=np.int64), INT2, DataType["INT4"], DataType["INT9"],
         DataType["INT9"], simd=3),
)  # fmt: skip


def cases() -> list[Case]:
    """The kernels with random inputs of FRAMES frames."""
    found = []
    for kernel in SMALL:
        inputs = [
            random_values(RNG, stream.datatype, (FRAMES, stream.beats * stream.lanes))
            for stream in kernel.input_streams
        ]
        found.append(Case(kernel, tuple(inputs)))
    return found
