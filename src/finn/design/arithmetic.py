"""Which layers multiply in a board's DSPs, and which in LUTs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from finn.core.network import Instance
from finn.kernels.mvau import MVAU
from finn.kernels.requantise import Requantise
from finn.kernels.streaming_eltwise import StreamingEltwise

__all__ = ("MULTIPLYING", "settle_arithmetic")

MULTIPLYING = (MVAU, Requantise, StreamingEltwise)
"""Kernels that multiply in DSPs or in LUTs, as their ``res_type`` says."""


def settle_arithmetic(parts: Sequence[Instance], dsps: int) -> list[Instance]:
    """The network with ``dsp`` or ``lut`` where a layer's choice is free (``auto``).

    Layers that save the most LUTs for each DSP come first, as far as ``dsps`` goes.
    """
    free = {
        p.name: p.kernel for p in parts if isinstance(p.kernel, MULTIPLYING) and p.kernel.res_type == "auto"
    }
    left = dsps - sum(part.kernel.resources().dsp for part in parts if part.name not in free)
    costs = {name: kernel.resources() for name, kernel in free.items()}
    names = list(free)
    if sum(cost.dsp for cost in costs.values()) > left:
        in_luts = {name: replace(kernel, res_type="lut").resources().lut for name, kernel in free.items()}
        names.sort(key=lambda n: (in_luts[n] - costs[n].lut) / max(costs[n].dsp, 1), reverse=True)
    chosen = dict.fromkeys(free, "lut")
    for name in names:
        if 0 < costs[name].dsp <= left:
            chosen[name] = "dsp"
            left -= costs[name].dsp
    return [
        replace(p, kernel=replace(free[p.name], res_type=chosen[p.name])) if p.name in free else p
        for p in parts
    ]
