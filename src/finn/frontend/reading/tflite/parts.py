"""Operators of TensorFlow Lite that take parts of a tensor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from finn.frontend.reading.tflite.arithmetic import require_same_meaning
from finn.frontend.reading.tflite.file import Operation
from finn.frontend.reading.tflite.spelling import Spelling

__all__ = ("slice_of", "strided_slice")

_TO_THE_END = -1


def slice_of(spelling: Spelling, operation: Operation) -> str:
    """``SLICE``: from a place on, so many; all that are left where the number is -1."""
    begins, sizes = (spelling.constant(operation, place, "places").tolist() for place in (1, 2))
    cuts = [slice(b, None if n == _TO_THE_END else b + n) for b, n in zip(begins, sizes, strict=False)]
    return _cut(spelling, operation, cuts)


def strided_slice(spelling: Spelling, operation: Operation) -> str:
    """``STRIDED_SLICE`` forwards; an axis of which one place is taken may go."""
    if operation.option("EllipsisMask") or operation.option("NewAxisMask"):
        raise operation.refusal("adds axes or leaves some out, which is not supported; export it without")
    if getattr(operation.options, "Offset", bool)():
        raise operation.refusal("counts ends from where it begins, which is not supported; export it without")
    open_begins, open_ends, shrunk = (
        int(operation.option(f"{what}Mask")) for what in ("Begin", "End", "ShrinkAxis")
    )
    given = [spelling.constant(operation, place, "places").tolist() for place in (1, 2, 3)]
    cuts = []
    for axis, (begin, end, step) in enumerate(zip(*given, strict=False)):
        if shrunk >> axis & 1:
            # One place, whatever end and step are; behind the last one begins the first.
            cuts.append(slice(begin, begin + 1 or None))
        else:
            first, last = (
                None if mask >> axis & 1 else at for mask, at in ((open_begins, begin), (open_ends, end))
            )
            cuts.append(slice(first, last, step))
    return _cut(spelling, operation, cuts)


def _cut(spelling: Spelling, operation: Operation, cuts: Sequence[slice]) -> str:
    tensor, result = spelling.tensor(operation, 0), spelling.output(operation)
    require_same_meaning(operation, tensor, result)
    if len(cuts) != len(tensor.shape):
        raise operation.refusal(f"cuts {len(cuts)} of {len(tensor.shape)} axes; check the export")
    if any(cut.step is not None and cut.step < 1 for cut in cuts):
        raise operation.refusal("goes backwards, which is not supported; begin at the lower end")
    ranges = [cut.indices(size) for cut, size in zip(cuts, tensor.shape, strict=True)]
    kept = [len(range(*one)) for one in ranges]
    if kept[0] != tensor.shape[0]:
        raise operation.refusal("cuts the batch; keep the first axis as it is")
    axes = [axis for axis, size in enumerate(tensor.shape) if kept[axis] != size]
    source = spelling.computed(operation)
    if axes:
        columns = zip(*((*ranges[axis][:2], axis, ranges[axis][2]) for axis in axes), strict=True)
        source = spelling.add(operation, "Slice", source, *(np.array(c, dtype=np.int64) for c in columns))
    return source if tuple(kept) == result.shape else spelling.reshaped(operation, source, result.shape[1:])
