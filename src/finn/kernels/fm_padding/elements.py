"""Types of the elements of an image and of what is put around or between its pixels."""

from __future__ import annotations

from qonnx.core.datatype import BaseDataType, DataType

from finn.errors import FinnError

__all__ = ("code_of", "converts", "count_bits", "require_types", "ring_luts")


def ring_luts(width: int) -> int:
    """LUTs of padding_slice's ring for beats of ``width`` bits: a RAM32M holds 6 bits in four."""
    return 4 * -(-width // 6)


def converts(inputs: BaseDataType, outputs: BaseDataType) -> bool:
    """Whether BIPOLAR elements become those of an INT type, since zero is no bipolar value."""
    return inputs.name == "BIPOLAR" and bool(outputs.min() < 0 and outputs.bitwidth() > 1)


def require_types(inputs: BaseDataType, outputs: BaseDataType, value: int) -> None:
    """Raise FinnError unless elements can go as ``outputs`` and ``outputs`` holds ``value``."""
    if not converts(inputs, outputs) and inputs != outputs:
        raise FinnError(
            f"{inputs.name} cannot become {outputs.name} in a padding; "
            "only BIPOLAR can change, to an INT type"
        )
    if not outputs.allowed(value):
        raise FinnError(f"{outputs.name} does not hold the padding's value {value}")


def code_of(datatype: BaseDataType, value: int) -> int:
    """The bits that stand for ``value``."""
    if datatype == DataType["BIPOLAR"]:
        return (value + 1) // 2
    return value & ((1 << int(datatype.bitwidth())) - 1)


def count_bits(count: int) -> int:
    """Bits of a counter of ``count`` steps."""
    return max(1, (count - 1).bit_length())
