"""What limits the rate, as the stall counters tell it."""

from __future__ import annotations

import pytest

from finn.runtime.metrics import bound_by


@pytest.mark.parametrize(
    ("cycles", "inputs", "outputs", "expected"),
    [
        (1000, 20, 20, "network"),
        (1000, 21, 0, "input memory"),
        (1000, 0, 21, "output memory"),
        (1000, 300, 21, "input memory"),
        (1000, 21, 300, "output memory"),
    ],
)
def test_two_percent_of_stalls_make_the_memory_the_limit(
    cycles: int, inputs: int, outputs: int, expected: str
) -> None:
    assert bound_by(cycles, inputs, outputs) == expected
