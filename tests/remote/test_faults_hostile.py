"""A board that answers nonsense: one sentence, never a wrong result, a hang or much memory."""

from __future__ import annotations

import os
import signal
import struct
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from faults import Proxy, connect_to

from finn.emulator import EmulatedBoard
from finn.errors import FinnError
from finn.remote import BoardAddress, Connection, connect, open_session
from finn.runtime.protocol import MAGIC, PREFIX, encode

HELLO = {"kind": "hello", "inputs": [4], "outputs": [2], "name": "x"}
SERVER = """
import sys
answers = {answers!r}
sys.stdout.buffer.write(answers[0]); sys.stdout.buffer.flush()
for answer in answers[1:]:
    sys.stdin.buffer.read({request})
    sys.stdout.buffer.write(answer); sys.stdout.buffer.flush()
sys.stdin.buffer.read()
"""


@pytest.fixture(scope="module")
def board() -> Iterator[EmulatedBoard]:
    with EmulatedBoard() as running:
        yield running


@pytest.fixture(scope="module")
def connection(board: EmulatedBoard) -> Iterator[Connection]:
    address = BoardAddress(board.host, board.port, board.username)
    opened = connect(address, password=board.password, host_key=board.host_key)
    yield opened
    opened.close()


def message(header: dict[str, object], payload: bytes = b"") -> bytes:
    return encode(header, len(payload)) + payload


def install(board: EmulatedBoard, folder: str, *answers: bytes) -> None:
    """A deployment whose server says these things, the first at once, the others when asked."""
    request = len(message({"kind": "execute", "inputs": [4], "id": 1}, b"1234"))
    runtime = board.directory / folder / "runtime"
    runtime.mkdir(parents=True)
    (runtime / "__init__.py").touch()
    (runtime / "server.py").write_text(SERVER.format(answers=list(answers), request=request))
    (runtime.parent / "accelerator.json").touch()


@pytest.mark.parametrize(
    ("name", "first", "reason"),
    [
        ("noise", b"x" * 70_000, "it prints other things than messages"),
        ("huge header", PREFIX.pack(MAGIC, 1 << 31, 0), "claims 2147483648 \\+ 0 bytes, which is too long"),
        ("huge payload", PREFIX.pack(MAGIC, 2, 1 << 40), "which is too long"),
        ("no json", PREFIX.pack(MAGIC, 4, 0) + b"\x80\x04N.", "header is not JSON"),
        (
            "no sizes",
            message({"kind": "hello", "inputs": ["4"], "outputs": [2]}),
            "does not introduce itself",
        ),
        ("negative", message({"kind": "hello", "inputs": [-4], "outputs": [2]}), "does not introduce itself"),
        ("other kind", message({"kind": "result"}), "does not introduce itself"),
        ("truth", message({"kind": "hello", "inputs": [True], "outputs": [2]}), "does not introduce itself"),
        (
            "giant frames",
            message({"kind": "hello", "inputs": [4], "outputs": [1 << 40]}),
            "does not introduce itself",
        ),
        (
            "escapes",
            message({"kind": "error", "text": "\x1b[2Joff\nerror: x"}),
            r": \[2Joff error: x$",
        ),
        ("refusal", message({"kind": "error", "text": "the fan is off"}), "the fan is off"),
    ],
)
def test_a_bad_introduction(
    board: EmulatedBoard, connection: Connection, name: str, first: bytes, reason: str
) -> None:
    install(board, name, first)
    with pytest.raises(FinnError, match=reason):
        open_session(connection, name)
    assert connection.is_open
    assert not connection.sessions


@pytest.mark.parametrize(
    ("name", "answer", "reason"),
    [
        ("short", message({"kind": "result", "id": 1, "outputs": [1]}, b"a"), "size that they should have"),
        ("lying", message({"kind": "result", "id": 1, "outputs": [2]}, b"abc"), "do not add up"),
        ("stale", message({"kind": "result", "id": 9, "outputs": [2]}, b"ab"), "is for another request"),
        ("wrong kind", message({"kind": "metrics", "id": 1}), "size that they should have"),
        ("sizes as text", message({"kind": "result", "id": 1, "outputs": ["2"]}, b"ab"), "size that they"),
        ("fractions", message({"kind": "result", "id": 1, "outputs": [2.5]}, b"ab"), "size that they should"),
        ("number as text", message({"kind": "result", "id": "1", "outputs": [2]}, b"ab"), "another request"),
        ("huge answer", PREFIX.pack(MAGIC, 20, 1 << 32), "claims 20 \\+ 4294967296 bytes, which is too long"),
        ("no magic", struct.pack("<16s", b"0123456789abcdef"), "does not start with"),
    ],
)
def test_a_bad_answer(
    board: EmulatedBoard, connection: Connection, name: str, answer: bytes, reason: str
) -> None:
    install(board, name, message(HELLO), answer)
    session = open_session(connection, name)
    with pytest.raises(FinnError, match=reason):
        session.execute([np.zeros((1, 4), np.uint8)])
    with pytest.raises(FinnError, match="the session with the board is closed; open it again"):
        session.execute([np.zeros((1, 4), np.uint8)])
    assert open_session(connection, name) is not session


def test_notes_and_login_noise_do_no_harm(
    board: EmulatedBoard, connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    note = message({"kind": "note", "text": "patience"})
    result = message({"kind": "result", "id": 1, "outputs": [2]}, b"ok")
    install(board, "noisy", b"Welcome to PYNQ\n" + message(HELLO), note + result)
    (output,) = open_session(connection, "noisy").execute([np.zeros((1, 4), np.uint8)])
    assert output.tobytes() == b"ok"
    assert capsys.readouterr().err == "127.0.0.1: patience\n"


def test_a_driver_that_dies_is_quoted(board: EmulatedBoard, connection: Connection) -> None:
    install(board, "dying")
    (Path(board.directory) / "dying" / "runtime" / "server.py").write_text("raise OSError('no such luck')")
    with pytest.raises(FinnError, match="ended unexpectedly: OSError: no such luck"):
        open_session(connection, "dying")


def test_an_interrupted_request_shifts_no_answer(board: EmulatedBoard, connection: Connection) -> None:
    install(board, "slow", message(HELLO))
    session = open_session(connection, "slow")
    threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        session.execute([np.zeros((1, 4), np.uint8)])
    assert not session.is_open
    assert open_session(connection, "slow") is not session


@pytest.mark.parametrize(
    "metrics",
    [[], {"batch_size": 1}, {"batch_size": "1", "throughput[images/s]": 1.0}, {"x": {}, "batch_size": 1}],
)
def test_metrics_that_are_none(board: EmulatedBoard, connection: Connection, metrics: object) -> None:
    folder = f"metrics {uuid.uuid4()}"
    install(board, folder, message(HELLO), message({"kind": "metrics", "id": 1, "metrics": metrics}))
    with pytest.raises(FinnError, match="there are no metrics in its answer"):
        open_session(connection, folder).throughput_test(1)


def test_a_driver_that_is_another_after_a_cut_is_not_believed(board: EmulatedBoard) -> None:
    install(board, "changing", message({**HELLO, "build_id": 1}), message({"kind": "result"}))
    with Proxy(board.port) as proxy:
        connection = connect_to(board, proxy.port)
        session = open_session(connection, "changing")
        server = board.directory / "changing" / "runtime" / "server.py"
        server.write_text(server.read_text().replace('"build_id": 1', '"build_id": 2'))
        proxy.cut()
        with pytest.raises(FinnError, match="it has another design than before the connection was lost"):
            session.execute([np.zeros((1, 4), np.uint8)])
        assert not session.is_open
        connection.close()
