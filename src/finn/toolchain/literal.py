"""Values of RTL parameters as every tool reads them."""

from __future__ import annotations

__all__ = ("Word", "literal")


class Word(int):
    """A number that is not negative, of a fixed width: for a parameter that is a packed vector."""

    bits: int

    def __new__(cls, value: int, bits: int) -> Word:
        """``value`` in ``bits`` bits."""
        word = super().__new__(cls, value)
        word.bits = bits
        return word


def literal(value: int | str) -> str:
    """SystemVerilog text of a parameter's value: a string, a decimal number, or a sized one of a Word."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Word):
        return f"{value.bits}'h{int(value):x}"
    return str(int(value))
