"""A connection that breaks, a board that is restarted: the right results all the same, or one sentence."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from deployments import loopback_deployment
from faults import Proxy, connect_to, echo_deployment, frames

from finn.emulator import EmulatedBoard
from finn.errors import FinnError
from finn.remote import (
    Connection,
    Session,
    UnreachableError,
    deploy,
    deployed_directory,
    open_session,
)

CUTS = 20
SIZE = 20_000


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
    opened = connect_to(board, proxy.port)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return echo_deployment(tmp_path_factory.mktemp("echo") / "deploy")


@pytest.fixture
def session(connection: Connection, build: Path) -> Session:
    return open_session(connection, deploy(connection, build, "finn"))


def check(session: Session, size: int, seed: int) -> None:
    packed = frames(size, seed)
    np.testing.assert_array_equal(session.execute([packed])[0], packed)


def test_a_cut_anywhere_in_a_request_changes_no_answer(session: Session, proxy: Proxy) -> None:
    check(session, SIZE, 0)
    traffic = 2 * SIZE * 4
    chosen = random.Random(1)
    for seed in range(CUTS):
        proxy.cut_after(chosen.randrange(traffic))
        check(session, SIZE, seed)
        assert proxy.cuts == seed + 1


def test_a_cut_anywhere_in_a_copy_leaves_a_whole_one_and_nothing_else(
    connection: Connection, proxy: Proxy, board: EmulatedBoard, build: Path, tmp_path: Path
) -> None:
    shutil.copytree(build, tmp_path / "deploy")
    content = np.random.default_rng(0).bytes(1 << 18)
    (tmp_path / "deploy" / "large.bin").write_bytes(content)
    chosen = random.Random(2)
    for attempt in range(CUTS):
        proxy.cut_after(chosen.randrange(len(content)))
        remote = deploy(connection, tmp_path / "deploy", f"cut{attempt}")
        assert proxy.cuts == attempt + 1
        folder = board.directory / f"cut{attempt}"
        assert [path.name for path in folder.iterdir()] == [Path(remote).name]
        assert deployed_directory(connection, tmp_path / "deploy", f"cut{attempt}") == remote
        shutil.rmtree(folder)


def test_a_board_that_is_lost_in_a_copy_has_no_half_of_it_in_use(
    connection: Connection, proxy: Proxy, board: EmulatedBoard, build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finn.remote.persistence.PAUSES", (0.0,))
    proxy.cut_after(40_000)
    proxy.refuse = True
    with pytest.raises(UnreachableError, match="was lost and 1 attempts to go on failed"):
        deploy(connection, build, "lost")
    proxy.refuse = False
    assert [path.suffix[:8] for path in (board.directory / "lost").iterdir()] == [".upload-"]
    with pytest.raises(FinnError, match="does not have this build in /home/xilinx/lost; run finn deploy"):
        deployed_directory(connection, build, "lost")


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
    monkeypatch.setattr("finn.remote.persistence.PAUSES", (0.0, 0.01))
    proxy.refuse = True
    proxy.cut()
    with pytest.raises(UnreachableError, match=r"was lost and 2 attempts to go on failed, the last because"):
        session.execute([frames(1)])
    assert len(capsys.readouterr().err.splitlines()) == 2
    proxy.refuse = False
    check(session, 3, 3)


def test_a_restarted_board_goes_on(proxy: Proxy, build: Path, tmp_path: Path) -> None:
    design = loopback_deployment(tmp_path / "deploy")
    packed = np.random.default_rng(0).integers(0, 256, (3, 784), np.uint8)
    with EmulatedBoard(password="same") as before:
        proxy.target = before.port
        opened = connect_to(before, proxy.port)
        session = open_session(opened, deploy(opened, design, "finn"))
        np.testing.assert_array_equal(session.execute([packed])[0], packed)
        shutil.copytree(before.directory / "finn", tmp_path / "disk")
    proxy.cut()
    with EmulatedBoard(password="same") as after:
        shutil.copytree(tmp_path / "disk", after.directory / "finn")
        proxy.target = after.port
        np.testing.assert_array_equal(session.execute([packed])[0], packed)
        shutil.rmtree(after.directory / "finn")
        proxy.cut()
        with pytest.raises(FinnError, match=r"has no deployment in /home/xilinx/finn/finn-\w+; run finn dep"):
            session.execute([packed])
        opened.close()
