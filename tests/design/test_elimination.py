"""Elimination against trying every combination."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from finn.design.elimination import Table, least_total


@pytest.mark.parametrize("seed", range(30))
def test_the_total_is_the_least_of_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 4, 6).tolist()
    tables = [Table((i,), rng.random(size)) for i, size in enumerate(sizes)]
    for _ in range(int(rng.integers(0, 9))):
        scope = tuple(int(v) for v in rng.choice(6, 2, replace=False))
        tables.append(Table(scope, rng.random([sizes[v] for v in scope])))

    def total(values: tuple[int, ...]) -> float:
        return sum(float(table.costs[tuple(values[v] for v in table.scope)]) for table in tables)

    chosen = least_total(sizes, tables)
    assert total(tuple(chosen)) == pytest.approx(min(total(v) for v in product(*map(range, sizes))))


def test_a_long_row_with_a_shortcut_is_quick() -> None:
    rng = np.random.default_rng(0)
    tables = [Table((i, i + 1), rng.random((60, 60))) for i in range(40)] + [
        Table((0, 40), rng.random((60, 60)))
    ]
    assert len(least_total([60] * 41, tables)) == 41
