"""Integers to and from the words that the DMA moves.

One innermost vector of the folded shape is one word: element 0 in the least significant bits,
two's complement, BIPOLAR -1/+1 as 0/1, zero-padded to whole bytes, least significant byte first.
"""

import re
from typing import Sequence, Tuple

import numpy as np

__all__ = ("bit_width", "bytes_per_frame", "pack", "unpack", "value_range")

_GROUP = 8  # elements handled at once: a group of w-bit elements is exactly w bytes
_NAMED = {"BIPOLAR": (1, -1, 1), "BINARY": (1, 0, 1), "TERNARY": (2, -1, 1)}
_INTEGER = re.compile(r"(U?)INT([1-9][0-9]?)\Z")
_WIDEST = 32


def _describe(datatype: str) -> Tuple[int, int, int]:
    """Width in bits, smallest and largest value; ValueError for a type that has no packing."""
    if datatype in _NAMED:
        return _NAMED[datatype]
    match = _INTEGER.match(datatype)
    if match is None or int(match.group(2)) > _WIDEST:
        raise ValueError(
            "datatype %r cannot be packed; BIPOLAR, BINARY, TERNARY, UINT1..UINT32 and INT1..INT32 can"
            % (datatype,)
        )
    width = int(match.group(2))
    if match.group(1):
        return width, 0, 2**width - 1
    return width, -(2 ** (width - 1)), 2 ** (width - 1) - 1


def bit_width(datatype: str) -> int:
    """Bits of one element of ``datatype``, e.g. 1 for BIPOLAR and 2 for TERNARY."""
    return _describe(datatype)[0]


def value_range(datatype: str) -> Tuple[int, int]:
    """The smallest and the largest value of ``datatype``."""
    return _describe(datatype)[1:]


