"""Drivers that would fail on silicon fail on the emulated board too, plain ``pynq`` code all of them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from deployments import loopback_deployment

from finn.emulator import EmulatedBoard
from finn.errors import FinnError
from finn.remote import BoardAddress, Connection, connect
from finn.remote.background import wait
from finn.remote.shell import in_profile

PRELUDE = """
import os
import numpy as np, pynq
overlay = pynq.Overlay("finn-0.bit")
def start(x, y, frames):
    for dma, buffer in ((overlay.odma0, y), (overlay.idma0, x)):
        dma.write(0x10, int(buffer.device_address))
        dma.write(0x14, 0)
        dma.write(0x1C, frames)
        dma.write(0, 1)
def run(x, y, frames=4):
    start(x, y, frames)
    while not overlay.odma0.read(0) & 2: pass
def buffer(size=4 * 784):
    return pynq.allocate((-(-size // 128) * 128,), np.uint8)
x, y = buffer(), buffer()
x[:] = np.frombuffer(os.urandom(x.size), np.uint8)
def equal(): return (np.array(x) == np.array(y))[:4 * 784].all()
def same(): print("right" if equal() else "wrong")
"""


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedBoard]:
    with EmulatedBoard(seed=3) as running:
        install(running, tmp_path_factory.mktemp("build") / "deploy")
        yield running


def install(board: EmulatedBoard, folder: Path) -> None:
    shutil.copytree(loopback_deployment(folder), board.directory / "job")


@pytest.fixture(scope="module")
def connection(board: EmulatedBoard) -> Iterator[Connection]:
    opened = open_connection(board)
    yield opened
    opened.close()


def open_connection(board: EmulatedBoard) -> Connection:
    address = BoardAddress(board.host, board.port, board.username)
    return connect(address, password=board.password, host_key=board.host_key)


def driver(board: EmulatedBoard, connection: Connection, body: str, prelude: str = PRELUDE) -> str:
    """What a driver with this code prints, or the last line of its traceback."""
    (board.directory / "job" / "user.py").write_text(prelude + body)
    done = connection.sudo("cd job && python3 -W ignore user.py")
    return (done.stdout or done.stderr).strip().splitlines()[-1]


def test_a_proper_driver_is_right(board: EmulatedBoard, connection: Connection) -> None:
    body = "for _ in range(20):\n    x.flush(); y.invalidate(); run(x, y); y.invalidate()\nsame()"
    assert driver(board, connection, body) == "right"
    assert board.messages == []


def test_a_program_that_is_killed_while_it_loads_another_design_takes_no_board_along(
    board: EmulatedBoard, connection: Connection, tmp_path: Path
) -> None:
    other = loopback_deployment(tmp_path / "deploy", mark="other")
    for file in other.glob("finn-other.*"):
        shutil.copy(file, board.directory / "job")
    body = """
import socket
from finn_board_guest.link import REQUEST
path = os.path.abspath("finn-other.bit").encode()
killed = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
killed.connect(os.environ["FINN_BOARD_SOCKET"])
killed.sendall(REQUEST.pack(b"load", 0, len(path)) + path)
killed.close()
overlay = pynq.Overlay("finn-0.bit")
x.flush(); y.invalidate(); run(x, y); y.invalidate()
same()
"""
    assert driver(board, connection, body) == "right"
    assert board.messages == []


@pytest.mark.parametrize(
    "body",
    [
        "y.invalidate(); run(x, y); y.invalidate(); same()",
        "x.flush(); y.invalidate(); run(x, y); same()",
        "pynq.Clocks.fclk0_mhz = 125; x.flush(); y.invalidate(); run(x, y); y.invalidate(); same()",
        "x.flush(); y.invalidate(); start(x, y, 4); y.invalidate(); same()",
    ],
    ids=["forgets flush", "forgets invalidate", "overclocks", "does not wait"],
)
def test_a_careless_driver_is_wrong(board: EmulatedBoard, connection: Connection, body: str) -> None:
    assert driver(board, connection, body) == "wrong"


def test_a_slower_clock_is_no_harm(board: EmulatedBoard, connection: Connection) -> None:
    body = "pynq.Clocks.fclk0_mhz = 50; x.flush(); y.invalidate(); run(x, y); y.invalidate(); same()"
    assert driver(board, connection, body) == "right"


def test_a_dirty_line_is_written_over_the_result_sooner_or_later(
    board: EmulatedBoard, connection: Connection
) -> None:
    body = """
x.flush()
for _ in range(300):
    y[:] = 0
    run(x, y)
    for _ in range(20): overlay.odma0.read(0)
    y.invalidate()
    if not equal(): break
same()
"""
    assert driver(board, connection, body) == "wrong"


def test_memory_is_never_zeroed(board: EmulatedBoard, connection: Connection) -> None:
    assert driver(board, connection, "print(np.unique(np.array(buffer(1 << 20))).size)") == "256"


def test_a_buffer_that_is_overrun(board: EmulatedBoard, connection: Connection) -> None:
    body = "x.flush(); y = pynq.allocate((3 * 784,), np.uint8); run(x, y); y.invalidate()"
    told = driver(board, connection, body)
    assert "the buffer of 2352 bytes at 0x" in told
    assert "was overrun: the guard byte at 0x" in told
    assert "was overrun" in board.messages[-1]


def test_contiguous_memory_is_limited(board: EmulatedBoard, connection: Connection) -> None:
    told = driver(board, connection, "keep = [buffer(100 << 20), buffer(30 << 20)]")
    assert told.endswith("cannot be allocated: the board has 128 MB of contiguous memory")


def test_buffers_of_an_ended_process_are_given_back(board: EmulatedBoard, connection: Connection) -> None:
    for _ in range(3):
        assert driver(board, connection, "keep = buffer(100 << 20); print('had it')") == "had it"


def test_an_address_off_the_map_is_a_bus_error(board: EmulatedBoard, connection: Connection) -> None:
    told = driver(board, connection, "pynq.MMIO(0x40100000, 4096).read(0)")
    assert told.endswith("bus error: a read at 0x40100000 was refused by the design")


def test_registers_behave_as_those_of_a_mapping(board: EmulatedBoard, connection: Connection) -> None:
    body = """
dma = overlay.odma0
dma.write(0x10, 0x1234_5680)
dma.mmio.array[0x14 // 4] = np.uint32(7)
dma.mmio.array[7:8] = -1
assert dma.mmio.array[4:6][1] == 7 and len(dma.mmio.array) == 1024
assert (np.array(dma.mmio.array[4:8]) == [0x12345680, 7, 0, 0xFFFFFFFF]).all()
assert dma.register_map.FRAMES[:] == 0xFFFFFFFF
print(dma.read(0x1C), dma.read(0x34) == 0x1234ABCD)
"""
    assert driver(board, connection, body) == "4294967295 True"


def test_a_board_for_another_board(board: EmulatedBoard, connection: Connection, tmp_path: Path) -> None:
    with EmulatedBoard("Pynq-Z2") as other:
        install(other, tmp_path / "deploy")
        opened = open_connection(other)
        told = driver(other, opened, "")
        opened.close()
    assert told.endswith("finn-0.bit was built for Pynq-Z1, this board is a Pynq-Z2")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("pynq.MMIO(0x40000000, 64).read(0)", "a read at 0x40000000 before any bitstream was loaded"),
        ("pynq.MMIO(0x80000000, 64).write(0, 1)", "a write at 0x80000000, where nothing answers"),
    ],
    ids=["before download", "no such address"],
)
def test_a_bus_that_hangs_freezes_the_board(code: str, reason: str) -> None:
    notes: list[str] = []
    with EmulatedBoard(note=notes.append) as board:
        opened = open_connection(board)
        wait(opened.ssh.create_process(in_profile(f"python3 -W ignore -c 'import pynq; {code}'")))
        deadline = time.monotonic() + 60
        while not notes and time.monotonic() < deadline:
            time.sleep(0.05)
        assert notes == [f"the emulated board froze: {reason}; start it anew"]


def test_a_frozen_board_is_noticed_by_whoever_waits_for_it() -> None:
    with EmulatedBoard(note=lambda text: None) as board:
        opened = open_connection(board)
        with pytest.raises(FinnError, match="was lost"):
            opened.run("python3 -W ignore -c 'import pynq; pynq.MMIO(0x40000000, 64).read(0)'")
        opened.close()
        with pytest.raises(FinnError, match="did not answer within 10 s"):
            open_connection(board)
