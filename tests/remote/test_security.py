"""Who may reach what: the board's port, names that look like commands, passwords in what is told."""

from __future__ import annotations

import itertools
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults import connect_to, echo_deployment, frames

from finn.emulator import EmulatedBoard
from finn.errors import FinnError
from finn.remote import BoardAddress, LoginError, connect, deploy, open_session

SECRET = "p'w; $(touch oops)"
LISTENS, LOOPBACK = "0A", "0100007F"


@pytest.fixture(scope="module")
def board() -> Iterator[EmulatedBoard]:
    with EmulatedBoard(password=SECRET) as running:
        yield running


def test_the_emulated_board_listens_on_loopback_only(board: EmulatedBoard) -> None:
    tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    if not tables[0].exists():
        pytest.skip("needs /proc/net/tcp, which is Linux'")
    rows = [line.split() for table in tables for line in table.read_text().splitlines()[1:]]
    ends = [row[1].split(":") for row in rows if row[3] == LISTENS]
    assert [address for address, port in ends if int(port, 16) == board.port] == [LOOPBACK]


@pytest.mark.parametrize("username", ["xilinx; touch oops", "$(touch oops)", "-oProxyCommand=touch x", "a b"])
def test_a_user_name_only_names(board: EmulatedBoard, username: str, tmp_path: Path) -> None:
    with pytest.raises(LoginError, match="refuses the login"):
        connect(BoardAddress(board.host, board.port, username), SECRET, host_key=board.host_key)
    assert not list(board.directory.rglob("oops")) and not Path("oops").exists()


def test_a_password_that_looks_like_a_command_is_one(board: EmulatedBoard, tmp_path: Path) -> None:
    opened = connect_to(board)
    assert opened.sudo("id -u").stdout == "0\n"
    session = open_session(opened, deploy(opened, echo_deployment(tmp_path / "it's; a build"), "finn"))
    assert session.execute([frames(2)])[0].shape == (2, 4)
    assert not list(board.directory.rglob("oops"))
    opened.close()


def test_no_error_holds_the_password(board: EmulatedBoard, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = connect_to(board)
    told = []
    for attempt in (
        lambda: connect(opened.address, SECRET + "x", host_key=board.host_key),
        lambda: open_session(opened, "nowhere"),
    ):
        with pytest.raises(FinnError) as error:
            attempt()
        told += traceback.format_exception(error.value)
    opened.close()
    monkeypatch.setattr("finn.remote.connection._passwords", {opened.address.name: SECRET + "x"})
    with pytest.raises(LoginError) as refused:
        connect(opened.address, host_key=board.host_key)
    told += traceback.format_exception(refused.value)
    assert SECRET not in "".join(itertools.chain(told, map(str, board.messages)))
