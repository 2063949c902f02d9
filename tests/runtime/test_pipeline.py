"""The pipeline and its worker against an engine in Python that inverts bytes a moment later.

It cannot show what a memory that is not coherent does; tests/runtime/test_accelerator.py does that.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from finn.runtime import BoardError
from finn.runtime.batches import PackedBatch
from finn.runtime.buffers import PAGE, Slots
from finn.runtime.pipeline import Pipeline
from finn.runtime.worker import Worker

PORT = SimpleNamespace(name="x", dma="idma0", bytes_per_frame=3)
DESCRIPTION = SimpleNamespace(inputs=[PORT], outputs=[PORT])


class FakeSlots:
    """Two slots of a size that is made larger on demand."""

    def __init__(self) -> None:
        self.memory = np.zeros((2, 0, 3), np.uint8)

    def fit(self, frames: int) -> bool:
        return 0 < self.memory.shape[1] >= frames

    def grow(self, frames: int) -> None:
        self.memory = np.full((2, frames, 3), 0x55, np.uint8)


class FakeEngine:
    """What it does is in ``log``; the results of a run are there only after the wait for it."""

    def __init__(self) -> None:
        self.slots = FakeSlots()
        self.log: list[str] = []
        self.failing: set[int] = set()
        self.running: int | None = None
        self.runs = 0

    def inputs(self, slot: int, frames: int) -> list[np.ndarray]:
        assert slot != self.running
        self.log.append(f"pack {slot}")
        return [self.slots.memory[slot, :frames]]

    def publish(self, slot: int, frames: int) -> None:
        assert slot != self.running

    def start(self, slot: int, frames: int) -> None:
        assert self.running is None
        self.running, self.frames = slot, frames
        self.log.append(f"start {slot}")

    def wait(self) -> None:
        assert self.running is not None
        slot, self.running = self.running, None
        self.runs += 1
        if self.runs in self.failing:
            raise BoardError(f"run {self.runs} failed")
        self.slots.memory[slot, : self.frames] ^= 0xFF
        self.log.append(f"end {slot}")

    def outputs(self, slot: int, frames: int) -> list[np.ndarray]:
        assert slot != self.running
        self.log.append(f"unpack {slot}")
        return [self.slots.memory[slot, :frames]]

    def stop(self) -> None:
        self.running = None
        self.log.append("stop")


def batch(frames: int, seed: int = 0) -> tuple[PackedBatch, np.ndarray]:
    """A batch and what should come out."""
    values = np.random.default_rng(seed).integers(0, 256, (frames, 3), np.uint8)
    return PackedBatch(DESCRIPTION, [values]), values ^ 0xFF


def result(of: Future[Any]) -> np.ndarray:
    return np.asarray(of.result(timeout=60)[0])


@pytest.mark.parametrize("frames", [0, 1, 4, 5, 19])
def test_a_batch_of_any_size(frames: int) -> None:
    pipeline = Pipeline(FakeEngine(), 4)
    work, expected = batch(frames)
    pipeline.feed(work)
    pipeline.flush()
    np.testing.assert_array_equal(result(work.future), expected)


def test_the_next_slice_is_packed_and_the_last_unpacked_while_one_runs() -> None:
    engine = FakeEngine()
    pipeline = Pipeline(engine, 4)
    pipeline.feed(batch(12)[0])
    pipeline.flush()
    assert engine.log == [
        "pack 0", "start 0",
        "pack 1", "end 0", "start 1", "unpack 0",
        "pack 0", "end 1", "start 0", "unpack 1",
        "end 0", "unpack 0",
    ]  # fmt: skip


def test_batches_follow_each_other_without_a_break_and_memory_grows_between() -> None:
    engine = FakeEngine()
    pipeline = Pipeline(engine, 100)
    work = [batch(frames, frames) for frames in (2, 2, 30, 1)]
    for one, _ in work:
        pipeline.feed(one)
    assert engine.log[:5] == ["pack 0", "start 0", "pack 1", "end 0", "start 1"]
    pipeline.flush()
    for one, expected in work:
        np.testing.assert_array_equal(result(one.future), expected)
    assert engine.slots.memory.shape[1] == 30


@pytest.mark.parametrize("failing", [1, 2, 3, 4])
def test_a_run_that_fails_ends_its_own_batch_only(failing: int) -> None:
    engine = FakeEngine()
    engine.failing = {failing}
    pipeline = Pipeline(engine, 4)
    work = [batch(frames, frames) for frames in (3, 8, 2)]
    for one, _ in work:
        pipeline.feed(one)
    pipeline.flush()
    hit = {1: 0, 2: 1, 3: 1, 4: 2}[failing]
    for index, (one, expected) in enumerate(work):
        if index == hit:
            with pytest.raises(BoardError, match=f"run {failing} failed"):
                result(one.future)
        else:
            np.testing.assert_array_equal(result(one.future), expected)


@pytest.mark.parametrize("step", ["fill", "drain"])
def test_data_that_cannot_be_packed_or_unpacked_ends_its_own_batch_only(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = Pipeline(FakeEngine(), 4)
    work = [batch(frames, frames) for frames in (3, 11, 2)]

    def spoilt(part: slice, views: list[np.ndarray]) -> None:
        raise ValueError("out of range")

    monkeypatch.setattr(work[1][0], step, spoilt)
    for one, _ in work:
        pipeline.feed(one)
    pipeline.flush()
    with pytest.raises(ValueError, match="out of range"):
        result(work[1][0].future)
    for one, expected in (work[0], work[2]):
        np.testing.assert_array_equal(result(one.future), expected)


def test_what_is_abandoned_is_told() -> None:
    engine = FakeEngine()
    pipeline = Pipeline(engine, 4)
    one, _ = batch(3)
    pipeline.feed(one)
    pipeline.abandon(BoardError("enough"))
    with pytest.raises(BoardError, match="enough"):
        result(one.future)


class Session:
    """What a worker is given; ``gate`` holds the first batch back."""

    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.gate = threading.Event()

    @contextmanager
    def __call__(self) -> Iterator[Pipeline]:
        assert self.gate.wait(10)
        yield Pipeline(self.engine, 4)


@pytest.fixture
def session() -> Session:
    return Session()


def test_futures_come_in_order_and_closing_waits_for_them(session: Session) -> None:
    worker = Worker(session)
    work = [batch(frames, frames) for frames in (9, 1, 0, 6)]
    order: list[int] = []
    for index, (one, _) in enumerate(work):
        worker.put(one).add_done_callback(lambda _, index=index: order.append(index))
    session.gate.set()
    worker.close()
    assert order == [0, 1, 2, 3]
    for one, expected in work:
        np.testing.assert_array_equal(result(one.future), expected)
    with pytest.raises(BoardError, match="the accelerator is closed; open it again"):
        worker.put(batch(1)[0])


def test_closing_cancels_what_has_not_begun(session: Session) -> None:
    worker = Worker(session)
    first, others = batch(5)[0], [batch(1)[0] for _ in range(3)]
    worker.put(first)
    while not worker._queue.empty():  # until the thread has taken it
        time.sleep(0.001)
    for one in others:
        worker.put(one)
    threading.Timer(0.2, session.gate.set).start()
    worker.close(cancel=True)
    assert first.future.done()
    for one in others:
        with pytest.raises(CancelledError):
            one.future.result(timeout=0)


def test_a_cancelled_future_is_left_out(session: Session) -> None:
    worker = Worker(session)
    futures = [worker.put(batch(2)[0]) for _ in range(3)]
    assert futures[1].cancel()
    session.gate.set()
    worker.close()
    assert [future.cancelled() for future in futures] == [False, True, False]
    assert session.engine.runs == 2


def test_a_board_that_cannot_be_had_ends_the_batch() -> None:
    def session() -> Any:
        raise BoardError("no board")

    worker = Worker(session)
    future = worker.put(batch(2)[0])
    with pytest.raises(BoardError, match="no board"):
        future.result(timeout=60)
    worker.close()


class Buffer(np.ndarray):  # type: ignore[type-arg]
    """Ordinary memory with an address that it claims to have."""

    device_address = 0x1000_0000

    def freebuffer(self) -> None:
        pass


def allocator(address: int = 0x1000_0000, missing: int = 0) -> Any:
    def allocate(shape: tuple[int], dtype: Any) -> Any:
        buffer = np.zeros(shape[0] - missing, dtype).view(Buffer)
        buffer.device_address = address
        return buffer

    return allocate


def test_slots_begin_at_pages_and_grow() -> None:
    slots = Slots([PORT], allocator())
    assert not slots.fit(0)
    slots.grow(1)
    assert slots.fit(PAGE // 3)
    assert not slots.fit(PAGE // 3 + 1)
    assert slots.address(PORT, 1) - slots.address(PORT, 0) == PAGE
    slots.grow(5000)
    assert slots.address(PORT, 1) - slots.address(PORT, 0) == 4 * PAGE
    first, second = (slots.view(PORT, slot, 5000) for slot in (0, 1))
    assert first.shape == (5000, 3)
    assert not np.shares_memory(first, second)


@pytest.mark.parametrize("address", [0x1000_0001, 0x1000_0080, 0x1000_0800])
def test_a_buffer_that_is_not_aligned_is_refused(address: int) -> None:
    with pytest.raises(BoardError) as refused:
        Slots([PORT], allocator(address)).grow(1)
    assert str(refused.value) == f"a buffer lies at {address:#x}, which is no multiple of 4096"


def test_a_buffer_that_is_too_small_is_refused() -> None:
    with pytest.raises(BoardError) as refused:
        Slots([PORT], allocator(missing=1)).grow(1)
    assert str(refused.value) == "a buffer of 8192 bytes was asked for, and 8191 were given"
