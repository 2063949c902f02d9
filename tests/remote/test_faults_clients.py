"""Several programs on one board: each waits for its turn and says so, whatever becomes of the others."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from faults import FRAME_BYTES, SLOW, Proxy, connect_to, drivers, echo_deployment, frames, until

from finn.emulator import EmulatedBoard
from finn.errors import FinnError
from finn.remote import Session, UnreachableError, deploy, open_session

SLOW_FRAME = np.full((1, FRAME_BYTES), SLOW, np.uint8)


@pytest.fixture(scope="module")
def board() -> Iterator[EmulatedBoard]:
    with EmulatedBoard() as running:
        yield running


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return echo_deployment(tmp_path_factory.mktemp("echo") / "deploy")


@pytest.fixture
def clients(board: EmulatedBoard, build: Path) -> Iterator[tuple[Session, Session, Proxy]]:
    """Two clients by connections of their own, the first through a proxy that can cut it."""
    with Proxy(board.port) as proxy:
        opened = [connect_to(board, proxy.port), connect_to(board)]
        remote = [deploy(connection, build, "finn") for connection in opened]
        first, second = (open_session(*each) for each in zip(opened, remote, strict=True))
        yield first, second, proxy
        for connection in opened:
            connection.close()


def holder(board: EmulatedBoard) -> int:
    """The process that the board's lock names, once there is one."""
    note = board.directory.parents[2] / "tmp" / "finn-pynq.holder"
    return int(note.read_text().split('"pid": ')[1].split(",")[0].split("}")[0])


def hold(session: Session) -> tuple[threading.Thread, list[FinnError]]:
    """Let a client use the board for minutes."""
    failures: list[FinnError] = []

    def run() -> None:
        try:
            session.execute([SLOW_FRAME])
        except FinnError as error:
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, failures


def test_a_client_waits_for_another_one_and_goes_on_when_that_is_killed(
    board: EmulatedBoard, clients: tuple[Session, Session, Proxy], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, _ = clients
    second.execute([frames(1)])
    idle = holder(board)
    thread, failures = hold(first)
    until(lambda: holder(board) != idle)
    held = holder(board)
    threading.Timer(1, os.kill, (held, signal.SIGKILL)).start()
    packed = frames(10, seed=1)
    np.testing.assert_array_equal(second.execute([packed])[0], packed)
    thread.join(20)
    assert len(failures) == 1 and "ended unexpectedly" in str(failures[0])
    told = capsys.readouterr().err.splitlines()
    assert re.fullmatch(
        rf"127\.0\.0\.1: \S+ \(process {held} there\) is using the board; waiting for it to finish", told[0]
    )
    assert told[1] == "127.0.0.1: the board is free now"


def test_a_client_whose_connection_is_lost_gives_up_the_board(
    board: EmulatedBoard, clients: tuple[Session, Session, Proxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finn.remote.persistence.PAUSES", (0.0,))
    first, second, proxy = clients
    second.execute([frames(1)])
    idle = holder(board)
    thread, failures = hold(first)
    until(lambda: holder(board) != idle)
    held = holder(board)
    proxy.refuse = True
    threading.Timer(1, proxy.cut).start()
    packed = frames(10, seed=2)
    np.testing.assert_array_equal(second.execute([packed])[0], packed)
    thread.join(20)
    assert len(failures) == 1 and isinstance(failures[0], UnreachableError)
    until(lambda: held not in drivers(board))


def test_a_run_may_take_long_but_a_driver_that_stands_still_is_given_up(
    board: EmulatedBoard, clients: tuple[Session, Session, Proxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finn.remote.driver.SILENT_SECONDS", 3)
    first, second, _ = clients
    second.execute([frames(1)])
    idle = holder(board)
    thread, failures = hold(first)
    until(lambda: holder(board) != idle)
    thread.join(5)
    assert thread.is_alive() and not failures
    held = holder(board)
    os.kill(held, signal.SIGSTOP)
    thread.join(20)
    assert "does not answer any more, although the connection stands; restart the board" in str(failures[0])
    assert not first.is_open
    os.kill(held, signal.SIGKILL)
