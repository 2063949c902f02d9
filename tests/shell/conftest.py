"""Compiled loopback shells, one of each shape in a session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from shell.loopback import Bench, Loopback

Open = Callable[..., Bench]
# One of each processor.
BOARDS = ("Pynq-Z1", "ZCU104")


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Loopback], Path]:
    """Compiles a shell once."""
    built: dict[Loopback, Path] = {}

    def build(shape: Loopback) -> Path:
        if shape not in built:
            built[shape] = shape.build(tmp_path_factory.mktemp("loopback"))
        return built[shape]

    return build


@pytest.fixture(params=BOARDS)
def board(request: pytest.FixtureRequest) -> str:
    """The board whose shell is tested."""
    return str(request.param)


@pytest.fixture
def bench(library: Callable[[Loopback], Path], board: str) -> Open:
    """Opens a chip with a shell of a shape, for the board."""

    def open_bench(shape: Loopback, **options: Any) -> Bench:
        shape = replace(shape, board=board)
        return Bench(library(shape), shape, **options)

    return open_bench
