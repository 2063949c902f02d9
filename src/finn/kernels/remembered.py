"""What depends on a kernel's constants alone, kept as long as they are: foldings do not change it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, TypeVar

from finn.kernels.base import IntArray

__all__ = ("extremes", "remembered")

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


def remembered(function: Callable[[IntArray, Key], Result]) -> Callable[[IntArray, Key], Result]:
    """``function``, computed once for an array, which must not be written to, and a key."""
    known: dict[tuple[int, Hashable], tuple[Any, Result]] = {}

    @wraps(function)
    def recall(array: IntArray, key: Key) -> Result:
        place = (id(array), key)
        held = known.get(place)
        # An array that is gone may have left its identity to another.
        if held is None or held[0]() is not array:
            held = (weakref.ref(array, lambda _: known.pop(place, None)), function(array, key))
            known[place] = held
        return held[1]

    return recall


@remembered
def extremes(array: IntArray, _: None) -> tuple[int, int]:
    """The least and the greatest entry."""
    return int(array.min()), int(array.max())
