"""The documented table of operators on integers is the code's."""

from __future__ import annotations

import re
from pathlib import Path

from finn.frontend.reading.integer_operators import FLOAT_OPERATORS

PAGE = Path(__file__).parents[2] / "docs" / "operators.rst"


def test_the_documented_table_is_the_codes() -> None:
    section = PAGE.read_text().split("QOperator models\n")[1].split("One by one")[0]
    rows = re.findall(r"^``(\w+)`` +``(\w+)``$", section, re.MULTILINE)
    assert rows == sorted(FLOAT_OPERATORS.items())
