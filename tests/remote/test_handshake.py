"""A connection that breaks before the login is through is made again; a board that says no is believed."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import asyncssh
import pytest
from faults import Proxy, connect_to

from finn.emulator import EmulatedBoard
from finn.errors import FinnError
from finn.remote import BoardAddress, LoginError, UnreachableError, connect

POINTS = 14  # banner, key exchange, login, start of the file transfer


@pytest.fixture(scope="module")
def board() -> Iterator[EmulatedBoard]:
    with EmulatedBoard(password="right") as running:
        yield running


@pytest.fixture
def proxy(board: EmulatedBoard) -> Iterator[Proxy]:
    with Proxy(board.port) as running:
        yield running


@pytest.fixture(scope="module")
def traffic(board: EmulatedBoard) -> int:
    """Bytes of a login, in both directions."""
    with Proxy(board.port) as running:
        opened = connect_to(board, running.port)
        passed = running.passed
        opened.close()
    return passed


@pytest.mark.parametrize("times", [1, 2])
def test_a_login_that_breaks_anywhere_goes_through_in_the_end(
    board: EmulatedBoard, traffic: int, times: int, capsys: pytest.CaptureFixture[str]
) -> None:
    for point in range(POINTS):
        with Proxy(board.port) as proxy:
            proxy.cut_after(*[point * traffic // POINTS] * times)
            opened = connect_to(board, proxy.port)
            assert opened.run("echo there").stdout == "there\n"
            assert proxy.cuts == times
            told = f"the connection to xilinx@127.0.0.1:{proxy.port} was lost; connecting again"
            assert capsys.readouterr().err.splitlines() == [told] * times
            opened.close()


def test_a_login_that_breaks_each_time_is_given_up(
    board: EmulatedBoard, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finn.remote.persistence.PAUSES", (0.0, 0.01))
    proxy.refuse = True
    with pytest.raises(UnreachableError) as given_up:
        connect_to(board, proxy.port)
    name = f"127.0.0.1:{proxy.port}"
    assert str(given_up.value) == (
        f"the connection to xilinx@{name} was lost and 2 attempts to go on failed, the last because "
        f"no connection to {name} (Connection lost); check that the board is on, and its address"
    )


def test_a_board_that_refuses_after_a_break_is_asked_no_more(
    board: EmulatedBoard, proxy: Proxy, capsys: pytest.CaptureFixture[str]
) -> None:
    proxy.cut_after(0)
    with pytest.raises(LoginError, match="the password or key is wrong"):
        connect(address(proxy.port), password="wrong", host_key=board.host_key)
    assert len(capsys.readouterr().err.splitlines()) == proxy.cuts == 1


def test_what_will_not_change_is_not_tried_again(
    board: EmulatedBoard, proxy: Proxy, capsys: pytest.CaptureFixture[str]
) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = server.getsockname()[1]
    with pytest.raises(LoginError, match="the password or key is wrong"):
        connect(address(proxy.port), password="wrong", host_key=board.host_key)
    with pytest.raises(FinnError, match="the host key of"):
        connect(address(proxy.port), password="right", host_key=other)
    with pytest.raises(UnreachableError, match="Connection refused"):
        connect(address(closed), password="right")
    with pytest.raises(FinnError, match="there is no host called"):
        connect(BoardAddress("no.such.host.invalid"))
    assert capsys.readouterr().err == ""


def address(port: int) -> BoardAddress:
    return BoardAddress("127.0.0.1", port)
