"""Compiled loopback shells, one of each shape in a session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from shell.loopback import Bench, Loopback

Open = Callable[..., Bench]


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Loopback], Path]:
    """Compiles a shell once."""
    built: dict[Loopback, Path] = {}

    def build(shape: Loopback) -> Path:
        if shape not in built:
            built[shape] = shape.build(tmp_path_factory.mktemp("loopback"))
        return built[shape]

    return build


@pytest.fixture
def bench(library: Callable[[Loopback], Path]) -> Open:
    """Opens a chip with a shell of a shape."""
    return lambda shape, **options: Bench(library(shape), shape, **options)
