"""Operators that cut, join, repeat and reduce tensors; axes count the batch, which is never one of them."""

from functools import reduce
from typing import Any, Callable, Dict, List

import numpy as np

__all__ = ("REDUCTIONS", "SHAPING")

Operator = Callable[[List[Any], Dict[str, Any]], List[Any]]


def _with_batch(parts: List[Any]) -> List[Any]:
    """Constants, of a batch of 1, as many times as there are images."""
    batch = next((part.shape[0] for part in parts if part.shape[0] != 1), 1)
    return [np.broadcast_to(part, (batch,) + part.shape[1:]) for part in parts]


def _concat(inputs: List[Any], a: Dict[str, Any]) -> List[Any]:
    return [np.concatenate(_with_batch(inputs), axis=a["axis"])]


def _slice(inputs: List[Any], a: Dict[str, Any]) -> List[Any]:
    x = inputs[0]
    places = [slice(None)] * x.ndim
    for axis, start, end, step in zip(a["axes"], a["starts"], a["ends"], a["steps"]):
        places[axis] = slice(start, end, step)
    return [x[tuple(places)]]


def _gather(inputs: List[Any], a: Dict[str, Any]) -> List[Any]:
    return [np.take(inputs[0], inputs[1], axis=a["axis"])]


def _split(inputs: List[Any], a: Dict[str, Any]) -> List[Any]:
    return np.split(inputs[0], np.cumsum(a["sizes"])[:-1], axis=a["axis"])


def _expand(inputs: List[Any], a: Dict[str, Any]) -> List[Any]:
    x = inputs[0]
    return [np.broadcast_to(x, x.shape[:1] + tuple(a["shape"]))]


def _tile(inputs: List[Any], a: Dict[str, Any]) -> List[Any]:
    return [np.tile(inputs[0], a["repeats"])]


def _reduced(function: Callable[..., Any]) -> Operator:
    def apply(inputs: List[Any], a: Dict[str, Any]) -> List[Any]:
        return [function(inputs[0], axis=tuple(a["axes"]), keepdims=bool(a["keepdims"]))]

    return apply


def _arg_min(inputs: List[Any], a: Dict[str, Any]) -> List[Any]:
    index = np.argmin(inputs[0], axis=a["axis"]).astype(np.int64)
    return [np.expand_dims(index, a["axis"]) if a["keepdims"] else index]


def _max_pool(inputs: List[Any], a: Dict[str, Any]) -> List[Any]:
    """Of x (N, C, ...), one tap of the window after the other; what is padded is never the largest."""
    axes = len(a["kernel_shape"])
    around = [(0, 0), (0, 0)] + list(zip(a["pads"][:axes], a["pads"][axes:]))
    x = np.pad(inputs[0], around, mode="constant", constant_values=-np.inf)
    reach = [d * (k - 1) for k, d in zip(a["kernel_shape"], a["dilations"])]
    places = [range(0, n - r, s) for n, r, s in zip(x.shape[2:], reach, a["strides"])]
    taps = []
    for tap in np.ndindex(*a["kernel_shape"]):
        starts = [t * d for t, d in zip(tap, a["dilations"])]
        cut = [slice(b, b + p[-1] + 1, p.step) for b, p in zip(starts, places)]
        taps.append(x[(slice(None), slice(None)) + tuple(cut)])
    return [reduce(np.maximum, taps)]


def _global_average_pool(inputs: List[Any], a: Dict[str, Any]) -> List[Any]:
    return [inputs[0].mean(axis=tuple(range(2, inputs[0].ndim)), keepdims=True)]


REDUCTIONS: Dict[str, Operator] = {
    "ReduceMean": _reduced(np.mean),
    "ReduceSum": _reduced(np.sum),
    "ReduceMax": _reduced(np.max),
    "ReduceMin": _reduced(np.min),
    "ReduceProd": _reduced(np.prod),
}
"""Over the attribute ``axes``."""

SHAPING: Dict[str, Operator] = {
    **REDUCTIONS,
    "ArgMin": _arg_min,
    "Concat": _concat,
    "Expand": _expand,
    "Gather": _gather,
    "GlobalAveragePool": _global_average_pool,
    "MaxPool": _max_pool,
    "Slice": _slice,
    "Split": _split,
    "Tile": _tile,
}
"""By name."""
