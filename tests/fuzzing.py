"""How long readers of foreign data are fuzzed: a few examples, always the same, unless more are asked for.

``FINN_FUZZ_EXAMPLES`` sets how many examples are tried, at random then.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

__all__ = ("fuzzed",)

EXAMPLES = os.environ.get("FINN_FUZZ_EXAMPLES")


def fuzzed(usual: int) -> settings:
    """The decorator of a test that usually tries so many examples."""
    return settings(
        max_examples=int(EXAMPLES or usual),
        deadline=None,
        derandomize=not EXAMPLES,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
