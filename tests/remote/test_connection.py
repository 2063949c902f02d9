"""Reaching a board: who is trusted, what is refused, and with which sentence."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest
from deployments import loopback_deployment

from finn.emulator import EmulatedBoard
from finn.errors import FinnError
from finn.remote import BoardAddress, LoginError, connect, deploy
from finn.toolchain.cache import cache_directory


@pytest.fixture(scope="module")
def board() -> Iterator[EmulatedBoard]:
    with EmulatedBoard(password="right", disk_bytes=4_000_000) as running:
        yield running


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of our own, so that nothing of the user's is read or changed."""
    monkeypatch.setenv("FINN_CACHE", str(cache_directory()))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("finn.remote.connection._passwords", {})
    for variable in ("FINN_BOARD_PASSWORD", "FINN_ACCEPT_NEW_HOST_KEY", "SSH_AUTH_SOCK"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


def address(board: EmulatedBoard, username: str = "xilinx") -> BoardAddress:
    return BoardAddress(board.host, board.port, username)


def test_a_new_host_is_refused_until_it_is_accepted_once(board: EmulatedBoard, home: Path) -> None:
    with pytest.raises(FinnError) as refused:
        connect(address(board), password="right")
    assert board.fingerprint in str(refused.value)
    assert "accept it once with --accept-new-host-key or FINN_ACCEPT_NEW_HOST_KEY=1" in str(refused.value)
    assert not (home / ".ssh").exists()
    connect(address(board), password="right", accept_new_host_key=True).close()
    written = (home / ".ssh" / "known_hosts").read_text()
    assert written == f"[127.0.0.1]:{board.port} {board.host_key}\n"
    connect(address(board), password="right").close()
    assert (home / ".ssh" / "known_hosts").read_text() == written


def test_automation_accepts_by_environment(board: EmulatedBoard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINN_ACCEPT_NEW_HOST_KEY", "1")
    monkeypatch.setenv("FINN_BOARD_PASSWORD", "right")
    connect(address(board)).close()


def test_a_changed_host_key_is_refused_even_if_new_ones_are_accepted(
    board: EmulatedBoard, home: Path
) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    (home / ".ssh").mkdir()
    (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{board.port} {other}")
    with pytest.raises(FinnError, match="has changed to SHA256:") as refused:
        connect(address(board), password="right", accept_new_host_key=True)
    assert f"ssh-keygen -R '[127.0.0.1]:{board.port}'" in str(refused.value)


def test_wrong_password(board: EmulatedBoard) -> None:
    with pytest.raises(LoginError) as refused:
        connect(address(board), password="not this one", host_key=board.host_key)
    assert str(refused.value) == (
        f"xilinx@127.0.0.1:{board.port} refuses the login: the password or key is wrong; "
        "set FINN_BOARD_PASSWORD or use ssh-copy-id"
    )


def test_no_password_and_no_key(board: EmulatedBoard) -> None:
    with pytest.raises(LoginError, match="no key fits and no password was given"):
        connect(address(board), host_key=board.host_key)


def test_the_password_of_an_earlier_login_is_remembered_in_this_process(board: EmulatedBoard) -> None:
    first = connect(address(board), password="right", host_key=board.host_key)
    assert connect(address(board)) is first
    first.close()
    again = connect(address(board), host_key=board.host_key)
    assert again is not first
    assert again.sudo("id -u").stdout == "0\n"
    again.close()


def test_a_wrong_password_is_not_covered_by_an_open_connection(board: EmulatedBoard) -> None:
    opened = connect(address(board), password="right", host_key=board.host_key)
    with pytest.raises(LoginError):
        connect(address(board), password="wrong", host_key=board.host_key)
    opened.close()


def test_sudo_without_a_password(board: EmulatedBoard, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = connect(address(board), key=board.key, host_key=board.host_key)
    with pytest.raises(LoginError, match=r"sudo on .* wants a password; set FINN_BOARD_PASSWORD"):
        opened.sudo("id -u")
    monkeypatch.setenv("FINN_BOARD_PASSWORD", "wrong")
    with pytest.raises(LoginError, match="refuses the password"):
        opened.sudo("id -u")
    opened.close()


def test_a_host_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(FinnError, match=rf"no connection to 127\.0\.0\.1:{port} \(Connection refused\)"):
        connect(BoardAddress("127.0.0.1", port))
    with pytest.raises(FinnError, match=r"there is no host called no\.such\.host\.invalid"):
        connect(BoardAddress("no.such.host.invalid"))


def test_a_host_that_does_not_answer_is_given_up_after_10_seconds() -> None:
    refused = pytest.raises(FinnError, match="did not answer within 10 s; check that the board is on")
    with socket.create_server(("127.0.0.1", 0)) as server, refused:
        connect(BoardAddress("127.0.0.1", server.getsockname()[1]))


def test_a_login_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finn.remote.connection.LOGIN_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            end = server.accept()[0]
            end.sendall(b"SSH-2.0-slow\r\n")
            end.recv(1 << 16)
            time.sleep(3)

        threading.Thread(target=greet, daemon=True).start()
        with pytest.raises(FinnError, match="answers, but the login took longer than 1 s; restart the board"):
            connect(BoardAddress("127.0.0.1", server.getsockname()[1]))


def test_a_full_disk_leaves_nothing(board: EmulatedBoard, tmp_path: Path) -> None:
    build = loopback_deployment(tmp_path / "deploy")
    (build / "large.bin").write_bytes(bytes(6_000_000))
    opened = connect(address(board), password="right", host_key=board.host_key)
    with pytest.raises(FinnError, match=r"the disk of .* is full; remove files there and deploy again"):
        deploy(opened, build, "finn")
    assert not list((board.directory / "finn").iterdir())
    opened.close()


def test_a_folder_that_is_no_deployment(board: EmulatedBoard, tmp_path: Path) -> None:
    opened = connect(address(board), password="right", host_key=board.host_key)
    with pytest.raises(FinnError, match=r"is not a deployment: it has no accelerator\.json"):
        deploy(opened, tmp_path, "finn")
    opened.close()


def test_a_folder_that_cannot_be_made(board: EmulatedBoard, tmp_path: Path) -> None:
    build = loopback_deployment(tmp_path / "deploy")
    (board.directory / "file").write_text("")
    opened = connect(address(board), password="right", host_key=board.host_key)
    with pytest.raises(FinnError, match="refuses the copy"):
        deploy(opened, build, "file/below")
    opened.close()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("ssh://board", BoardAddress("board", 22, "xilinx", "finn")),
        ("ssh://me@10.0.0.5:2222/some/where", BoardAddress("10.0.0.5", 2222, "me", "some/where")),
        ("ssh://me@[::1]:2222//opt/x%20y", BoardAddress("::1", 2222, "me", "/opt/x y")),
    ],
)
def test_addresses(url: str, expected: BoardAddress) -> None:
    assert BoardAddress.parse(url) == expected


@pytest.mark.parametrize(
    "url", ["board", "http://board", "ssh://", "ssh://board:99999", "ssh://board:x", "ssh://b?q"]
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(FinnError, match="is not an address of the form ssh://user@host:port/directory"):
        BoardAddress.parse(url)


def test_an_address_with_a_password_is_refused_without_repeating_it() -> None:
    with pytest.raises(FinnError, match="must not hold a password") as refused:
        BoardAddress.parse("ssh://me:hidden@board")
    assert "hidden" not in str(refused.value)
