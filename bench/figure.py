"""One measured figure, how it is timed, and where the networks are."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ("BATCH", "DIGITS", "ROOT", "SHARED", "TFC_FOLDING", "Figure", "shortest", "timed")

ROOT = Path(__file__).parents[1]
DIGITS = ROOT / "examples" / "digits"
SHARED = ROOT.parent / "shared" / "models"
BATCH = 1000
SHORT_RUNS = 7
TFC_FOLDING = {
    "Defaults": {},
    **{
        f"MVAU_{i}": {"PE": pe, "SIMD": simd}
        for i, (pe, simd) in enumerate([(16, 49), (8, 8), (8, 8), (10, 8)])
    },
}


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    name: str
    value: float
    unit: str
    note: str = ""


def shortest(job: Callable[[], object], runs: int = SHORT_RUNS) -> float:
    """Seconds of the fastest of ``runs`` calls."""
    return min(timed(job)[0] for _ in range(runs))


def timed(job: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of one call, and what it returned."""
    start = time.perf_counter()
    result = job()
    return time.perf_counter() - start, result
