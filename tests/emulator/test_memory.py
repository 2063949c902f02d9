"""The emulated board's memory, clocks and data cache, piece by piece."""

from __future__ import annotations

import random

import numpy as np
import pytest

from finn.emulator.clocks import SLCR_BASE, ZynqRegisters
from finn.emulator.guest.memory import LINE, PAGE, CachedBuffer
from finn.emulator.memory import Memory, MemoryFault

BASE = 0x1600_0000


@pytest.fixture
def memory() -> Memory:
    return Memory(BASE, 64 * PAGE, seed=1)


class FakeLink:
    """Hands out buffers of a memory in this process."""

    def __init__(self, memory: Memory) -> None:
        self.info = {"dram_base": memory.base}
        self.memory, self.allocate, self.check = memory.view, memory.allocate, memory.check


def test_buffers_are_pages_with_guards_between_them(memory: Memory) -> None:
    first, second = memory.allocate(PAGE), memory.allocate(10)
    assert first % PAGE == second % PAGE == 0
    assert second - first == 3 * PAGE
    memory.free(first)
    assert memory.allocate(100) == first


@pytest.mark.parametrize("offset", [-1, -PAGE, 100, PAGE - 1, PAGE, 2 * PAGE - 1])
def test_a_byte_beyond_a_buffer_is_noticed(memory: Memory, offset: int) -> None:
    address = memory.allocate(100)
    memory.check(address)
    memory.view[address - BASE + offset] ^= 1
    with pytest.raises(MemoryFault, match=f"the guard byte at {address + offset:#x} was written"):
        memory.free(address)


def test_memory_that_runs_out(memory: Memory) -> None:
    with pytest.raises(MemoryFault, match="a buffer of 258048 bytes cannot be allocated"):
        memory.allocate(63 * PAGE)
    memory.allocate(60 * PAGE)
    with pytest.raises(MemoryFault, match="cannot be allocated"):
        memory.allocate(1)


def test_a_process_that_takes_over_knows_all_buffers(memory: Memory) -> None:
    addresses = [memory.allocate(size) for size in (5, 5000)]
    heir = Memory(BASE, 64 * PAGE, 1, memory.descriptor, memory.blocks())
    for address in addresses:
        heir.check(address)
    assert heir.allocate(1) > max(addresses)


def test_the_fabric_clock_follows_its_dividers() -> None:
    clocks = ZynqRegisters(50.0)
    assert clocks.fabric_mhz == 100.0
    clocks.write(SLCR_BASE + 0x170, 1 << 20 | 8 << 8)
    assert clocks.fabric_mhz == 125.0
    clocks.write(SLCR_BASE + 0x170, 1 << 20 | 8 << 8 | 3 << 4)
    assert clocks.fabric_mhz == 131.25
    clocks.write(SLCR_BASE + 0x170, 0)
    assert clocks.fabric_mhz == 0.0
    # The boot loader sets the same PLLs whatever the reference: 30 times 33.33 MHz.
    assert ZynqRegisters(33.333333).fabric_mhz == pytest.approx(100.0, rel=1e-6)


def test_writes_stay_in_the_cache_until_they_are_flushed(memory: Memory) -> None:
    buffer = CachedBuffer(FakeLink(memory), 100, coherent=False)  # type: ignore[arg-type]
    ram = memory.view[buffer.address - BASE :]
    before = ram[:100].copy()
    buffer.data[:100] = before ^ 255
    np.testing.assert_array_equal(ram[:100], before)
    buffer.flush(0, LINE)
    np.testing.assert_array_equal(ram[:LINE], before[:LINE] ^ 255)
    np.testing.assert_array_equal(ram[LINE:100], before[LINE:])


def test_a_flush_leaves_clean_lines_alone(memory: Memory) -> None:
    buffer = CachedBuffer(FakeLink(memory), 2 * LINE, coherent=False)  # type: ignore[arg-type]
    ram = memory.view[buffer.address - BASE :]
    buffer.data[0] ^= 1
    ram[LINE] = 77
    buffer.flush(0, 2 * LINE)
    assert ram[0] == buffer.data[0]
    assert ram[LINE] == 77


def test_what_dma_wrote_is_seen_after_invalidation_only(memory: Memory) -> None:
    buffer = CachedBuffer(FakeLink(memory), 100, coherent=False)  # type: ignore[arg-type]
    ram = memory.view[buffer.address - BASE :]
    ram[:100] ^= 255
    assert not (buffer.data[:100] == ram[:100]).any()
    buffer.data[:] = 0
    buffer.invalidate(0, 100)
    np.testing.assert_array_equal(buffer.data[:100], ram[:100])
    buffer.flush(0, 100)
    assert ram[:100].any()


def test_eviction_writes_dirty_lines_back(memory: Memory) -> None:
    buffer = CachedBuffer(FakeLink(memory), 100 * LINE, coherent=False)  # type: ignore[arg-type]
    ram = memory.view[buffer.address - BASE :][: 100 * LINE]
    buffer.data[:] = 0
    buffer.evict(random.Random(1))
    zeroed = (ram.reshape(-1, LINE) == 0).all(axis=1).sum()
    assert 0 < zeroed <= 64


def test_a_coherent_buffer_is_the_memory_itself(memory: Memory) -> None:
    buffer = CachedBuffer(FakeLink(memory), 100, coherent=True)  # type: ignore[arg-type]
    buffer.data[:] = 5
    assert (memory.view[buffer.address - BASE :][:100] == 5).all()
