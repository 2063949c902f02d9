"""Kernels in each form that their RTL has, for the checks of sources and of netlists."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from qonnx.core.datatype import BaseDataType, DataType

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

__all__ = ("INSTANCES",)

RNG = np.random.default_rng(11)
BIPOLAR, INT2, UINT2, UINT4, UINT8 = (DataType[n] for n in ("BIPOLAR", "INT2", "UINT2", "UINT4", "UINT8"))
INT4, INT8 = DataType["INT4"], DataType["INT8"]
INT16, INT32 = DataType["INT16"], DataType["INT32"]


def _transposed(
    shape: tuple[int, int, int], axes: tuple[int, int, int], simd: int, datatype: BaseDataType
) -> StreamingReorder:
    steps = (shape[1] * shape[2], shape[2], 1)
    outer, middle, inner = (tuple(range(0, shape[axis] * steps[axis], steps[axis])) for axis in axes)
    return StreamingReorder(math.prod(shape), outer, middle, inner, simd, datatype)


def _weights(mw: int, mh: int, low: int, high: int) -> IntArray:
    values = RNG.integers(low, high, (mw, mh), endpoint=True, dtype=np.int64)
    return np.where(values == 0, high, values) if (low, high) == (-1, 1) else values


def _requantise(channels: int, pe: int, bits: int, shift: int, inputs: str, res_type: str) -> Requantise:
    """Multipliers of ``bits`` bits with their sign, and 256 levels."""
    multipliers = RNG.integers(2 ** (bits - 2), 2 ** (bits - 1), channels)
    offsets = RNG.integers(-(128 << shift), 128 << shift, channels)
    types = DataType[inputs], DataType["INT8"]
    return Requantise(channels, pe, multipliers, offsets, shift, 255, *types, -128, res_type)


def _thresholds(channels: int, levels: int, reach: int) -> IntArray:
    return np.sort(RNG.integers(-reach, reach, (channels, levels), dtype=np.int64), axis=1)


INSTANCES: dict[str, Kernel] = {
    "add": AddStreams(64, 16, (UINT4, UINT4), DataType["UINT5"]),
    "add-scaled": AddStreams(8, 4, (INT16, INT16), DataType["INT24"], (91, -107)),
    "add-three": AddStreams(8, 4, (INT8, UINT4, BIPOLAR), DataType["INT17"], (-219, 64, 1)),
    "add-subtracted": AddStreams(4, 2, (UINT4, BIPOLAR), DataType["INT6"], (-1, -3)),
    "add-wide": AddStreams(2, 2, (DataType["INT24"], DataType["INT29"]), INT32, (85, 3)),
    "duplicate": DuplicateStreams(64, 16, 2, UINT4),
    "duplicate-seven": DuplicateStreams(8, 4, 7, UINT4),
    "concat": StreamingConcat((64, 32), 16, (UINT4, UINT4), UINT4),
    "concat-types": StreamingConcat((8, 6, 4), 2, (UINT4, BIPOLAR, INT8), INT8),
    "concat-nine": StreamingConcat((7, 301, 1, 2, 99, 3, 513, 64, 33), 1, (INT4,) * 9, INT4),
    "split": StreamingSplit((64, 32), 16, UINT4),
    "split-nine": StreamingSplit((7, 301, 1, 2, 99, 3, 513, 64, 33), 1, INT4),
    "gather": StreamingGather(
        (28, 28), 64, 16, tuple(range(2, 26)), tuple(range(0, 28, 2)), tuple(range(16, 48)), UINT4
    ),
    "gather-large": StreamingGather(
        (300, 512), 1024, 2, tuple(range(7, 300)), tuple(range(0, 512, 3)), tuple(range(0, 1024, 2)), INT8
    ),
    "reorder-rows": _transposed((28, 28, 16), (1, 0, 2), 4, UINT4),
    "reorder-channels": _transposed((7, 7, 64), (2, 0, 1), 1, INT8),
    "reorder-large": _transposed((64, 64, 8), (1, 0, 2), 8, INT8),
    "reorder-mirrored": StreamingReorder(
        1024, (*range(0, 960, 64), *range(960, -1, -64)), tuple(range(60, -1, -4)), (0, 1, 2, 3), 4, INT4
    ),
    "gather-exchanged": StreamingGather(
        (7, 7), 8, 8, tuple(range(7)), tuple(range(7)), (0, 4, 1, 5, 2, 6, 3, 7), UINT4
    ),
    "channelwise-add": ChannelwiseOp("add", 64, 16, _weights(1, 64, -7, 7)[0], UINT4, INT4, DataType["INT6"]),
    "channelwise-mul": ChannelwiseOp(
        "mul", 8, 2, _weights(1, 8, -(2**15), 2**15 - 1)[0], INT16, INT16, INT32
    ),
    "channelwise-compare": ChannelwiseOp(
        "cmp_ge", 8, 2, _weights(1, 8, -(2**15), 2**15 - 1)[0], DataType["UINT16"], INT16, DataType["BINARY"]
    ),
    "channelwise-block": ChannelwiseOp(
        "mul", 1024, 1, _weights(1, 1024, -(2**15), 2**15 - 1)[0], UINT4, INT16, DataType["INT20"]
    ),
    "channelwise-split": ChannelwiseOp("cmp_le", 300, 1, _weights(1, 300, -1, 1)[0], INT4, INT4, UINT2),
    "channelwise-bipolar": ChannelwiseOp("mul", 8, 2, _weights(1, 1, 3, 3)[0], BIPOLAR, UINT2, INT4),
    "padding": FMPadding(32, 32, 64, (1, 1, 1, 1), 16, UINT4, UINT4),
    "padding-bipolar": FMPadding(4, 4, 3, (0, 1, 2, 0), 3, BIPOLAR, DataType["TERNARY"]),
    "padding-pixel": FMPaddingPixel(16, 16, 64, (2, 2), 16, UINT4, UINT4),
    "padding-pixel-bipolar": FMPaddingPixel(4, 4, 3, (3, 1), 3, BIPOLAR, DataType["TERNARY"]),
    "upsample-repeat": UpsampleNearestNeighbour(8, 8, 16, (1, 2), 16, UINT4),
    "upsample-distributed": UpsampleNearestNeighbour(8, 8, 64, (2, 2), 16, UINT4),
    "upsample-block": UpsampleNearestNeighbour(56, 56, 64, (2, 3), 16, UINT4),
    "pool-global": GlobalAccPool(7, 7, 64, 4, UINT4, DataType["UINT10"]),
    "windows-block": ConvolutionInputGenerator(34, 34, 64, (3, 3), (1, 1), (1, 1), 16, UINT4),
    "windows-distributed": ConvolutionInputGenerator(8, 8, 4, (3, 3), (1, 1), (1, 1), 4, UINT2),
    "windows-large": ConvolutionInputGenerator(224, 224, 4, (3, 3), (2, 2), (1, 1), 1, UINT8),
    "windows-row": ConvolutionInputGenerator(1, 64, 2, (1, 5), (1, 2), (1, 1), 1, UINT4),
    "windows-in-a-beat": ConvolutionInputGenerator(
        34, 34, 8, (3, 3), (1, 1), (1, 1), 8, UINT4, parallel_window=1
    ),
    "windows-in-a-beat-block": ConvolutionInputGenerator(
        224, 224, 3, (3, 3), (2, 2), (1, 1), 3, UINT8, "block", parallel_window=1
    ),
    "max-pool": StreamingMaxPool(32, 32, 64, (2, 2), 32, UINT4),
    "max-pool-one-beat": StreamingMaxPool(32, 130, 4, (2, 2), 4, INT8),
    "max-pool-block": StreamingMaxPool(32, 32, 64, (2, 2), 4, INT8),
    "max-pool-row": StreamingMaxPool(1, 64, 4, (1, 4), 2, BIPOLAR),
    "pool-largest": Pool((16, 16), 4, 64, 16, "MaxPool", UINT4, UINT4),
    "pool-largest-signed": Pool((16, 16), 4, 8, 8, "MaxPool", DataType["INT8"], DataType["INT8"]),
    "depthwise": VVAU(
        (16, 16), 32, 4, _weights(9, 32, -7, 7), DataType["INT4"], UINT4, UINT4, DataType["INT11"],
        thresholds=_thresholds(32, 15, 300),
    ),
    "depthwise-wide": VVAU(
        (4, 4), 8, 8, _weights(25, 8, -127, 127), DataType["INT8"], UINT8, DataType["INT21"],
        DataType["INT21"],
    ),
    "pool-sum": Pool((1, 1), 49, 64, 4, "SumPool", UINT4, DataType["UINT10"]),
    "fifo-registers": StreamingFIFO(UINT8, (8, 4), 2),
    "fifo-distributed": StreamingFIFO(UINT8, (8, 8), 100, "distributed", count_occupancy=True),
    "fifo-block": StreamingFIFO(UINT8, (8, 8), 512, "block"),
    "fifo-banks": StreamingFIFO(UINT8, (8, 8), 200, "distributed"),
    "width-same": StreamingDataWidthConverter(UINT8, 8, 4, 4),
    "width-16-to-49": StreamingDataWidthConverter(BIPOLAR, 784, 16, 49),
    "width-49-to-8": StreamingDataWidthConverter(BIPOLAR, 392, 49, 8),
    "width-64-to-49-bytes": StreamingDataWidthConverter(UINT8, 64 * 49, 64, 49),
    "width-16-to-4": StreamingDataWidthConverter(UINT4, 16, 16, 4),
    "width-4-to-16": StreamingDataWidthConverter(UINT4, 16, 4, 16),
    "label-1-of-10": LabelSelect(10, 10, 1, INT16, UINT4),
    "label-3-of-12": LabelSelect(12, 3, 3, INT32, UINT4),
    "label-5-of-100": LabelSelect(100, 4, 5, DataType["INT5"], UINT8),
    "label-one-lane": LabelSelect(10, 1, 2, UINT8, UINT4),
    "label-all-lanes": LabelSelect(5, 5, 5, UINT8, UINT4),
    "label-only-one": LabelSelect(1, 1, 1, UINT8, UINT4),
    "mvau-binary": MVAU(
        mw=64, mh=16, pe=8, simd=32, weights=_weights(64, 16, -1, 1), weight_datatype=BIPOLAR,
        input_datatype=BIPOLAR, output_datatype=BIPOLAR, accumulator_datatype=DataType["INT8"],
        thresholds=_thresholds(16, 1, 20),
    ),
    "mvau-2-bit": MVAU(
        mw=64, mh=16, pe=4, simd=8, weights=_weights(64, 16, -2, 1), weight_datatype=INT2,
        input_datatype=UINT2, output_datatype=UINT2, accumulator_datatype=DataType["INT10"],
        thresholds=_thresholds(16, 3, 60),
    ),
    "mvau-8-bit": MVAU(
        mw=32, mh=8, pe=2, simd=4, weights=_weights(32, 8, -127, 127), weight_datatype=DataType["INT8"],
        input_datatype=UINT8, output_datatype=DataType["INT21"], accumulator_datatype=DataType["INT21"],
    ),
    "mvau-4-bit": MVAU(
        mw=32, mh=4, pe=2, simd=8, weights=_weights(32, 4, -8, 7), weight_datatype=INT4,
        input_datatype=UINT4, output_datatype=UINT4, accumulator_datatype=INT16,
        thresholds=_thresholds(4, 15, 400),
    ),
    "mvau-16-bit": MVAU(
        mw=16, mh=4, pe=1, simd=4, weights=_weights(16, 4, -127, 127), weight_datatype=INT8,
        input_datatype=INT16, output_datatype=INT32, accumulator_datatype=INT32,
    ),
    "mvau-40-bit-sums": MVAU(
        mw=240, mh=2, pe=1, simd=4, weights=_weights(240, 2, -32767, 32767), weight_datatype=INT16,
        input_datatype=INT16, output_datatype=DataType["INT40"], accumulator_datatype=DataType["INT40"],
    ),
    "mvau-4-bit-packed": MVAU(
        mw=24, mh=10, pe=5, simd=8, weights=_weights(24, 10, -8, 7), weight_datatype=INT4,
        input_datatype=UINT4, output_datatype=UINT4, accumulator_datatype=INT16,
        thresholds=_thresholds(10, 15, 400), res_type="dsp",
    ),
    "mvau-8-bit-packed": MVAU(
        mw=21, mh=4, pe=2, simd=7, weights=_weights(21, 4, -128, 127), weight_datatype=INT8,
        input_datatype=UINT8, output_datatype=DataType["INT22"], accumulator_datatype=DataType["INT22"],
        res_type="dsp",
    ),
    "thresholding-of-8-lanes": Thresholding(
        channels=64, pe=8, thresholds=_thresholds(64, 1, 2**15), input_datatype=INT16,
        output_datatype=DataType["BINARY"],
    ),
    "thresholding-32-bit": Thresholding(
        channels=32, pe=4, thresholds=_thresholds(32, 3, 2**31), input_datatype=INT32,
        output_datatype=UINT2, flip=(0, 1) * 16,
    ),
    "thresholding-40-bit": Thresholding(
        channels=6, pe=2, thresholds=_thresholds(6, 255, 2**39), input_datatype=DataType["INT40"],
        output_datatype=UINT8,
    ),
    "thresholding-deep": Thresholding(
        channels=48, pe=1, thresholds=_thresholds(48, 15, 2**11), input_datatype=DataType["INT12"],
        output_datatype=UINT4,
    ),
    "thresholding-8-bit": Thresholding(
        channels=8, pe=4, thresholds=_thresholds(8, 15, 127) + 128, input_datatype=UINT8,
        output_datatype=UINT4,
    ),
    "requantise": _requantise(64, 4, 25, 31, "INT20", "dsp"),
    "requantise-one-dsp": _requantise(8, 8, 18, 24, "INT18", "dsp"),
    "requantise-block": _requantise(512, 1, 24, 30, "INT21", "dsp"),
    "requantise-split": _requantise(300, 1, 3, 4, "UINT8", "dsp"),
    "requantise-luts": _requantise(64, 2, 25, 31, "INT20", "lut"),
    "requantise-luts-wide": _requantise(8, 1, 16, 38, "INT32", "lut"),
    "requantise-even": replace(_requantise(8, 2, 12, 22, "INT34", "dsp"), round_even=True),
    "requantise-even-luts": replace(
        _requantise(8, 1, 6, 15, "INT34", "lut"), activation_offset=-127, steps=254, round_even=True
    ),
    "eltwise-mul": StreamingEltwise(64, 4, "Mul", (UINT4, INT8), DataType["INT12"], 9, True, "dsp"),
    "eltwise-mul-luts": StreamingEltwise(64, 4, "Mul", (UINT8, INT8), INT16, 9, False, "lut"),
    "eltwise-mul-wide": StreamingEltwise(6, 2, "Mul", (INT16, INT16), INT32, 5, True, "lut"),
    "eltwise-sub": StreamingEltwise(6, 6, "Sub", (INT16, INT16), DataType["INT17"], 5, True),
    "eltwise-max": StreamingEltwise(64, 8, "Max", (INT16, UINT8), INT16, 9, True),
    "eltwise-min": StreamingEltwise(64, 8, "Min", (UINT4, INT4), INT4),
    "depthwise-window": VVAU(
        (16, 16), 4, 4, _weights(9, 4, -3, 3), DataType["INT4"], UINT4, UINT4, DataType["INT10"],
        thresholds=_thresholds(4, 15, 200), simd=9,
    ),
    "depthwise-window-exact": VVAU(
        (4, 4), 3, 3, RNG.integers(-1, 2, (25, 3)), INT2, INT4, DataType["INT9"], DataType["INT9"], simd=25,
    ),
    "depthwise-row": VVAU(
        (4, 4), 3, 3, _weights(9, 3, -127, 127), INT8, UINT8, DataType["INT20"], DataType["INT20"], simd=3,
    ),
}  # fmt: skip
