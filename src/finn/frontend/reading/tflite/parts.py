"""Operators of TensorFlow Lite that take parts of a tensor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from finn.frontend.reading.tflite.arithmetic import require_same_meaning
from finn.frontend.reading.tflite.file import Operation
from finn.frontend.reading.tflite.spelling import Spelling

__all__ = ("slice_of", "split", "split_unevenly", "strided_slice", "unpack")

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


def split(spelling: Spelling, operation: Operation) -> list[str]:
    """``SPLIT`` into equal parts."""
    tensor, axis = spelling.tensor(operation, 1), _axis(spelling, operation, 0, 1)
    parts = len(operation.outputs)
    if tensor.shape[axis] % parts:
        raise operation.refusal(f"splits {tensor.shape[axis]} places into {parts} parts; check the export")
    return _parts(spelling, operation, 1, axis, [tensor.shape[axis] // parts] * parts)


def split_unevenly(spelling: Spelling, operation: Operation) -> list[str]:
    """``SPLIT_V``: parts of given sizes, one of which may be what the others leave."""
    tensor, axis = spelling.tensor(operation, 0), _axis(spelling, operation, 2, 0)
    sizes = spelling.constant(operation, 1, "sizes").reshape(-1).tolist()
    left = tensor.shape[axis] - sum(size for size in sizes if size != _TO_THE_END)
    sizes = [left if size == _TO_THE_END else size for size in sizes]
    if min(sizes) < 1 or sum(sizes) != tensor.shape[axis] or len(sizes) != len(operation.outputs):
        raise operation.refusal(f"splits {tensor.shape[axis]} places into {sizes}; check the export")
    return _parts(spelling, operation, 0, axis, sizes)


def unpack(spelling: Spelling, operation: Operation) -> list[str]:
    """``UNPACK``: single places of an axis, which goes."""
    tensor = spelling.tensor(operation, 0)
    axis = int(operation.option("Axis")) % max(len(tensor.shape), 1)
    if len(operation.outputs) != tensor.shape[axis]:
        reason = f"takes {tensor.shape[axis]} places apart into {len(operation.outputs)}"
        raise operation.refusal(f"{reason}; check the export")
    single = _parts(spelling, operation, 0, axis, [1] * tensor.shape[axis])
    shape = (*tensor.shape[1:axis], *tensor.shape[axis + 1 :])
    return [spelling.reshaped(operation, part, shape) for part in single]


def _axis(spelling: Spelling, operation: Operation, place: int, data: int) -> int:
    axes = spelling.constant(operation, place, "axes").reshape(-1).tolist()
    if len(axes) != 1:
        raise operation.refusal(f"splits axes {axes}, which is not one; check the export")
    return int(axes[0]) % max(len(spelling.tensor(operation, data).shape), 1)


def _parts(spelling: Spelling, operation: Operation, data: int, axis: int, sizes: Sequence[int]) -> list[str]:
    tensor, source = spelling.tensor(operation, data), spelling.computed(operation, data)
    for result in spelling.outputs(operation):
        require_same_meaning(operation, tensor, result)
    if axis == 0:
        raise operation.refusal("cuts the batch; keep the first axis as it is")
    ends = np.cumsum(sizes)
    cuts = [(end - size, end, axis, 1) for size, end in zip(sizes, ends, strict=True)]
    return [
        spelling.add(operation, "Slice", source, *(np.array([n], dtype=np.int64) for n in cut))
        for cut in cuts
    ]


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