def bytes_per_frame(datatype: str, folded_shape: Sequence[int]) -> int:
    """Bytes of one frame in memory: words of ``folded_shape[-1]`` elements, each in whole bytes."""
    word = -(-int(folded_shape[-1]) * bit_width(datatype) // 8)
    return _product(folded_shape[:-1]) * word


def pack(values: np.ndarray, datatype: str, folded_shape: Sequence[int]) -> np.ndarray:
    """The memory image of ``values``.

    Parameters
    ----------
    values
        (N, ...) integers in any numeric type; the elements of a frame are taken in C order.
    datatype
        Name of the element's type.
    folded_shape
        Shape of one frame as it is streamed, without the batch axis.

    Returns
    -------
    numpy.ndarray
        (N, bytes per frame) uint8; where nothing has to be converted, a view of ``values``.

    Raises
    ------
    ValueError
        A size that does not fit, or a value that the type does not have.
    """
    values = np.asarray(values)
    frames = values.shape[0] if values.ndim else 0
    elements = _product(folded_shape)
    if values.ndim == 0 or values.size != frames * elements:
        raise ValueError(
            "an array of shape %s does not hold frames of %d elements" % (values.shape, elements)
        )
    width = bit_width(datatype)
    size = bytes_per_frame(datatype, folded_shape)
    if not values.size:
        return np.zeros((frames, size), np.uint8)
    codes = _codes(values, datatype).reshape(-1)
    if width in (8, 16, 32):
        return codes.view(np.uint8).reshape(frames, size)
    words, run = _runs(codes, width, int(folded_shape[-1]))
    packed = _pack_narrow(words, width) if width < 8 else _pack_wide(words, width)
    return packed[:, :run].reshape(frames, size)


def unpack(
    packed: np.ndarray, datatype: str, folded_shape: Sequence[int], normal_shape: Sequence[int]
) -> np.ndarray:
    """The integers in a memory image; the inverse of :func:`pack`.

    Parameters
    ----------
    packed
        (N, bytes per frame) uint8.
    datatype, folded_shape
        As for :func:`pack`.
    normal_shape
        Shape of one frame of the result, without the batch axis.

    Returns
    -------
    numpy.ndarray
        (N, *normal_shape) int32, int64 where the type has values beyond it.

    Raises
    ------
    ValueError
        The number of bytes does not fit.
    """
    packed = np.ascontiguousarray(packed, dtype=np.uint8)
    frames = packed.shape[0] if packed.ndim else 0
    size = bytes_per_frame(datatype, folded_shape)
    if packed.size != frames * size:
        raise ValueError("an array of shape %s does not hold frames of %d bytes" % (packed.shape, size))
    shape = (frames,) + tuple(int(extent) for extent in normal_shape)
    width = bit_width(datatype)
    lanes = int(folded_shape[-1])
    if not packed.size:
        return _values(np.zeros(0, _container(width, signed=False)), datatype).reshape(shape)
    if width in (8, 16, 32):
        codes = packed.reshape(-1).view(_container(width, signed=False))
    elif width < 8:
        codes = _unpack_narrow(packed, width, lanes)
    else:
        codes = _unpack_wide(packed, width, lanes)
    return _values(codes, datatype).reshape(shape)


def _product(shape: Sequence[int]) -> int:
    product = 1
    for extent in shape:
        product *= int(extent)
    return product


def _container(width: int, signed: bool) -> np.dtype:
    """The smallest little-endian integer type of at least ``width`` bits."""
    size = 1 if width <= 8 else 2 if width <= 16 else 4
    return np.dtype("<%s%d" % ("i" if signed else "u", size))


def _codes(values: np.ndarray, datatype: str) -> np.ndarray:
    """Bit patterns, right-aligned in unsigned containers; bits above the width are zero."""
    width, low, high = _describe(datatype)
    container = _container(width, signed=low < 0)
    if values.dtype != container:
        values = _convert(values, container, datatype)
    limits = np.iinfo(container)
    if values.size and (low, high) != (limits.min, limits.max):
        _require(int(values.min()) >= low and int(values.max()) <= high, datatype)
    if datatype == "BIPOLAR":
        _require(bool(values.all()), datatype)
        return (values > 0).view(np.uint8)
    codes = np.ascontiguousarray(values).view(_container(width, signed=False))
    if low < 0 and (1 << width) <= np.iinfo(codes.dtype).max:
        codes = codes & codes.dtype.type((1 << width) - 1)
    return codes


def _convert(values: np.ndarray, container: np.dtype, datatype: str) -> np.ndarray:
    """``values`` in ``container``; ValueError where one is no integer or out of range."""
    if values.dtype.kind not in "buif":
        raise ValueError("an array of type %s cannot be packed as %s" % (values.dtype, datatype))
    with np.errstate(invalid="ignore"):
        converted = values.astype(container)
    if values.dtype.kind == "f" or not np.can_cast(values.dtype, container):
        _require(bool((converted == values).all()), datatype)
    return converted


def _require(holds: bool, datatype: str) -> None:
    if not holds:
        raise ValueError("a value to be packed is not one of %s" % datatype)


def _runs(codes: np.ndarray, width: int, lanes: int) -> Tuple[np.ndarray, int]:
    """Codes as (runs, elements padded to groups), and the bytes that each run really has.

    Words without padding follow each other densely, so that the whole batch is one run.
    """
    if lanes * width % 8 == 0:
        lanes = codes.size
    padding = -lanes % _GROUP
    words = codes.reshape(-1, lanes)
    if padding:
        words = np.concatenate((words, np.zeros((words.shape[0], padding), codes.dtype)), axis=1)
    return words, -(-lanes * width // 8)


def _fields(span: int, bits: int) -> np.uint64:
    """A mask of the low ``bits`` of every ``span``-bit field of a 64-bit word."""
    return np.uint64(sum(((1 << bits) - 1) << start for start in range(0, 64, span)))


def _pack_narrow(words: np.ndarray, width: int) -> np.ndarray:
    """(runs, groups * 8) uint8 codes below 8 bits to (runs, groups * width) bytes.

    Neighbouring fields of a 64-bit word are closed up: 8-bit fields to pairs, pairs to fours,
    fours to eight.
    """
    group = np.ascontiguousarray(words).view("<u8")
    for step, span in enumerate((8, 16, 32)):
        bits = width << step
        even = _fields(2 * span, bits)
        odd = even << np.uint64(bits)
        group = (group & even) | ((group >> np.uint64(span - bits)) & odd)
    packed = group.view(np.uint8).reshape(words.shape[0], -1, _GROUP)
    return packed[:, :, :width].reshape(words.shape[0], -1)


def _unpack_narrow(packed: np.ndarray, width: int, lanes: int) -> np.ndarray:
    """Bytes to a flat array of uint8 codes below 8 bits."""
    raw, lanes = _groups(packed, width, lanes)
    group = np.zeros(raw.shape[:2] + (8,), np.uint8)
    group[:, :, :width] = raw
    field = group.view("<u8")
    for step, span in ((2, 32), (1, 16), (0, 8)):
        bits = width << step
        low = _fields(2 * span, bits)
        field = (field & low) | ((field << np.uint64(span - bits)) & (low << np.uint64(span)))
    return field.view(np.uint8).reshape(raw.shape[0], -1)[:, :lanes].reshape(-1)


def _groups(packed: np.ndarray, width: int, lanes: int) -> Tuple[np.ndarray, int]:
    """Bytes as (runs, groups, width), the last group padded, and the elements of a run."""
    if lanes * width % 8 == 0:
        lanes = packed.size * 8 // width
    size = -(-lanes * width // 8)
    runs = packed.reshape(-1, size)
    padding = -runs.shape[1] % width
    if padding:
        runs = np.concatenate((runs, np.zeros((runs.shape[0], padding), np.uint8)), axis=1)
    return runs.reshape(runs.shape[0], -1, width), lanes


def _pack_wide(words: np.ndarray, width: int) -> np.ndarray:
    """(runs, groups * 8) codes above 8 bits to (runs, groups * width) bytes.

    A byte of the result straddles two elements at the most.
    """
    group = words.reshape(words.shape[0], -1, _GROUP).astype(np.uint64)
    packed = np.empty(group.shape[:2] + (width,), np.uint8)
    for position in range(width):
        element, offset = divmod(8 * position, width)
        byte = group[:, :, element] >> np.uint64(offset)
        if offset + 8 > width:
            byte = byte | (group[:, :, element + 1] << np.uint64(width - offset))
        packed[:, :, position] = (byte & np.uint64(0xFF)).astype(np.uint8)
    return packed.reshape(words.shape[0], -1)


def _unpack_wide(packed: np.ndarray, width: int, lanes: int) -> np.ndarray:
    """Bytes to a flat array of codes above 8 bits, in their unsigned container."""
    raw, lanes = _groups(packed, width, lanes)
    group = np.empty(raw.shape[:2] + (_GROUP,), _container(width, signed=False))
    for element in range(_GROUP):
        first, offset = divmod(element * width, 8)
        code = np.zeros(raw.shape[:2], np.uint64)
        for index in range(-(-(offset + width) // 8)):
            code |= raw[:, :, first + index].astype(np.uint64) << np.uint64(8 * index)
        code = (code >> np.uint64(offset)) & np.uint64((1 << width) - 1)
        group[:, :, element] = code.astype(group.dtype)
    return group.reshape(raw.shape[0], -1)[:, :lanes].reshape(-1)


def _values(codes: np.ndarray, datatype: str) -> np.ndarray:
    """Bit patterns to int32, or to int64 where values lie beyond it."""
    width, low, high = _describe(datatype)
    if datatype == "BIPOLAR":
        return codes.astype(np.int32) * np.int32(2) - np.int32(1)
    if low >= 0:
        return codes.astype(np.int64 if high > np.iinfo(np.int32).max else np.int32)
    shift = np.iinfo(codes.dtype).bits - width
    signed = codes.view(_container(width, signed=True))
    if shift:
        signed = (signed << signed.dtype.type(shift)) >> signed.dtype.type(shift)
    return signed.astype(np.int32)
