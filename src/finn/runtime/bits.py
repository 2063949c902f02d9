"""Elements of any width to and from dense bytes, many of them in one machine word.

Neighbours are closed up pairwise: two fields of ``bits`` bits, each in a container of ``size``
bytes, become one field of twice the bits, until fields end on whole bytes. :func:`spread` goes the
same way backwards.
"""

from typing import List, Tuple

import numpy as np

__all__ = ("GROUP", "close_up", "container", "spread")

GROUP = 8  # elements that always make whole bytes
_WORD = 8  # bytes of the widest container
_BIT_ORDER = tuple(int(part) for part in np.__version__.split(".")[:2]) >= (1, 17)


def container(size: int, signed: bool = False) -> np.dtype:
    """The little-endian integer type of ``size`` bytes."""
    return np.dtype("<%s%d" % ("i" if signed else "u", size))


def close_up(codes: np.ndarray, width: int) -> np.ndarray:
    """Bit patterns to dense bytes, element 0 in the least significant bits.

    Parameters
    ----------
    codes
        (multiple of 8,) unsigned, with zeros above the low ``width`` bits; if ``width`` is 1, anything
        but zero is 1.
    width
        Bits of an element, less than those of the type of ``codes``.

    Returns
    -------
    numpy.ndarray
        (elements * width / 8,) uint8.
    """
    size = codes.dtype.itemsize
    if width == 1:
        return _pack_bits(codes)
    if not _pairs_fit(width, size):
        return _close_up_straddling(codes, width)
    steps, bits, last = _steps(width, size)
    for field, room in steps:
        pairs = codes.view(container(2 * room))
        if 2 * field <= 8 * room:  # both fit into one container of the present size
            # The product's upper half is the lower field plus the upper one moved to its end.
            product = pairs * _scalar(pairs, (1 << 8 * room) + (1 << field))
            codes = np.empty(product.shape, container(room))
            np.right_shift(product, _scalar(product, 8 * room), out=codes, casting="unsafe")
        else:
            odd = pairs >> _scalar(pairs, 8 * room)
            odd *= _scalar(pairs, (1 << 8 * room) - (1 << field))
            codes = np.subtract(pairs, odd, out=odd)
    return _drop_empty_bytes(codes, bits // 8, last)


def spread(packed: np.ndarray, width: int, size: int) -> np.ndarray:
    """Dense bytes to bit patterns in unsigned containers of ``size`` bytes; inverse of `close_up`."""
    if width == 1:
        return _unpack_bits(packed)
    if not _pairs_fit(width, size):
        return _spread_straddling(packed, width, size)
    steps, bits, last = _steps(width, size)
    codes = _add_empty_bytes(packed, bits // 8, last)
    for field, room in reversed(steps):
        if 2 * field <= 8 * room:
            closed = codes.astype(container(2 * room))
            pairs = closed << _scalar(closed, 8 * room - field)
            pairs |= closed
            low = (1 << field) - 1
            pairs &= _scalar(pairs, low << 8 * room | low)
        else:
            pairs = codes >> _scalar(codes, field)
            pairs *= _scalar(codes, (1 << 8 * room) - (1 << field))
            pairs += codes
        codes = pairs.view(container(room))
    return codes


def _pack_bits(codes: np.ndarray) -> np.ndarray:
    if _BIT_ORDER:
        return np.packbits(codes, bitorder="little")
    # Without being told, packbits puts element 0 into the most significant bit.
    return np.packbits(codes.view(container(_WORD)).byteswap().view(np.uint8))


def _unpack_bits(packed: np.ndarray) -> np.ndarray:
    if _BIT_ORDER:
        return np.unpackbits(packed, bitorder="little")
    return np.unpackbits(packed).view(container(_WORD)).byteswap().view(np.uint8)


def _scalar(array: np.ndarray, value: int) -> np.generic:
    """``value`` in the array's own type, so that NumPy 1 and 2 compute in it."""
    scalar: np.generic = array.dtype.type(value)
    return scalar


def _pairs_fit(width: int, size: int) -> bool:
    """Whether pairing up reaches whole bytes before it runs out of machine words."""
    bits = width
    while bits % 8:
        bits, size = 2 * bits, 2 * size
    return size <= _WORD


def _steps(width: int, size: int) -> Tuple[List[Tuple[int, int]], int, int]:
    """Fields and containers before each step, then bits of the last field and bytes of its container."""
    steps, bits = [], width
    while bits % 8:
        steps.append((bits, size))
        size = size if 2 * bits <= 8 * size else 2 * size
        bits *= 2
    return steps, bits, size


def _drop_empty_bytes(codes: np.ndarray, used: int, size: int) -> np.ndarray:
    if used == size:
        return codes.view(np.uint8)
    every = codes.view(np.uint8).reshape(-1, size)
    packed = np.empty((every.shape[0], used), np.uint8)
    for position in range(used):
        packed[:, position] = every[:, position]
    return packed.reshape(-1)


def _add_empty_bytes(packed: np.ndarray, used: int, size: int) -> np.ndarray:
    if used == size:
        return packed.view(container(size))
    dense = packed.reshape(-1, used)
    every = np.zeros((dense.shape[0], size), np.uint8)
    for position in range(used):
        every[:, position] = dense[:, position]
    return every.reshape(-1).view(container(size))


def _close_up_straddling(codes: np.ndarray, width: int) -> np.ndarray:
    """For widths above 8 bits: a byte of the result straddles two elements at the most."""
    group = codes.reshape(-1, GROUP).astype(np.uint64)
    packed = np.empty((group.shape[0], width), np.uint8)
    for position in range(width):
        element, offset = divmod(8 * position, width)
        byte = group[:, element] >> np.uint64(offset)
        if offset + 8 > width:
            byte |= group[:, element + 1] << np.uint64(width - offset)
        packed[:, position] = (byte & np.uint64(0xFF)).astype(np.uint8)
    return packed.reshape(-1)


def _spread_straddling(packed: np.ndarray, width: int, size: int) -> np.ndarray:
    dense = packed.reshape(-1, width)
    group = np.empty((dense.shape[0], GROUP), container(size))
    for element in range(GROUP):
        first, offset = divmod(element * width, 8)
        code = np.zeros(dense.shape[0], np.uint64)
        for index in range(-(-(offset + width) // 8)):
            code |= dense[:, first + index].astype(np.uint64) << np.uint64(8 * index)
        code = (code >> np.uint64(offset)) & np.uint64((1 << width) - 1)
        group[:, element] = code.astype(group.dtype)
    return group.reshape(-1)
