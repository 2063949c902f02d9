"""Fields of a description that was read from a file: what is not as it should be is a ValueError."""

from typing import Any, Callable, Dict, List

__all__ = ("counts", "numbers", "product", "typed")


def typed(entry: Dict[str, Any], key: str, kind: Callable[..., Any]) -> Any:
    """The value of ``key``, which is of the type ``kind`` and of no other."""
    if type(entry[key]) is not kind:
        raise ValueError("%s is not of type %s" % (key, kind.__name__))
    return entry[key]


def counts(entry: Dict[str, Any], key: str) -> List[int]:
    """The value of ``key``, a shape."""
    values = typed(entry, key, list)
    if not all(type(value) is int and value > 0 for value in values):
        raise ValueError("%s is not a shape" % key)
    return list(values)


def numbers(entry: Dict[str, Any], key: str) -> List[float]:
    """The value of ``key``, one finite number or more."""
    values = [float(value) for value in typed(entry, key, list)]
    if not values or not all(abs(value) < float("inf") for value in values):
        raise ValueError("%s is no list of numbers" % key)
    return values


def product(shape: List[int]) -> int:
    """Elements of a tensor of that shape."""
    total = 1
    for extent in shape:
        total *= extent
    return total
