"""How near the estimates must be to what synthesis makes of a design."""

from __future__ import annotations

from collections.abc import Iterable

from finn.build import Part, SynthesisReport

__all__ = ("wrong_estimates", "wrong_parts")

SHARE = 0.25
# A layer of a few LUTs may be off by so many.
LUTS = 20


def wrong_estimates(report: SynthesisReport) -> list[str]:
    """Sentences on the design: LUTs within a quarter, block RAMs and DSPs exact, in all and in each part."""
    total = report.total
    found = list(wrong_parts(report.parts))
    if abs(total.estimate.lut - total.synthesised.lut) > SHARE * total.synthesised.lut:
        found.append(f"total: {total.synthesised.lut} LUTs, {total.estimate.lut} estimated")
    return found


def wrong_parts(parts: Iterable[Part]) -> list[str]:
    """Sentences on parts: LUTs within a quarter or 20, block RAMs and DSPs exact."""
    found = []
    for part in parts:
        counted, expected = part.synthesised, part.estimate
        if abs(expected.lut - counted.lut) > max(SHARE * counted.lut, LUTS):
            found.append(f"{part.name}: {counted.lut} LUTs, {expected.lut} estimated")
        for kind in ("bram18", "dsp"):
            if getattr(counted, kind) != getattr(expected, kind):
                found.append(
                    f"{part.name}: {getattr(counted, kind)} {kind}, {getattr(expected, kind)} estimated"
                )
    return found
