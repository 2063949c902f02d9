"""Values of RTL parameters."""

from __future__ import annotations

import pytest

from finn.toolchain.literal import Word, literal


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"),
        (-3, "-3"),
        ("auto", '"auto"'),
        (Word(0, 2), "2'h0"),
        (Word((7 << 64) | 10, 96), "96'h7000000000000000a"),
    ],
)
def test_literal(value: int | str, text: str) -> None:
    assert literal(value) == text
