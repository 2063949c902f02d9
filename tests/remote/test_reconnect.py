"""A connection that breaks: the right results all the same, or one sentence."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from faults import Proxy, echo_deployment

from finn.emulator import EmulatedBoard
from finn.errors import FinnError
from finn.remote import (
    BoardAddress,
    Connection,
    Session,
    UnreachableError,
    connect,
    deploy,
    open_session,
)

CUTS = 20


@pytest.fixture(scope="module")
def board() -> Iterator[EmulatedBoard]:
    with EmulatedBoard() as running:
        yield running


@pytest.fixture
def proxy(board: EmulatedBoard) -> Iterator[Proxy]:
    with Proxy(board.port) as running:
        yield running


@pytest.fixture
def connection(board: EmulatedBoard, proxy: Proxy) -> Iterator[Connection]:
    address = BoardAddress(board.host, proxy.port, board.username)
    opened = connect(address, password=board.password, host_key=board.host_key)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return echo_deployment(tmp_path_factory.mktemp("echo") / "deploy")


@pytest.fixture
def session(connection: Connection, build: Path) -> Session:
    return open_session(connection, deploy(connection, build, "finn"))


def batch(size: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (size, 4), np.uint8)


def check(session: Session, size: int, seed: int) -> None:
    packed = batch(size, seed)
    np.testing.assert_array_equal(session.execute([packed])[0], packed)


def test_a_cut_anywhere_in_a_request_changes_no_answer(session: Session, proxy: Proxy) -> None:
    check(session, 20_000, 0)
    before = proxy.passed
    check(session, 20_000, 1)
    traffic = proxy.passed - before
    chosen = random.Random(1)
    for seed in range(CUTS):
        proxy.cut_after(chosen.randrange(traffic))
        check(session, 20_000, seed)
    assert proxy.cuts == CUTS


def test_a_cut_between_two_requests_is_no_harm(
    session: Session, proxy: Proxy, capsys: pytest.CaptureFixture[str]
) -> None:
    check(session, 5, 1)
    proxy.cut()
    check(session, 5, 2)
    told = f"the connection to xilinx@127.0.0.1:{proxy.port} was lost; connecting again"
    assert capsys.readouterr().err.splitlines() in ([], [told])


def test_a_board_that_is_gone_is_given_up(
    session: Session, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("finn.remote.session.PAUSES", (0.0, 0.01))
    proxy.refuse = True
    proxy.cut()
    with pytest.raises(UnreachableError, match=r"was lost and 2 attempts to go on failed, the last because"):
        session.execute([batch(1, 1)])
    assert len(capsys.readouterr().err.splitlines()) == 2
    proxy.refuse = False
    check(session, 3, 3)


def test_a_driver_that_is_another_after_a_cut_is_not_believed(
    session: Session, proxy: Proxy, board: EmulatedBoard
) -> None:
    server = next(board.directory.glob("finn/*/runtime/server.py"))
    text = server.read_text()
    server.write_text(text.replace("build_id=1", "build_id=2"))
    proxy.cut()
    with pytest.raises(FinnError, match="it has another design than before the connection was lost"):
        session.execute([batch(1, 1)])
    server.write_text(text)
    assert not session.is_open
