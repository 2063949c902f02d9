"""Scales of what a product reads, multiplied into its weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from onnx import NodeProto

from finn.frontend.graph.attributes import refusal
from finn.frontend.levels.affine import Vector
from finn.frontend.levels.quantised import Quantised
from finn.frontend.levels.ratios import SAME_RATIO, whole_ratios

__all__ = ("multiplied_out",)


def multiplied_out(node: NodeProto, weights: Quantised, scale: Vector) -> Quantised:
    """Weights (MW, MH) whose scale is one per column, for inputs of scale 1.

    Parameters
    ----------
    node
        The product.
    weights
        Its own; a row's scale may differ from another's by a factor.
    scale
        Of the inputs: one, or one per channel. Channels come again for each pixel of a window.

    Raises
    ------
    FinnError
        If scales of rows have no whole ratios.
    """
    if scale.size == 1 and not weights.scale.strides[0]:
        return replace(weights, scale=np.broadcast_to(weights.scale[:1] * scale, weights.levels.shape))
    rows = np.tile(scale, len(weights.levels) // scale.size)
    scales = weights.scale * rows[:, None]
    if np.all(scales == scales[:1]):
        return replace(weights, scale=scales)
    ratios = scales / scales[:1]
    if np.any(np.abs(ratios / ratios[:, :1] - 1) > SAME_RATIO):
        reason = "has weight scales that differ within an output channel; use one scale per output"
        raise refusal(node, reason)
    found = whole_ratios(ratios[:, 0])
    if found is None:
        reason = "reads channels whose scales have no whole ratios of up to 20 bits"
        raise refusal(node, f"{reason}; use one scale for all channels")
    factors, step = found
    levels = weights.levels * factors[:, None]
    return Quantised(levels, np.broadcast_to(scales[:1] * step, levels.shape))
