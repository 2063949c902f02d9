"""Several boards that share a batch: results in order, whatever becomes of some of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from faults import Proxy, connect_to, echo_deployment, frames

from finn.emulator import EmulatedBoard
from finn.errors import FinnError
from finn.remote import BoardAddress, Connection, Farm, LoginError, Session, deploy, open_session

PASSWORD = "the same on both"


@pytest.fixture(scope="module")
def boards() -> Iterator[list[EmulatedBoard]]:
    with EmulatedBoard(password=PASSWORD) as first, EmulatedBoard(password=PASSWORD) as second:
        yield [first, second]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return echo_deployment(tmp_path_factory.mktemp("echo") / "deploy")


@pytest.fixture
def proxy(boards: list[EmulatedBoard]) -> Iterator[Proxy]:
    with Proxy(boards[1].port) as running:
        yield running


@pytest.fixture
def connections(boards: list[EmulatedBoard], proxy: Proxy) -> Iterator[list[Connection]]:
    opened = [connect_to(boards[0]), connect_to(boards[1], proxy.port)]
    yield opened
    for connection in opened:
        connection.close()


@pytest.fixture
def sessions(connections: list[Connection], build: Path) -> list[Session]:
    return [open_session(connection, deploy(connection, build, "finn")) for connection in connections]


def check(farm: Farm, size: int, seed: int = 0) -> None:
    packed = frames(size, seed)
    np.testing.assert_array_equal(farm.execute([packed])[0], packed)


def requests(session: Session) -> int:
    return session._requests


def test_all_boards_take_part_and_results_are_in_order(sessions: list[Session]) -> None:
    farm = Farm(sessions)
    for size in (0, 1, 2, 7, 1000):
        check(farm, size, size)
    assert all(requests(session) > 2 for session in sessions)
    assert farm.names == [session.name for session in sessions]


def test_a_board_that_fails_is_dropped_and_its_share_redone(
    sessions: list[Session], proxy: Proxy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("finn.remote.persistence.PAUSES", (0.0,))
    farm = Farm(sessions)
    check(farm, 10)
    proxy.refuse = True
    proxy.cut_after(100_000)
    check(farm, 100_000, 1)
    warnings = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: ")]
    assert len(warnings) == 1
    assert warnings[0].startswith(f"warning: {sessions[1].name} is left out from now on: the connection to ")
    assert farm.names == [sessions[0].name]
    before = requests(sessions[1])
    check(farm, 50, 2)
    assert requests(sessions[1]) == before
    proxy.refuse = False


def test_a_board_that_fails_with_the_last_share_leaves_it_to_those_that_had_ended(
    sessions: list[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    idle = threading.Event()
    run = Session.run

    async def late(self: Session, packed: list[np.ndarray]) -> list[np.ndarray]:
        if self is sessions[1]:
            while not idle.is_set():
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.5)
            raise FinnError("too late")
        result = await run(self, packed)
        idle.set()
        return result

    monkeypatch.setattr(Session, "run", late)
    check(Farm(sessions), 100)


def test_when_all_boards_fail_there_is_one_error(sessions: list[Session]) -> None:
    farm = Farm(sessions)
    with pytest.raises(FinnError) as failed:
        farm.execute([np.zeros((5, 3), np.uint8)])
    reason = "input x wants frames of 4 bytes"
    first, second = (session.name for session in sessions)
    assert str(failed.value) in (
        f"no board is left ({a}: {a}: {reason}; {b}: {b}: {reason}); check the boards and run again"
        for a, b in ((first, second), (second, first))
    )
    assert not farm.is_open


def test_a_board_that_is_not_there_is_left_out_at_the_start(
    boards: list[EmulatedBoard],
    connections: list[Connection],
    build: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    remote = deploy(connections[0], build, "finn")
    nowhere = BoardAddress("127.0.0.1", 1)
    farm = Farm.open([(nowhere, remote), (connections[0].address, remote)])
    assert farm.names == [connections[0].address.name]
    assert capsys.readouterr().err.startswith("warning: xilinx@127.0.0.1:1 is left out from now on: no conn")
    check(farm, 9)
    with pytest.raises(FinnError, match=r"no board is left \(xilinx@127\.0\.0\.1:1: no connection to"):
        Farm.open([(nowhere, remote)])


def test_a_refused_login_is_not_passed_over(
    boards: list[EmulatedBoard], connections: list[Connection], build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = deploy(connections[0], build, "finn")

    def refuse(address: BoardAddress) -> Connection:
        raise LoginError("the password is wrong")

    monkeypatch.setattr("finn.remote.farm.connect", refuse)
    with pytest.raises(LoginError):
        Farm.open([(connections[0].address, remote)])
