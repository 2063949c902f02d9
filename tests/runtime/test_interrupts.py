"""A program that is interrupted leaves the board as others want it, and never what is theirs in disorder."""

from __future__ import annotations

import io
import os
import signal
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from board_programs import PRELUDE, install, program
from deployments import loopback_deployment
from faults import connect_to
from register_pages import RUNNING, Registers

from finn.emulator import EmulatedBoard
from finn.remote import Connection
from finn.runtime import BoardError, engine, server, watching
from finn.runtime.description import Port
from finn.runtime.dma import Dma
from finn.runtime.server import Server

PORT = Port(
    {
        "name": "x",
        "dma": "idma0",
        "datatype": "UINT8",
        "normal_shape": [5],
        "folded_shape": [1, 5],
        "bytes_per_frame": 5,
    }
)


class Waiting:
    """An accelerator without a batch; on its DMA runs what another client started."""

    emulated, fclk_mhz, frames_per_run = True, 100.0, 10
    description = SimpleNamespace(name="idle", build_id=1, board="Pynq-Z1", inputs=[PORT], outputs=[PORT])

    def __init__(self) -> None:
        self.page = Registers(CONTROL=RUNNING)
        self.dmas = {"odma0": Dma("odma0", self.page)}
        self.closed = False

    def __enter__(self) -> Waiting:
        return self

    def __exit__(self, *error: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        self.closed = True


class Interrupted(io.BytesIO):
    """Requests that do not come before the interrupt does."""

    def read(self, size: int | None = -1) -> bytes:
        os.kill(os.getpid(), signal.SIGINT)
        return super().read(size)


@pytest.fixture
def handler() -> Iterator[None]:
    """The test runner's own way with SIGINT is back afterwards."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def watched(source: io.BytesIO) -> Server:
    """A server whose client does not hang up by itself."""
    serving = Server(source, io.BytesIO())
    server.watch(serving, os.pipe()[0])
    return serving


@pytest.mark.usefixtures("handler")
def test_an_interrupt_between_two_requests_touches_no_register() -> None:
    accelerator = Waiting()
    with pytest.raises(KeyboardInterrupt):
        watched(Interrupted()).serve(lambda note: accelerator)
    assert accelerator.page.written == []
    assert accelerator.closed


@pytest.mark.usefixtures("handler")
def test_a_client_that_closes_and_hangs_up_interrupts_nothing() -> None:
    accelerator = Waiting()
    watched(io.BytesIO()).serve(lambda note: accelerator)
    assert accelerator.closed


def test_an_interrupted_wait_for_the_figures_leaves_no_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    told, joins = threading.Event(), iter([KeyboardInterrupt()])
    join = threading.Thread.join

    def interrupted(self: threading.Thread, timeout: float | None = None) -> None:
        for error in joins:
            raise error
        join(self, timeout)

    monkeypatch.setattr(threading.Thread, "join", interrupted)
    monkeypatch.setattr(watching, "PERIOD_SECONDS", 0.001)
    watch = watching.Watching({}, {}, lambda figures: told.set())
    with pytest.raises(KeyboardInterrupt), watch:
        assert told.wait(20)
    assert not watch._thread.is_alive()


def test_what_does_not_stop_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def never(dmas: list[Dma]) -> None:
        asked.append(len(dmas))
        raise BoardError("the accelerator does not stop; switch the board off and on")

    monkeypatch.setattr(engine, "stop_all", never)
    description = SimpleNamespace(inputs=[], outputs=[PORT], ports=[PORT], expected_cycles_per_frame=1)
    stuck = engine.Engine(description, {"idma0": Dma("idma0", Registers())}, lambda **options: None)  # type: ignore[arg-type]
    stuck.stop()
    stuck.stop()
    with pytest.raises(BoardError, match="does not stop"):
        stuck.start(0, 3)
    assert (asked, stuck.sound) == ([1], False)


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedBoard]:
    with EmulatedBoard(seed=6) as running:
        folder = tmp_path_factory.mktemp("build")
        install(running, loopback_deployment(folder / "deploy"), "job")
        install(running, loopback_deployment(folder / "other", mark="other"), "other")
        yield running


@pytest.fixture(scope="module")
def connection(board: EmulatedBoard) -> Iterator[Connection]:
    opened = connect_to(board)
    yield opened
    opened.close()


CLIENTS = """
import io, os, signal
from runtime import server
from runtime.dma import Dma, stop_all
def idle(acc):
    return all(dma.idle for dma in acc.dmas.values())
def packed(count, seed=0):
    return [frames(count, seed).astype(np.uint8)]
class Gone(io.BytesIO):
    def read(self, size=-1):
        raise KeyboardInterrupt
def gone(acc):
    try:
        server.Server(Gone(), io.BytesIO()).serve(lambda note: acc)
    except KeyboardInterrupt:
        print("gone")
"""


def test_a_client_that_leaves_does_not_end_the_run_of_another(
    connection: Connection, board: EmulatedBoard
) -> None:
    body = """
first, second = Accelerator("."), Accelerator(".")
same(first(frames(7)), frames(7))
x = packed(4000, 1)
with second.alone() as engine:
    engine.load(x)
    engine.start(0, 4000)
    gone(first)
    print("runs on", not idle(second))
    engine.wait()
    same(engine.outputs(0, 4000)[0], x[0])
second.close()
"""
    assert program(connection, board, CLIENTS + body) == ["right", "gone", "runs on True", "right"]
    assert board.messages == []


def test_whatever_ends_a_turn_early_has_the_run_stopped(connection: Connection, board: EmulatedBoard) -> None:
    body = """
with Accelerator(".") as acc:
    try:
        with acc.alone() as engine:
            engine.load(packed(4000))
            engine.start(0, 4000)
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        print("interrupted", idle(acc))
    same(acc(frames(9, 2)), frames(9, 2))
"""
    assert program(connection, board, CLIENTS + body) == ["interrupted True", "right"]


def test_a_second_interrupt_does_not_keep_a_run_from_being_stopped(
    connection: Connection, board: EmulatedBoard
) -> None:
    body = """
from runtime import engine as module
def again(dmas):
    os.kill(os.getpid(), signal.SIGINT)
    stop_all(dmas)
module.stop_all = again
signal.signal(signal.SIGINT, server._interrupted)
with Accelerator(".") as acc:
    try:
        with acc.alone() as engine:
            engine.load(packed(4000))
            engine.start(0, 4000)
            os.kill(os.getpid(), signal.SIGINT)
            engine.wait()
    except KeyboardInterrupt:
        print("interrupted", idle(acc))
"""
    assert program(connection, board, CLIENTS + body) == ["interrupted True"]


def test_a_program_that_is_killed_while_it_loads_leaves_no_trust_in_what_was_set_up_before(
    connection: Connection, board: EmulatedBoard
) -> None:
    body = """
with Accelerator(".") as first:
    same(first(frames(50)), frames(50))
    check = Dma.check_build
    def killed(self, build_id):
        raise KeyboardInterrupt
    Dma.check_build = killed
    try:
        Accelerator(".")
    except KeyboardInterrupt:
        Dma.check_build = check
    same(first(frames(50, 3)), frames(50, 3))
"""
    assert program(connection, board, CLIENTS + body) == ["right", "right"]
    assert board.messages == []


def test_a_run_that_was_left_in_another_design_is_stopped_before_that_is_replaced(
    connection: Connection, board: EmulatedBoard
) -> None:
    left = """
import os, signal
with Accelerator(".") as acc, acc.alone() as engine:
    engine.slots.grow(9)
    port = acc.description.outputs[0]
    acc.dmas["odma0"].prepare(engine.slots.address(port, 0), 9)
    acc.dmas["odma0"].start()
    os.kill(os.getpid(), signal.SIGKILL)
"""
    (board.directory / "other" / "user.py").write_text(PRELUDE + left)
    body = """
import pynq, subprocess
with Accelerator(".") as first:
    subprocess.call(["python3", "-W", "ignore", "user.py"], cwd="../other")
    overlay = pynq.Overlay
    def load(path):
        print("idle", idle(first))
        return overlay(path)
    print("idle", idle(first))
    pynq.Overlay = load
    same(first(frames(20, 4)), frames(20, 4))
"""
    assert program(connection, board, CLIENTS + body) == ["idle False", "idle True", "right"]
    assert board.messages == []
