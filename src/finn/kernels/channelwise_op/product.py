"""Products in LUTs, as ``channelwise_terms`` makes them: what they add, and what that takes."""

from __future__ import annotations

from dataclasses import replace

from finn.kernels.add_streams.terms import Node

__all__ = ("choosing", "product_terms")


def product_terms(
    bits: int, constant_bits: int, *, signed: bool, negative: bool, place: int = 0
) -> list[Node]:
    """A choice for each two bits of a constant, and one for its sign where it may be negative.

    The choices are 0 to 3 times an element of ``bits`` bits, ``signed`` or not; the product begins at
    ``place``.
    """
    places = range(place, place + constant_bits - negative, 2)
    chosen = [Node(bits + 2 + at, at, signed=signed) for at in places]
    last = place + constant_bits - 1
    return [*chosen, Node(bits + 2 + last, last, minus=True, signed=signed)] if negative else chosen


def choosing(bits: int, terms: list[Node]) -> list[Node]:
    """Three times the element, and the choice of each term."""
    return [
        Node(bits + 2, 0, added=bits + 1),
        *(replace(term, added=term.width - term.zeros) for term in terms),
    ]
