"""Parameters and memories of the module ``mvau``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qonnx.core.datatype import BaseDataType

from finn.kernels.base import IntArray
from finn.kernels.remembered import remembered
from finn.kernels.thresholding.memory import LUTS_PER_BLOCK, memory_text, prefers_block
from finn.kernels.thresholding.search import Search, offset_of

if TYPE_CHECKING:
    from finn.kernels.mvau.op import MVAU
    from finn.kernels.vvau.op import VVAU

__all__ = (
    "accumulator_range",
    "buffer_in_block",
    "end_parameters",
    "parameters_of",
    "start_values",
    "start_words",
    "weight_text",
    "weights_in_block",
)

# Beyond this depth, reading LUT RAM takes more than four LUT levels.
_LUTRAM_DEPTH = 1024
# A LUT of LUT RAM (RAM64M, three of four) holds so many bits.
_LUTRAM_BITS = 48


@remembered
def accumulator_range(weights: IntArray, inputs: BaseDataType) -> tuple[int, int]:
    """Least and largest value of x @ weights over all x of type ``inputs``."""
    positive = np.maximum(weights, 0).sum(axis=0)
    negative = np.minimum(weights, 0).sum(axis=0)
    low, high = int(inputs.min()), int(inputs.max())
    return int((positive * low + negative * high).min()), int((positive * high + negative * low).max())


def weight_text(kernel: MVAU) -> str:
    """Word nf * SF + sf: PE * SIMD weights, that of (pe, simd) in place pe * SIMD + simd."""
    encoding = kernel.encoding
    folds = (kernel.mh // kernel.pe, kernel.pe, kernel.mw // kernel.simd, kernel.simd)
    rows = encoding.codes(kernel.weights).T.reshape(folds).transpose(0, 2, 1, 3)
    return memory_text(rows.reshape(folds[0] * folds[2], -1), encoding.weight_bits)


def start_words(kernel: MVAU | VVAU) -> IntArray:
    """(words, PE) start values: a word per row fold, or one for all."""
    starts = kernel.constants.reshape(-1, kernel.pe)
    return starts[:1] if (starts == starts[:1]).all() else starts


def start_values(kernel: MVAU | VVAU) -> tuple[int, str]:
    """Words and text of the accumulator's start values: a word per row fold, or one for all."""
    words = start_words(kernel)
    return len(words), memory_text(words, int(kernel.output_datatype.bitwidth()))


def weights_in_block(kernel: MVAU) -> bool:
    """Whether weights are kept in block RAM; a single word is a constant."""
    depth = (kernel.mw // kernel.simd) * (kernel.mh // kernel.pe)
    if depth == 1 or kernel.ram_style == "distributed":
        return False
    width = kernel.pe * kernel.simd * kernel.encoding.weight_bits
    return kernel.ram_style == "block" or prefers_block(depth, width)


def buffer_in_block(kernel: MVAU) -> bool:
    """Whether the input buffer is block RAM."""
    depth, width = kernel.mw // kernel.simd, kernel.simd * kernel.encoding.operand.bits
    if depth == 1 or kernel.pe == kernel.mh:
        return False
    blocks = -(-depth // 512) * -(-width // 36)
    return depth > _LUTRAM_DEPTH or depth * width >= LUTS_PER_BLOCK * _LUTRAM_BITS * blocks


def parameters_of(kernel: MVAU, name: str, search: Search | None) -> dict[str, int | str]:
    """Parameters of ``mvau``, whose own comments explain them."""
    encoding, packing = kernel.encoding, kernel.packing
    output_bits = int(kernel.output_datatype.bitwidth())
    total_bits = output_bits if search is None else search.operand_bits
    parameters: dict[str, int | str] = {
        "PE": kernel.pe,
        "SIMD": kernel.simd,
        "SF": kernel.mw // kernel.simd,
        "NF": kernel.mh // kernel.pe,
        "IBITS": encoding.operand.bits,
        "ISIGNED": int(encoding.operand.signed),
        "WBITS": encoding.weight_bits,
        "WKIND": encoding.weight_kind,
        "XCHUNK": encoding.chunks[0],
        "WCHUNK": encoding.chunks[1],
        "SBITS": min(total_bits, (packing or encoding).largest_beat(kernel.simd).bit_length()),
        "ABITS": total_bits,
        "OBITS": output_bits,
        "BUFFER_BLOCK": int(buffer_in_block(kernel)),
        "WEIGHT_BLOCK": int(weights_in_block(kernel)),
        "WEIGHTS": f"{name}_weights.mem",
        # The input buffer gives a beat a cycle after it is allowed to.
        "CYCLES": kernel.latency + 1,
    }
    packed = {} if packing is None else {key.upper(): value for key, value in vars(packing).items()}
    return parameters | packed | end_parameters(kernel, name, search)


def end_parameters(kernel: MVAU | VVAU, name: str, search: Search | None) -> dict[str, int | str]:
    """Parameters of what follows the sums: thresholds, or start values."""
    if search is None:
        return {
            "DOUBLE": int(kernel.encoding.operand.scale == 2),
            "STARTS": start_values(kernel)[0],
            "START": f"{name}_start.mem",
        }
    core = search.parameters(f"{name}_thresholds")
    return {
        "STEPS": core["STEPS"],
        "TBITS": core["TBITS"],
        "TFOLDS": core["FOLDS"],
        "TSHARED": core["SHARED"],
        "TBLOCK_DEPTH": core["BLOCK_DEPTH"],
        "TNEVER": core["NEVER"],
        "FLIP": core["FLIP"],
        "OFFSET": offset_of(kernel.output_datatype, kernel.activation_offset),
        "THRESHOLDS": core["FILE"],
    }
