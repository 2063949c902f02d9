"""ChannelwiseOp: each channel with a constant of its own, added, multiplied or compared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
from qonnx.core.datatype import BaseDataType

from finn.errors import FinnError
from finn.kernels.add_streams import ADDER_SOURCES
from finn.kernels.add_streams.terms import Node, adder_levels
from finn.kernels.base import IntArray, Resources, RtlModule, require_divides, require_holds
from finn.kernels.channelwise_op.product import choosing, product_terms
from finn.kernels.elementwise import Elementwise, require_per_channel
from finn.kernels.room import room_resources
from finn.kernels.thresholding.memory import block_count, lut_count, memory_text, prefers_block
from finn.kernels.thresholding.operand import Operand

__all__ = ("ChannelwiseOp",)

HERE = Path(__file__).parent
THRESHOLDING = HERE.parent / "thresholding"
FUNCTIONS = ("add", "mul", "cmp_le", "cmp_ge")
_OPERAND_BITS = 16
# Bits of the difference of two operands, one of which may be unsigned.
_DIFFERENCE_BITS = 18
# Words of a part of a memory in LUTs that is split, as const_rom has it.
_PART = 256
# Longer sums are made in two parts.
_SKEWLESS_BITS = 20


@dataclass(frozen=True, eq=False)
class ChannelwiseOp(Elementwise):
    """Output = x + p, x * p, 1 where x <= p else 0, or 1 where x >= p else 0, with p of the channel.

    Attributes
    ----------
    function
        ``add``, ``mul``, ``cmp_le`` or ``cmp_ge``.
    channels, pe
        Elements of a vector, and of a beat.
    parameters
        (channels,) or (1,).
    input_datatype, parameter_datatype
        Integers of at most 16 bits.
    output_datatype
        Type that holds every result.
    vectors
        Vectors per frame.
    """

    function: str
    channels: int
    pe: int
    parameters: IntArray
    input_datatype: BaseDataType
    parameter_datatype: BaseDataType
    output_datatype: BaseDataType
    vectors: int = 1

    op_type: ClassVar[str] = "ChannelwiseOp"

    def __post_init__(self) -> None:
        """Raise FinnError where values do not fit together."""
        require_divides("PE", self.pe, "NumChannels", self.channels)
        if self.function not in FUNCTIONS:
            raise FinnError(f"Func={self.function} is unknown; possible are {', '.join(FUNCTIONS)}")
        require_per_channel("parameters", self.parameters, self.channels)
        Operand.of(self.input_datatype, _OPERAND_BITS)
        self._check_parameters()
        require_holds(self.output_datatype, *self._range())

    def _check_parameters(self) -> None:
        datatype = self.parameter_datatype
        if not datatype.is_integer() or datatype.bitwidth() > _OPERAND_BITS:
            raise FinnError(
                f"paramDataType={datatype.name} is not an integer of at most {_OPERAND_BITS} bits; scale them"
            )
        if not all(datatype.allowed(value) for value in np.unique(self.parameters)):
            low, high = self._ends
            raise FinnError(
                f"paramDataType={datatype.name} does not hold the parameters {low} to {high}; "
                "choose a wider one"
            )

    @property
    def _ends(self) -> tuple[int, int]:
        return int(self.parameters.min()), int(self.parameters.max())

    def _range(self) -> tuple[int, int]:
        inputs = (int(self.input_datatype.min()), int(self.input_datatype.max()))
        if self.function == "add":
            return inputs[0] + self._ends[0], inputs[1] + self._ends[1]
        if self.function == "mul":
            products = [x * p for x in inputs for p in self._ends]
            return min(products), max(products)
        return 0, 1

    def golden(self, inputs: Sequence[IntArray]) -> list[IntArray]:
        """Of x (batch, ..., channels), int64 (batch, vectors, channels)."""
        x = np.asarray(inputs[0], dtype=np.int64).reshape(len(inputs[0]), self.vectors, self.channels)
        if self.function == "add":
            return [x + self.parameters]
        if self.function == "mul":
            return [x * self.parameters]
        holds = x <= self.parameters if self.function == "cmp_le" else x >= self.parameters
        return [holds.astype(np.int64)]

    @property
    def _words(self) -> IntArray:
        """The contents of the memory, (depth, PE): one word where all are equal."""
        words = np.broadcast_to(self.parameters, (self.channels,)).reshape(-1, self.pe)
        return words[:1] if (words == words[:1]).all() else words

    @property
    def _parameter_bits(self) -> int:
        low, high = self._ends
        return max(2, high.bit_length() if low >= 0 else 1 + max(high.bit_length(), (-low - 1).bit_length()))

    @property
    def _operand(self) -> tuple[int, bool]:
        """Bits of an element of the input as a number, and whether it is two's complement."""
        datatype = self.input_datatype
        return max(int(datatype.bitwidth()), 2 if datatype.name == "BIPOLAR" else 1), bool(datatype.min() < 0)

    def resources(self) -> Resources:
        """The constants, a LUT and a register for each bit of an adder or a term, and the room."""
        depth, width = len(self._words), self.pe * self._parameter_bits
        block, bits = prefers_block(depth, width), int(self.output_datatype.bitwidth())
        product, compares = self.function == "mul", self.function.startswith("cmp")
        terms = self._terms()
        levels = adder_levels(terms, _DIFFERENCE_BITS if compares else bits)
        nodes = [node for level in levels for node in level]
        if product:
            nodes += choosing(self._operand[0], terms)
        if compares:
            # Of a difference the sign alone is kept.
            nodes = [replace(node, width=1, zeros=0, added=node.added // 2) for node in nodes]
        fetched = width + self.pe * self._operand[0] if depth > 1 else 0
        return room_resources(self.pe * (1 if compares else bits), self.latency) + Resources(
            lut=self.pe * sum(node.added for node in nodes)
            + (0 if block else lut_count(depth, width))
            + (depth.bit_length() + 2 if depth > 1 else 0),
            ff=self.pe * sum(node.width - node.zeros for node in nodes) + fetched + 4,
            carry4=self.pe * sum(-(-node.added // 4) for node in nodes),
            bram18=block_count(depth, width) if block else 0,
        )

    def _terms(self) -> list[Node]:
        (bits, signed), negative = self._operand, self._ends[0] < 0
        if self.function != "mul":
            constant = Node(self._parameter_bits, 0, minus=self.function != "add", signed=negative)
            return [Node(bits, 0, signed=signed), constant]
        return product_terms(bits, self._parameter_bits, signed=signed, negative=negative)

    def rtl(self, name: str) -> RtlModule:
        """One ``channelwise_op``; its memory is ``<name>_parameters.mem``."""
        words, bits = self._words, self._parameter_bits
        block = prefers_block(len(words), self.pe * bits)
        bipolar = self.input_datatype.name == "BIPOLAR"
        parameters: dict[str, int | str] = {
            "FUNCTION": FUNCTIONS.index(self.function),
            "PE": self.pe,
            "FOLDS": len(words),
            "XBITS": int(self.input_datatype.bitwidth()),
            "XSIGNED": int(self._operand[1] and not bipolar),
            "XBIPOLAR": int(bipolar),
            "PBITS": bits,
            "PSIGNED": int(self._ends[0] < 0),
            "OBITS": int(self.output_datatype.bitwidth()),
            "BLOCK": int(block),
            "SPLIT": int(not block and len(words) > _PART),
            "PARAMETERS": f"{name}_parameters.mem",
        }
        return RtlModule("channelwise_op", parameters, {f"{name}_parameters.mem": memory_text(words, bits)})

    @property
    def latency(self) -> int:
        """The constants, the terms of a product, and levels of adders."""
        depth, product = len(self._words), self.function == "mul"
        block = prefers_block(depth, self.pe * self._parameter_bits)
        fetch = 0 if depth == 1 else 2 if block or depth > _PART else 1
        widest = max(self._operand[0], self._parameter_bits) + 2
        compares = self.function.startswith("cmp")
        bits = widest if compares else int(self.output_datatype.bitwidth())
        levels = math.ceil(math.log2(len(self._terms()))) + int(bits > _SKEWLESS_BITS)
        return max(fetch, int(product)) + int(product) + levels

    @property
    def sources(self) -> tuple[Path, ...]:
        """The room, adders, the memory of constants and the module."""
        memory = (HERE.parent / "rtl" / "finn_fold.sv", THRESHOLDING / "const_rom.sv")
        return (*ADDER_SOURCES, *memory, HERE / "channelwise_terms.sv", HERE / "channelwise_op.sv")
