"""The simulated chip: its memory, its checks of AXI's rules, its Python side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from shell.loopback import CONTROL, DONE, DRAM_BASE, IDMA, ODMA, Bench, Loopback

from finn.rtlsim.silicon import FROZEN, OKAY, Silicon
from finn.shell import write_shell

SHAPE = Loopback(64, 16, 1)
ULTRASCALE = Loopback(64, 16, 1, board="ZCU104")
Open = Callable[..., Bench]


@pytest.fixture(scope="module")
def chip_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return SHAPE.build(tmp_path_factory.mktemp("chip"))


@pytest.fixture
def chip(chip_library: Path) -> Open:
    return lambda **options: Bench(chip_library, SHAPE, **options)


def altered(directory: Path, file: str, old: str, new: str, shape: Loopback = SHAPE) -> Bench:
    """A chip whose shell breaks a rule."""
    project = write_shell(shape.spec, directory / "shell")
    sources = [directory / "shell" / source for source in project.sources]
    path = directory / "shell" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return Bench(shape.compile(directory, sources), shape)


FAULTS = [
    ("finn_write_port.sv", "m_axi_wlast <= last_beat;", "m_axi_wlast <= !last_beat;",
     "on S_AXI_HP0 in cycle", "WLAST does not mark the last beat"),
    ("finn_read_port.sv", "else if (m_axi_arready) m_axi_arvalid <= 1'b0;", "else m_axi_arvalid <= 1'b0;",
     "on S_AXI_HP0 in cycle", "the read address changed before it was accepted"),
    ("finn_write_port.sv", "(!m_axi_wvalid || m_axi_wready)", "1'b1",
     "on S_AXI_HP0 in cycle", "the write data changed before it was accepted"),
    ("finn_address.sv", "{joined[56:0], 7'd0}", "{joined[56:0], 7'd64}",
     "on S_AXI_HP0 in cycle", "a burst crosses a 4 KiB boundary"),
    ("finn_ps7.sv", ".SAXIHP0WID(PORT_ID)", ".SAXIHP0WID(6'd1)",
     "on S_AXI_HP0 in cycle", "WID is not AWID"),
    ("finn_ps8.sv", "BEAT_SIZE = 3'd4", "BEAT_SIZE = 3'd3",
     "on S_AXI_HP0 in cycle", "the beats of a burst are not as wide as the port"),
    ("finn_ps8.sv", ".SAXIGP2ARADDR(hp_araddr[0])", ".SAXIGP2ARADDR(hp_araddr[0] + 49'd8)",
     "on S_AXI_HP0 in cycle", "an address is not a multiple of a beat"),
    ("finn_axi_burst.sv", "held_id <= id;", "held_id <= ~id;",
     "on the registers' port", "an answer does not carry its request's ID"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "where", "what"), FAULTS, ids=[fault[-1] for fault in FAULTS])
def test_broken_rules_are_named(tmp_path: Path, file: str, old: str, new: str, where: str, what: str) -> None:
    shape = ULTRASCALE if file == "finn_ps8.sv" else SHAPE
    with altered(tmp_path, file, old, new, shape) as chip:
        for page, address in ((ODMA, chip.output), (IDMA, 0)):
            chip.start(page, DRAM_BASE + address, 64)
        chip.silicon.tick(5000)
        fault = chip.silicon.fault()
        assert fault is not None
        assert fault.startswith(f"AXI protocol violation {where}")
        assert fault.endswith(f": {what}")


def test_an_access_that_is_not_answered_freezes_the_board(tmp_path: Path) -> None:
    with altered(tmp_path, "finn_axi_registers.sv", "alive <= aresetn;", "alive <= 1'b0;") as chip:
        assert chip.silicon.read(chip.base + IDMA)[0] == FROZEN
        assert chip.silicon.write(chip.base + IDMA, 0) == FROZEN


def test_data_is_visible_only_with_its_response(chip: Open) -> None:
    with chip(config="latency_min=2000;latency_max=2000") as slow:
        before = slow.dram.copy()
        slow.start(ODMA, DRAM_BASE + slow.output, 1)
        slow.start(IDMA, DRAM_BASE, 1)
        slow.silicon.tick(3900)
        np.testing.assert_array_equal(slow.dram, before)
        slow.silicon.tick(500)
        assert slow.read(ODMA + CONTROL) & DONE
        np.testing.assert_array_equal(slow.dram[slow.output :][:128], before[:128])


def test_poison_corrupts_the_output(chip: Open) -> None:
    with chip() as fast:
        fast.silicon.poison(True)
        with pytest.raises(AssertionError):
            fast.run(4)
        fast.silicon.poison(False)
        fast.run(4)


def test_same_seed_same_cycles(chip: Open) -> None:
    def cycles(seed: int) -> int:
        with chip(seed=seed) as one:
            one.run(50)
            return one.cycles()

    assert cycles(1) == cycles(1)
    assert len({cycles(seed) for seed in range(1, 5)}) > 1


@pytest.mark.parametrize("bytes_per_cycle", [1.0, 2.0, 6.0])
def test_all_ports_share_the_budget(chip: Open, bytes_per_cycle: float) -> None:
    with chip(config=f"bytes_per_cycle={bytes_per_cycle}") as one:
        one.run(1000)
        assert 2 * 128 * 1000 / one.cycles() == pytest.approx(bytes_per_cycle, rel=0.03)


def test_refresh_takes_its_share_of_a_port(chip: Open) -> None:
    with chip(config="refresh_stall=390;bytes_per_cycle=1000") as one:
        one.run(1000)
        assert 128 * 1000 / one.cycles() == pytest.approx(4, rel=0.03)


def test_few_outstanding_reads_are_latency_bound(chip: Open) -> None:
    with chip(config="outstanding=1;latency_min=60;latency_max=60") as one:
        one.run(500)
        assert one.cycles() / 500 > 60 + 16


def test_quiet_counts_cycles_without_activity(chip: Open) -> None:
    with chip() as one:
        one.run(2)
        one.silicon.tick(1000)
        assert 1000 <= one.silicon.quiet() <= 1100
        one.read(IDMA)
        assert one.silicon.quiet() < 20


def test_unknown_setting_is_a_fault(chip: Open) -> None:
    with chip(config="latency=3") as one:
        assert one.silicon.fault() == "the simulated chip has no setting latency"


def test_clock_and_reset_come_up_with_and_without_a_pulse(chip: Open) -> None:
    for seed in range(6):
        with chip(seed=seed) as one:
            assert one.silicon.read(one.base + IDMA)[0] == OKAY
            one.run(1)


def test_memory_must_be_bytes(chip_library: Path) -> None:
    with pytest.raises(ValueError, match="writeable, contiguous, one-dimensional uint8"):
        Silicon(chip_library, np.zeros(64, np.int8).view(np.uint16))


def test_closed_chip_says_so(chip_library: Path) -> None:
    silicon = Silicon(chip_library, np.zeros(4096, np.uint8))
    silicon.close()
    silicon.close()
    with pytest.raises(ValueError, match="the simulated chip is closed"):
        silicon.tick(1)
