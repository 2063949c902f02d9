"""Steps up and down, and tables of them of which the levels can be counted again."""

from __future__ import annotations

import numpy as np

from finn.frontend.levels.steps import Steps, steps_of_boxes, steps_of_grids

FIRST, VALUES, ELEMENTS = -7, 23, 5


def levels_of_all() -> tuple[np.ndarray, np.ndarray]:
    """Accumulator values, and levels of some that rise, fall, do both and neither."""
    levels = np.random.default_rng(5).integers(-3, 9, (VALUES, ELEMENTS))
    levels[:, 1] = np.sort(levels[:, 1])
    levels[:, 2] = np.sort(levels[:, 2])[::-1]
    levels[:, 3] = 4
    # None starts at the least level of all.
    levels[0], levels[:, 1] = np.maximum(levels[0], -1), np.maximum(levels[:, 1], -1)
    return np.arange(FIRST, FIRST + VALUES)[:, None], levels


def steps(chunks: int = 1) -> Steps:
    grid, levels = levels_of_all()
    return steps_of_grids(np.array_split(grid, chunks), np.array_split(levels, chunks))


def test_levels_are_what_is_counted() -> None:
    grid, levels = levels_of_all()
    for chunks in (1, 3):
        base, up, down = steps(chunks).both_ways()
        counted = (grid[..., None] >= up).sum(axis=2) - (grid[..., None] >= down).sum(axis=2)
        assert np.array_equal(base + counted, levels)
        assert base == levels[0].min()


def test_rows_ascend_and_end_above_all_values() -> None:
    for table in steps().both_ways()[1:]:
        assert np.all(np.diff(table, axis=1) >= 0)
        assert table.min() >= FIRST and table.max() == FIRST + VALUES


def test_which_fall_and_which_turn() -> None:
    assert steps().falls.tolist() == [True, False, True, False, True]
    assert steps().turns.tolist() == [True, False, False, False, True]
    assert (steps().low, steps().high) == (levels_of_all()[1].min(), levels_of_all()[1].max())


def test_thresholds_one_way() -> None:
    grid, levels = levels_of_all()
    grids, levels = [grid], levels[:, 1:4]
    low, high = int(levels.min()) - 1, int(levels.max()) + 2
    found = steps_of_grids(grids, [levels])
    thresholds = found.one_way(low, high)
    assert thresholds.shape == (3, high - low)
    counted = (grid[..., None] >= thresholds).sum(axis=2)
    assert np.array_equal(np.where(found.falls, high - counted, low + counted), levels)


def test_boxes_give_the_same_as_single_values() -> None:
    grid, levels = levels_of_all()
    element, value = np.repeat(np.arange(ELEMENTS), VALUES), np.tile(grid[:, 0], ELEMENTS)
    boxes, whole = steps_of_boxes(element, value, levels.T.reshape(-1), FIRST + VALUES - 1), steps()
    assert (boxes.first, boxes.last, boxes.low, boxes.high) == (
        whole.first,
        whole.last,
        whole.low,
        whole.high,
    )
    for ours, theirs in zip(boxes.both_ways(), whole.both_ways(), strict=True):
        assert np.array_equal(ours, theirs)
