"""Waiting for a DMA, stopping it, and what its flags mean, against a register file in Python."""

from __future__ import annotations

import random

import pytest
from register_pages import DONE_IDLE, IDLE, RUNNING, Registers

from finn.runtime import BoardError, dma, waiting


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dma.time, "sleep", lambda seconds: None)


def waiting_for(page: Registers, name: str = "odma0") -> None:
    waiting.wait_for([dma.Dma(name, page)], 64, 16)


def test_a_run_is_set_up_once_and_started_each_time() -> None:
    page = Registers()
    engine = dma.Dma("idma0", page)
    for _ in range(2):
        engine.prepare(0x1_2345_6780, 9)
        engine.start()
    assert page.written == [(0x10, 0x2345_6780), (0x14, 1), (0x1C, 9), (0, 1), (0, 1)]


def test_a_slow_run_is_waited_for_as_long_as_words_move() -> None:
    def step(page: Registers) -> None:
        page.add(dma.CYCLES_LOW, 1000)
        page.add(dma.NETWORK_STALLS, 999)
        if page.values[dma.CYCLES_LOW] > 30_000_000:
            page.values[dma.CONTROL] = DONE_IDLE

    waiting_for(Registers(step, CONTROL=RUNNING))


@pytest.mark.parametrize(("side", "stalls"), [("memory", "MEMORY_STALLS"), ("network", "NETWORK_STALLS")])
def test_a_run_that_stands_still_is_given_up_and_the_side_is_named(side: str, stalls: str) -> None:
    def step(page: Registers) -> None:
        page.add(dma.CYCLES_LOW, 1500)
        page.add(getattr(dma, stalls), 1500)

    page = Registers(step, CONTROL=RUNNING)
    with pytest.raises(BoardError, match=f"makes no progress: odma0 waits for the {side}"):
        waiting_for(page)
    assert page.values[dma.CYCLES_LOW] > waiting.STUCK_CYCLES


class Running(Registers):
    """A run whose counters go on between any two reads; one word moves every ``word_cycles``."""

    def __init__(self, word_cycles: int, end: int) -> None:
        super().__init__(CONTROL=RUNNING)
        self.random = random.Random(1)
        self.now, self.word_cycles, self.end = 0, word_cycles, end

    def read(self, offset: int) -> int:
        self.now += self.random.randrange(2000)
        self.values[dma.CYCLES_LOW] = self.now
        self.values[dma.NETWORK_STALLS] = self.now - self.now // self.word_cycles
        if self.now > self.end:
            self.values[dma.CONTROL] = DONE_IDLE
        return super().read(offset)


def test_a_run_without_progress_is_given_up_although_its_counters_cannot_be_read_at_once() -> None:
    page = Running(10**12, 10**10)
    with pytest.raises(BoardError, match="makes no progress: odma0 waits for the network"):
        waiting_for(page)
    assert page.now < 10**8


@pytest.mark.parametrize("word_cycles", [8, 1000, 50_000])
def test_slow_progress_is_seen_although_the_counters_cannot_be_read_at_once(word_cycles: int) -> None:
    page = Running(word_cycles, 10**8)
    waiting.wait_for([dma.Dma("odma0", page)], 16 * word_cycles, 16)
    assert page.now > 10**8


def test_a_run_of_another_size_is_noticed() -> None:
    page = Registers(CONTROL=DONE_IDLE)
    engine = dma.Dma("odma0", page)
    engine.prepare(0x1000, 9)
    page.values[dma.FRAMES] = 9
    engine.check_frames()
    page.values[dma.FRAMES] = 7
    with pytest.raises(BoardError) as noticed:
        engine.check_frames()
    assert str(noticed.value) == "odma0 moved 7 frames, not 9; is another program using the board?"


def test_an_error_of_another_dma_is_what_is_told() -> None:
    pages = Registers(CONTROL=IDLE), Registers(CONTROL=IDLE, ERRORS=2)
    engines = [dma.Dma(name, page) for name, page in zip(("odma0", "idma0"), pages, strict=True)]
    with pytest.raises(BoardError, match="the memory refused a transfer of idma0"):
        waiting.wait_for(engines, 64, 16)


def test_a_clock_that_stands_still_is_noticed() -> None:
    with pytest.raises(BoardError, match="clock stands still"):
        waiting_for(Registers(CONTROL=RUNNING))


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (1, "the memory refused a transfer of odma0 (AXI error flags 0x1); the outputs are void"),
        (4, "odma0 refused its buffer: addresses must be multiples of 128"),
        (0, "odma0 was stopped in mid-run; is another program using the board?"),
    ],
)
def test_a_run_that_ends_early_is_an_error(flags: int, message: str) -> None:
    with pytest.raises(BoardError) as stopped:
        waiting_for(Registers(CONTROL=IDLE, ERRORS=flags))
    assert str(stopped.value) == message


def test_the_build_id_is_checked() -> None:
    engine = dma.Dma("idma0", Registers(BUILD_ID=0xCAFE))
    engine.check_build(0xCAFE)
    with pytest.raises(BoardError, match=r"of another build \(0000cafe, not 0000f00d\); deploy"):
        engine.check_build(0xF00D)


def test_an_idle_shell_is_left_alone_and_a_busy_one_is_stopped() -> None:
    idle, busy = Registers(CONTROL=DONE_IDLE), Registers(CONTROL=RUNNING)
    dma.stop_all([dma.Dma("idma0", idle)])
    assert idle.written == []
    engines = [dma.Dma("idma0", idle), dma.Dma("odma0", busy)]
    with pytest.raises(BoardError, match="does not stop; switch the board off and on"):
        dma.stop_all(engines)
    assert busy.written == idle.written == [(dma.ABORT, 1)]
    busy.step = lambda page: page.values.update({dma.CONTROL: IDLE})
    dma.stop_all(engines)


def test_cycles_beyond_32_bits_are_read_whole() -> None:
    class Rolling(Registers):
        def read(self, offset: int) -> int:
            if offset == dma.CYCLES_LOW and not self.values[dma.CYCLES_HIGH]:
                self.values[dma.CYCLES_HIGH] = 1
                return 0xFFFF_FFFF
            return super().read(offset)

    assert dma.Dma("odma0", Rolling(CYCLES_LOW=5, CYCLES_HIGH=0)).cycles == (1 << 32) + 5
