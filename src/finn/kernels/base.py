"""What every hardware layer provides: streams, golden model, cycles, cost and RTL."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import product
from pathlib import Path
from typing import ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray
from qonnx.core.datatype import BaseDataType

from finn.errors import FinnError
from finn.resources import Resources
from finn.toolchain.literal import Word

__all__ = (
    "MAX_SUM_BITS",
    "PRIMITIVES",
    "IntArray",
    "Kernel",
    "Resources",
    "RtlModule",
    "Stream",
    "divisors",
    "flags_parameter",
    "require_divides",
    "require_holds",
    "vector_parameter",
)

IntArray = NDArray[np.int64]
KernelT = TypeVar("KernelT", bound="Kernel")
MAX_SUM_BITS = 40
"""Widest sums of products, and what thresholds are compared with, in one carry chain of twenty places."""
# Declares the primitives that kernels instantiate; Yosys alone wants it.
PRIMITIVES = Path(__file__).parent / "rtl" / "xilinx_stubs.sv"


@dataclass(frozen=True)
class Stream:
    """One AXI-Stream port of a kernel.

    Attributes
    ----------
    datatype
        The integer type of one element.
    folded_shape
        The shape of one frame as it is streamed, without the batch axis: the last entry is the
        number of elements in a beat, the product of the others the number of beats in a frame.
    """

    datatype: BaseDataType
    folded_shape: tuple[int, ...]

    @property
    def lanes(self) -> int:
        """Elements in one beat."""
        return self.folded_shape[-1]

    @property
    def beats(self) -> int:
        """Beats in one frame."""
        return math.prod(self.folded_shape[:-1])

    @property
    def width(self) -> int:
        """Bits of TDATA; not padded to whole bytes."""
        return self.lanes * int(self.datatype.bitwidth())


@dataclass(frozen=True)
class RtlModule:
    """One instance as the generator wires it.

    Attributes
    ----------
    module
        Name of the hand-written SystemVerilog module.
    parameters
        Its parameters; a string is written as a string literal.
    memories
        Text of each ``.mem`` file, by the relative name that a parameter holds.
    """

    module: str
    parameters: Mapping[str, int | str]
    memories: Mapping[str, str] = field(default_factory=dict)


class Kernel(ABC):
    """A hardware layer, fully configured; subclasses are frozen dataclasses.

    It knows nothing of ONNX, boards or other layers. Ports of the RTL are ``aclk``, ``aresetn``,
    ``s_axis_tdata/tvalid/tready`` and ``m_axis_*``. Of several inputs, or outputs, each signal is
    one vector that holds them side by side, stream 0 in the least significant bits.
    """

    op_type: ClassVar[str]
    folding_attributes: ClassVar[tuple[str, ...]] = ()

    @property
    @abstractmethod
    def input_streams(self) -> tuple[Stream, ...]:
        """The input ports in order."""

    @property
    @abstractmethod
    def output_streams(self) -> tuple[Stream, ...]:
        """The output ports in order."""

    @property
    @abstractmethod
    def cycles(self) -> int:
        """Exact clock cycles per frame in steady state."""

    @abstractmethod
    def golden(self, inputs: Sequence[IntArray]) -> list[IntArray]:
        """Outputs for integer inputs of *unfolded* shape, batch in axis 0; any batch size."""

    @abstractmethod
    def resources(self) -> Resources:
        """Estimated cost of the RTL."""

    @abstractmethod
    def rtl(self, name: str) -> RtlModule:
        """The instance called ``name``; its memory files start with ``name``."""

    @property
    @abstractmethod
    def sources(self) -> tuple[Path, ...]:
        """The SystemVerilog files that the module needs, in compile order."""

    @property
    def latency(self) -> int | None:
        """Cycles from the last beat that a result needs to its coming out of the pipeline, before the room.

        None of a kernel without a pipeline that never waits.
        """
        return None

    @property
    def first_result_at(self) -> int:
        """The beat of a frame that the first result needs."""
        return 0

    def folding_choices(self) -> dict[str, list[int]]:
        """The legal values of each folding attribute, ascending."""
        return {}

    def foldings(self) -> list[dict[str, int]]:
        """Every legal folding: all combinations of the choices, unless some exclude others."""
        choices = self.folding_choices()
        return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]

    def with_folding(self: KernelT, **folding: int) -> KernelT:
        """The same layer folded anew; an illegal value raises FinnError."""
        known = {f.name for f in fields(self)}  # type: ignore[arg-type]
        lowered = {key.lower(): value for key, value in folding.items()}
        for key in lowered:
            if key not in known:
                raise FinnError(f"{self.op_type} has no folding attribute {key.upper()}")
        return replace(self, **lowered)  # type: ignore[type-var]


def divisors(n: int) -> list[int]:
    """All divisors of ``n``, ascending."""
    return [d for d in range(1, n + 1) if n % d == 0]


def require_divides(attribute: str, value: int, total_name: str, total: int) -> None:
    """Raise FinnError unless ``value`` divides ``total``; the text lists what would."""
    if value < 1 or total % value:
        choices = ", ".join(str(d) for d in divisors(total))
        raise FinnError(f"{attribute}={value} does not divide {total_name}={total}; possible are {choices}")


def require_holds(datatype: BaseDataType, low: int, high: int) -> None:
    """Raise FinnError unless ``datatype`` is an integer type with all numbers from ``low`` to ``high``."""
    every = datatype.is_integer() and (datatype.name != "BIPOLAR" or low == high)
    if not (every and datatype.allowed(low) and datatype.allowed(high)):
        raise FinnError(f"{datatype.name} does not hold {low} to {high}; choose a wider output type")


def vector_parameter(values: Sequence[int]) -> Word:
    """A list as one RTL parameter, ``logic [N*32-1:0]``: 32 bits for each, the first lowest."""
    return Word(sum(value << (32 * place) for place, value in enumerate(values)), 32 * len(values))


def flags_parameter(values: Sequence[bool]) -> Word:
    """A list of flags as one RTL parameter, ``logic [N-1:0]``, the first lowest."""
    return Word(sum(int(value) << place for place, value in enumerate(values)), len(values))
