"""An emulated board with a deployment of the loopback shell, for each file that has none of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from board_programs import install
from deployments import loopback_deployment
from faults import connect_to

from finn.emulator import EmulatedBoard
from finn.remote import Connection


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedBoard]:
    with EmulatedBoard(seed=5) as running:
        install(running, loopback_deployment(tmp_path_factory.mktemp("build") / "deploy"), "job")
        yield running


@pytest.fixture(scope="module")
def connection(board: EmulatedBoard) -> Iterator[Connection]:
    opened = connect_to(board)
    yield opened
    opened.close()
