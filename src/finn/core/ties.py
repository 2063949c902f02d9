"""Counts accumulators that fall on a tie, where float32 rounding may decide a step either way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qonnx.core.modelwrapper import ModelWrapper

from finn.core.golden import golden_outputs
from finn.kernels.base import IntArray
from finn.kernels.mvau import MVAU
from finn.kernels.registry import hardware_nodes, kernel_of
from finn.kernels.vvau import VVAU

__all__ = ("count_ties",)


def count_ties(
    parent: ModelWrapper, child: ModelWrapper, tensors: Mapping[str, NDArray[Any]]
) -> dict[str, IntArray]:
    """How many values of each image (N,) met a tie, by node, when the child runs on ``tensors``.

    The ties are those of the metadata ``finn_ties`` of the parent: {node: [[channel, value], ...]}.
    """
    ties = json.loads(parent.get_metadata_prop("finn_ties") or "{}")
    context = {name: np.asarray(values).astype(np.int64) for name, values in tensors.items()}
    counts = {}
    for node in hardware_nodes(child):
        context.update(golden_outputs(child, node, context))
        points = np.asarray(ties.get(node.name, []), dtype=np.int64).reshape(-1, 2)
        if len(points):
            counts[node.name] = _hits(_accumulators(kernel_of(node, child), context[node.input[0]]), points)
    return counts


def _accumulators(kernel: Any, value: IntArray) -> IntArray:
    if not isinstance(kernel, MVAU | VVAU):
        return value
    bare = replace(
        kernel,
        thresholds=None,
        flip=(),
        activation_offset=0,
        output_datatype=kernel.accumulator_datatype,
    )
    (accumulators,) = bare.golden([value])
    return accumulators


def _hits(values: IntArray, points: IntArray) -> IntArray:
    channels = values.reshape(len(values), -1, values.shape[-1])
    # One column for each tie, compared with its own channel over the whole batch.
    met = channels[..., points[:, 0] % values.shape[-1]] == points[:, 1]
    hits: IntArray = met.sum(axis=(1, 2))
    return hits
