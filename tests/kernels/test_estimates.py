"""Kernels estimate their cost: LUTs within a quarter or 20 of the netlist, block RAMs and DSPs exact."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from estimates import wrong_parts
from kernels.instances import INSTANCES
from qonnx.core.datatype import DataType

from finn.build import Part
from finn.design.kernel_synthesis import synthesise_kernels
from finn.kernels.base import Kernel
from finn.kernels.mvau import MVAU
from finn.kernels.streaming_data_width_converter import StreamingDataWidthConverter
from finn.kernels.streaming_fifo import StreamingFIFO
from finn.kernels.thresholding import Thresholding

BIT, UINT2, INT8 = DataType["UINT1"], DataType["UINT2"], DataType["INT8"]
RNG = np.random.default_rng(3)


def _thresholding(bits: int, channels: int, pe: int, name: str) -> Thresholding:
    inputs = DataType[name]
    thresholds = RNG.integers(int(inputs.min()), int(inputs.max()), (channels, 2**bits - 1))
    return Thresholding(channels, pe, np.sort(thresholds, axis=1), inputs, DataType[f"UINT{bits}"])


NAMED = (
    *("fifo-registers", "fifo-distributed", "fifo-block"),
    *("width-same", "width-16-to-49", "width-49-to-8", "width-16-to-4", "width-4-to-16"),
    *("mvau-4-bit", "mvau-8-bit", "mvau-16-bit", "mvau-40-bit-sums", "thresholding-40-bit"),
    *("mvau-2-bit", "mvau-8-bit-packed", "windows-block", "windows-in-a-beat", "padding", "pool-sum"),
    *("depthwise", "depthwise-wide", "max-pool", "max-pool-one-beat", "max-pool-block"),
    *("depthwise-window", "depthwise-window-exact", "depthwise-row"),
    *("add", "add-scaled", "add-three"),
    *("padding-pixel", "padding-pixel-bipolar", "pool-global"),
    *("upsample-repeat", "upsample-distributed", "upsample-block"),
    *("channelwise-add", "channelwise-mul", "channelwise-compare", "channelwise-block"),
    *("requantise", "requantise-one-dsp", "requantise-block", "requantise-split"),
    *("requantise-luts", "requantise-luts-wide", "requantise-even", "requantise-even-luts"),
    *("eltwise-mul", "eltwise-mul-luts", "eltwise-mul-wide", "eltwise-sub", "eltwise-max", "eltwise-min"),
    *("duplicate", "concat", "concat-types", "concat-nine", "split"),
    *("gather", "gather-large", "gather-exchanged"),
    *("reorder-rows", "reorder-channels", "reorder-large", "reorder-mirrored"),
)
KERNELS: dict[str, Kernel] = {
    **{name.replace("-", "_"): INSTANCES[name] for name in NAMED},
    "fifo_40": StreamingFIFO(BIT, (40, 20), 40),
    "fifo_300": StreamingFIFO(BIT, (300, 64), 300, "distributed"),
    "fifo_5000": StreamingFIFO(BIT, (5000, 4), 5000, "block"),
    "fifo_1500": StreamingFIFO(BIT, (1500, 36), 1500),
    # Two words of weights, most of them zero: constants to synthesis.
    "mvau_unrolled": MVAU(
        mw=16,
        mh=8,
        pe=4,
        simd=16,
        weights=np.random.default_rng(2).choice([-1, 0, 0, 1], (16, 8)),
        weight_datatype=DataType["INT2"],
        input_datatype=UINT2,
        output_datatype=DataType["INT7"],
        accumulator_datatype=DataType["INT7"],
    ),
    "width_112_to_49": StreamingDataWidthConverter(BIT, 784, 112, 49),
    "width_15_to_12": StreamingDataWidthConverter(UINT2, 60, 15, 12),
    "width_5_to_8": StreamingDataWidthConverter(INT8, 40, 5, 8),
    "thresholding_1_of_64": _thresholding(1, 64, 1, "INT16"),
    "thresholding_8_of_64": _thresholding(1, 64, 8, "INT16"),
    "thresholding_4_bit": _thresholding(4, 64, 1, "INT16"),
    "thresholding_8_bit": _thresholding(8, 8, 2, "INT20"),
}


def test_estimates_are_near_the_netlist(tmp_path: Path) -> None:
    counted = synthesise_kernels(KERNELS, tmp_path)
    parts = [
        Part(name, kernel.op_type, counted[name], kernel.resources()) for name, kernel in KERNELS.items()
    ]
    assert wrong_parts(parts) == []
