"""Integers to and from the words that the DMA moves.

One innermost vector of the folded shape is one word: element 0 in the least significant bits,
two's complement, BIPOLAR -1/+1 as 0/1, zero-padded to whole bytes, least significant byte first.
"""

import re
from functools import lru_cache
from typing import Optional, Sequence, Tuple

import numpy as np

from .bits import GROUP, close_up, container, spread

__all__ = ("bit_width", "bytes_per_frame", "container_of", "pack", "unpack", "value_range")

_NAMED = {"BIPOLAR": (1, -1, 1), "BINARY": (1, 0, 1), "TERNARY": (2, -1, 1)}
_INTEGER = re.compile(r"(U?)INT([1-9][0-9]?)\Z")
_WIDEST = 40
_BLOCK = 1 << 20  # elements that are converted at once
_WHOLE = (8, 16, 32)  # widths that are a machine type's


@lru_cache(maxsize=256)
def _describe(datatype: str) -> Tuple[int, int, int]:
    """Width in bits, smallest and largest value; ValueError for a type that has no packing."""
    if datatype in _NAMED:
        return _NAMED[datatype]
    match = _INTEGER.match(datatype)
    if match is None or int(match.group(2)) > _WIDEST:
        raise ValueError(
            "datatype %r cannot be packed; BIPOLAR, BINARY, TERNARY, UINT1..UINT40 and INT1..INT40 can"
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


def pack(
    values: np.ndarray, datatype: str, folded_shape: Sequence[int], out: Optional[np.ndarray] = None
) -> np.ndarray:
    """The memory image of ``values``.

    Parameters
    ----------
    values
        (N, ...) integers in any numeric type; the elements of a frame are taken in C order.
    datatype
        Name of the element's type.
    folded_shape
        Shape of one frame as it is streamed, without the batch axis.
    out
        Where it goes: (N, bytes per frame) uint8, contiguous, e.g. a part of a DMA buffer.

    Returns
    -------
    numpy.ndarray
        ``out``, or (N, bytes per frame) uint8; where nothing has to be converted, a view of ``values``.

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
    shape = (frames, bytes_per_frame(datatype, folded_shape))
    if out is not None and (out.shape != shape or out.dtype != np.uint8 or not out.flags.c_contiguous):
        raise ValueError("a buffer of shape %s does not take an image of shape %s" % (out.shape, shape))
    if out is None and width in _WHOLE and values.dtype.kind != "f" and values.size:
        return _integers(values.reshape(-1), datatype).view(np.uint8).reshape(shape)
    image = np.empty(shape, np.uint8) if out is None else out
    step = _frames_at_once(elements)
    for first in range(0, frames, step):
        part = slice(first, first + step)
        _pack_into(image[part].reshape(-1), values[part].reshape(-1), datatype, int(folded_shape[-1]))
    return image


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
        (N, *normal_shape) in the narrowest integer type that has all values of ``datatype``; where
        nothing has to be converted, a view of ``packed``.

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
    width, low, _ = _describe(datatype)
    shape = (frames,) + tuple(int(extent) for extent in normal_shape)
    kind = container_of(datatype)
    if width in _WHOLE or not packed.size:
        return packed.reshape(-1).view(kind).reshape(shape)
    codes = _loose(packed, width, int(folded_shape[-1]), kind.itemsize)
    if datatype == "BIPOLAR":
        codes += codes
        codes -= np.uint8(1)
    elif low < 0:
        # Takes the sign bit's weight for what it is in two's complement.
        sign = codes.dtype.type(1 << (width - 1))
        codes ^= sign
        codes -= sign
    return codes.view(kind).reshape(shape)


def _frames_at_once(elements: int) -> int:
    """Frames of so many elements that are converted together, for temporaries to stay small."""
    return max(1, _BLOCK // (GROUP * elements)) * GROUP


def _pack_into(image: np.ndarray, values: np.ndarray, datatype: str, lanes: int) -> None:
    """Pack flat values to flat bytes."""
    width = bit_width(datatype)
    if width in _WHOLE:
        _integers(values, datatype, image.view(container_of(datatype)))
    else:
        np.copyto(image, _dense(_codes(values, datatype), width, lanes).reshape(-1))


def _product(shape: Sequence[int]) -> int:
    product = 1
    for extent in shape:
        product *= int(extent)
    return product


@lru_cache(maxsize=256)
def container_of(datatype: str) -> np.dtype:
    """The narrowest little-endian integer type that has all values of ``datatype``."""
    width, low, _ = _describe(datatype)
    return container(1 if width <= 8 else 2 if width <= 16 else 4 if width <= 32 else 8, signed=low < 0)


def _codes(values: np.ndarray, datatype: str) -> np.ndarray:
    """Bit patterns of flat ``values`` in unsigned containers; bits above the width are zero."""
    width, low, high = _describe(datatype)
    if width == 1:
        return _single_bits(values, datatype)
    integers = _integers(values, datatype)
    codes = integers.view(container(integers.dtype.itemsize))
    return codes & codes.dtype.type((1 << width) - 1) if low < 0 else codes


def _single_bits(values: np.ndarray, datatype: str) -> np.ndarray:
    """Codes of a type that has two values only."""
    _require_numbers(values, datatype)
    _, low, high = _describe(datatype)
    if values.dtype.itemsize > 1 or (low < 0 and values.dtype.kind != "i"):
        lows, highs = values == low, values == high
        found = np.count_nonzero(lows) + np.count_nonzero(highs)
        _require(found == values.size, datatype)
        chosen: np.ndarray = lows if high == 0 else highs
        return chosen.view(np.uint8)
    codes = values.view(np.uint8)
    if datatype == "BIPOLAR":
        codes = codes + np.uint8(1)
    elif low < 0:
        codes = np.negative(codes)
    one = high - low  # 2 for BIPOLAR
    _require(int(np.bitwise_or.reduce(codes)) in (0, one), datatype)
    return codes


def _integers(values: np.ndarray, datatype: str, into: Optional[np.ndarray] = None) -> np.ndarray:
    """Flat ``values`` in the type's container, checked; ``into`` says where they go."""
    _require_numbers(values, datatype)
    kind = container_of(datatype)
    if values.dtype.kind == "f":
        into = np.empty(values.shape, kind) if into is None else into
        with np.errstate(invalid="ignore"):
            np.copyto(into, values, casting="unsafe")
            _require(bool((into == values).all()), datatype)
        _require_range(into, datatype)
        return into
    if values.dtype.kind == "b":
        values = values.view(np.uint8)
    _require_range(values, datatype)
    if into is not None:
        np.copyto(into, values, casting="unsafe")
        return into
    if values.dtype.itemsize == kind.itemsize and values.dtype.isnative:
        return values.view(kind)
    return values.astype(kind)


def _require_numbers(values: np.ndarray, datatype: str) -> None:
    if values.dtype.kind not in "buif":
        raise ValueError("an array of type %s cannot be packed as %s" % (values.dtype, datatype))


def _require_range(integers: np.ndarray, datatype: str) -> None:
    """ValueError unless all lie in the type's range; looks only where their own type goes beyond it."""
    _, low, high = _describe(datatype)
    smallest, largest = _limits(integers.dtype)
    _require(smallest >= low or int(integers.min()) >= low, datatype)
    _require(largest <= high or int(integers.max()) <= high, datatype)


@lru_cache(maxsize=64)
def _limits(kind: np.dtype) -> Tuple[int, int]:
    """The smallest and the largest value of an integer type."""
    limits = np.iinfo(kind)
    return int(limits.min), int(limits.max)


def _require(holds: bool, datatype: str) -> None:
    if not holds:
        raise ValueError("a value to be packed is not one of %s" % datatype)


def _dense(codes: np.ndarray, width: int, lanes: int) -> np.ndarray:
    """Flat codes to flat bytes, words of ``lanes`` elements padded to whole bytes.

    Words without padding follow each other densely, so that the whole batch is one run.
    """
    lanes = codes.size if lanes * width % 8 == 0 else lanes
    runs = codes.reshape(-1, lanes)
    packed = close_up(_padded(runs, GROUP).reshape(-1), width)
    return packed.reshape(runs.shape[0], -1)[:, : -(-lanes * width // 8)]


def _loose(packed: np.ndarray, width: int, lanes: int, size: int) -> np.ndarray:
    """Bytes to flat codes in containers of ``size`` bytes; the inverse of :func:`_dense`."""
    if lanes * width % 8 == 0:
        lanes = packed.size * 8 // width
    runs = packed.reshape(-1, -(-lanes * width // 8))
    codes = spread(_padded(runs, width).reshape(-1), width, size)
    return codes.reshape(runs.shape[0], -1)[:, :lanes].reshape(-1)


def _padded(runs: np.ndarray, multiple: int) -> np.ndarray:
    """Rows with zeros up to a multiple of so many columns."""
    padding = -runs.shape[1] % multiple
    if not padding:
        return runs
    return np.concatenate((runs, np.zeros((runs.shape[0], padding), runs.dtype)), axis=1)
