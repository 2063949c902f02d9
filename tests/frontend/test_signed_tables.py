"""Tables of steps up and down, of which the levels can be counted again."""

from __future__ import annotations

import numpy as np

from finn.frontend.levels.signed_tables import signed_tables

FIRST, VALUES, ELEMENTS = -7, 23, 5


def tables(chunks: int) -> tuple[np.ndarray, np.ndarray, int, np.ndarray, np.ndarray]:
    """Accumulator values, levels of some that rise, fall, do both and neither, and their tables."""
    levels = np.random.default_rng(5).integers(-3, 9, (VALUES, ELEMENTS))
    levels[:, 1] = np.sort(levels[:, 1])
    levels[:, 2] = np.sort(levels[:, 2])[::-1]
    levels[:, 3] = 4
    grid = np.arange(FIRST, FIRST + VALUES)[:, None]
    most, up, down = signed_tables(np.array_split(grid, chunks), np.array_split(levels, chunks), -3)
    return grid, levels, most, up, down


def test_levels_are_what_is_counted() -> None:
    for chunks in (1, 3):
        grid, levels, most, up, down = tables(chunks)
        counted = (grid[..., None] >= up).sum(axis=2) - (grid[..., None] >= down).sum(axis=2)
        assert np.array_equal(counted - 3, levels)
        assert most == max(up.shape[1], down.shape[1])


def test_rows_ascend_and_end_above_all_values() -> None:
    _, _, _, up, down = tables(2)
    for table in (up, down):
        assert np.all(np.diff(table, axis=1) >= 0)
        assert table.min() >= FIRST and table.max() == FIRST + VALUES
