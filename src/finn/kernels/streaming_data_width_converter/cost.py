"""Estimated cost of the module ``streaming_data_width_converter`` in a 7-series part, after its structure."""

from __future__ import annotations

from finn.resources import Resources

__all__ = ("estimate",)


def estimate(atom: int, taken: int, given: int) -> Resources:
    """Of a converter from ``taken`` to ``given`` atoms of so many bits."""
    if taken == given:
        return Resources()
    if taken == 1:
        return Resources(lut=5, ff=atom * given + given.bit_length())
    return _up(atom, taken, given) if taken < given else _down(atom, taken, given)


def _up(atom: int, taken: int, given: int) -> Resources:
    """``width_gear_up``: a register of whole input beats and the window on it."""
    kept, offset, count = taken + given - 1, _index_bits(taken), _index_bits(-(-given // taken) + 1)
    control = Resources(lut=2 * offset + 3 * count + 6, ff=offset + 2 * count + 4)
    return control + Resources(ff=atom * kept) + _window(atom, kept, given, offset)


def _down(atom: int, taken: int, given: int) -> Resources:
    """``width_gear_down``: a register that shifts by output beats; ``width_place`` where beats do not fit."""
    kept = taken + given - 1
    count = _index_bits(kept // given + 1)
    shifting = Resources(lut=atom * (kept - given) + 2 * count + 6, ff=atom * kept + count + 2)
    if given == 1:
        return shifting
    offset = _index_bits(given)
    placing = Resources(lut=3 * offset + given - 1, ff=2 * offset + count + given)
    return shifting + placing + _window(atom, kept + given - 1, kept, offset)


def _window(atom: int, taken: int, given: int, bits: int) -> Resources:
    """``finn_window_pipe``: a register after every four bits of the offset, a LUT6 for every two of them."""
    total = Resources()
    for left in range(4 * ((bits - 1) // 4), -1, -4):
        digits = min(4, bits - left)
        chosen = min(taken, given + (1 << left) - 1)
        total += Resources(lut=atom * chosen, ff=atom * chosen + left)
        if digits > 2:
            # The lower two bits choose first, from what the upper ones can still move.
            reach = ((1 << digits) - 4) << left
            total += Resources(lut=atom * min(taken, chosen + reach))
    return total


def _index_bits(places: int) -> int:
    """Bits that count ``places``, at least one."""
    return max(1, (places - 1).bit_length())
