"""Every byte arrives, and no other is touched: widths, ports, batches, seeds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from shell.conftest import Open
from shell.loopback import Bench, Loopback

PIXELS = Loopback(128, 49, 2)
# Words of one byte, of part of a byte, that divide nothing, wider than all ports, and than a block.
SHAPES = [
    PIXELS,
    Loopback(8, 784, 1),
    Loopback(56, 13, 2),
    Loopback(80, 1, 1),
    Loopback(49, 7, 4),
    Loopback(392, 16, 2),
    Loopback(1, 5, 2),
    Loopback(1100, 3, 4),
    *(
        Loopback(*shape, board="ZCU104")
        for shape in ((128, 49, 2), (8, 784, 1), (49, 7, 4), (392, 16, 2), (1100, 3, 4))
    ),
]


def name(shape: Loopback) -> str:
    return f"{shape.width}x{shape.beats}-{shape.ports}-{shape.board}"


@pytest.mark.parametrize("shape", SHAPES, ids=name)
def test_all_batches_pass(library: Callable[[Loopback], Path], shape: Loopback) -> None:
    with Bench(library(shape), shape, seed=7) as chip:
        for frames in (1, 2, 3, 17, 1, 100, 1000):
            chip.run(frames, source=128 * int(chip.random.integers(0, 64)))
            chip.renew()


@pytest.mark.parametrize("seed", range(3))
def test_first_values_do_not_matter(bench: Open, seed: int) -> None:
    with bench(PIXELS, seed=seed) as chip:
        for frames in (1, 5):
            chip.run(frames)


def test_hundred_runs_back_to_back(bench: Open) -> None:
    with bench(PIXELS, size=1 << 16) as chip:
        for _ in range(100):
            chip.run(int(chip.random.integers(1, 6)))
            chip.renew()


MEMORIES = ("latency_min=1;latency_max=2", "latency_min=1;latency_max=200", "bytes_per_cycle=1")


@pytest.mark.parametrize("config", MEMORIES)
def test_memory_of_any_speed(bench: Open, config: str) -> None:
    with bench(PIXELS, config=config) as chip:
        chip.run(40)


def test_no_frames_is_done_at_once(bench: Open) -> None:
    with bench(PIXELS) as chip:
        chip.run(0)
        chip.run(2)
