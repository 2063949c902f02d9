"""Starting and stopping emulated boards: nothing is left behind, whatever happens."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fake_tools import fake_load

from finn.emulator import EmulatedBoard
from finn.errors import FinnError


def processes_of(marker: str) -> list[str]:
    listed = subprocess.run(
        ["ps", "axeww", "-o", "pid,args"], capture_output=True, text=True, check=True
    ).stdout
    return [line for line in listed.splitlines() if marker in line and "ps axeww" not in line]


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 2).close()
    except ConnectionRefusedError:
        return False
    return True


def test_stopping_takes_all_processes_and_files() -> None:
    with EmulatedBoard() as board:
        root = board.directory.parents[2]
        assert root.is_dir() and board.key.is_file()
    assert not root.exists()
    assert not board.key.exists()
    assert not processes_of(str(root))


class SlowToEnd:
    """A board's process that takes four minutes to end, by a clock that goes on as it is waited for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stdin = self.stdout = io.StringIO()
        self.now, self.killed = 0.0, False
        monkeypatch.setattr("time.monotonic", lambda: self.now)

    def wait(self, seconds: float | None = None) -> None:
        self.now += min(240.0, 240.0 if seconds is None else seconds)
        if self.now < 240 and not self.killed:
            raise subprocess.TimeoutExpired("board", self.now)

    def kill(self) -> None:
        self.killed = True


@pytest.mark.parametrize(("wanting", "killed"), [(15, False), (0, True)], ids=["busy machine", "hang"])
def test_a_board_is_given_time_to_end_before_it_is_killed(
    monkeypatch: pytest.MonkeyPatch, wanting: int, killed: bool
) -> None:
    fake_load(monkeypatch, wanting, 3)
    board = EmulatedBoard()
    board._process = slow = SlowToEnd(monkeypatch)  # type: ignore[assignment]
    board._stop()
    assert slow.killed == killed


def test_a_killed_parent_takes_its_board_along() -> None:
    code = (
        "from finn.emulator import EmulatedBoard\nimport time\n"
        "with EmulatedBoard() as b:\n    print(b.port, b.directory, flush=True)\n    time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    port, directory = parent.stdout.readline().split()
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 60
    while (Path(directory).exists() or answers(int(port))) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(directory).exists()
    assert not answers(int(port))


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(FinnError, match=f"cannot listen on port {port}: Address already in use"):
            EmulatedBoard(port=port).__enter__()


def test_the_password_comes_from_the_environment_or_is_random(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FINN_BOARD_PASSWORD", raising=False)
    assert EmulatedBoard().password != EmulatedBoard().password
    monkeypatch.setenv("FINN_BOARD_PASSWORD", "chosen")
    assert EmulatedBoard().password == "chosen"


def test_an_unknown_board_is_refused() -> None:
    with pytest.raises(FinnError, match="board 'Nexys' is not known"):
        EmulatedBoard(board="Nexys")


def test_serve_prints_how_to_log_in_and_ends_with_one_interrupt() -> None:
    code = "from finn.emulator import serve\ntry:\n    serve(port=0)\nexcept BaseException:\n    print('end')"
    environment = {key: value for key, value in os.environ.items() if key != "FINN_BOARD_PASSWORD"}
    serving = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert serving.stdout
    lines = [serving.stdout.readline() for _ in range(3)]
    assert lines[0].startswith("Pynq-Z1 (emulated) at ssh://xilinx@127.0.0.1:")
    assert lines[1].startswith("password: ")
    assert lines[2].startswith("host key: SHA256:")
    serving.send_signal(signal.SIGINT)
    assert serving.communicate(timeout=120)[0] == "end\n"
