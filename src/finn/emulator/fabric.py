"""The bus of the emulated board: who answers which address, and when the RTL runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from finn.emulator.bitstream import Configuration, configure
from finn.emulator.clocks import clock_registers
from finn.emulator.memory import Memory
from finn.errors import FinnError
from finn.rtlsim.silicon import Silicon

__all__ = ("Fabric", "Frozen", "Restart")

CHUNK_CYCLES = 256  # between two looks at the sockets: no poll waits longer than these take
QUIET_CYCLES = 4096  # without bus activity: nothing is going on, or nobody waits for it
CLOCK_TOLERANCE = 1.0001
ANY_BYTE = 0xF


class Frozen(Exception):
    """The board does not go on, and why; only switching it off and on helps."""


class Restart(Exception):
    """Another design is to be loaded: a fresh process has to take over with ``state``."""

    def __init__(self, state: dict[str, Any]) -> None:
        super().__init__()
        self.state = state


class Fabric:
    """Registers, memory and, once a bitstream is loaded, the RTL."""

    def __init__(self, state: dict[str, Any]) -> None:
        self._state = state
        self.memory = Memory(
            state["dram_base"], state["dram_bytes"], state["seed"], state.get("memory"), state.get("buffers")
        )
        clocks = {int(address): value for address, value in state.get("clocks", {}).items()}
        self._clocks = clock_registers(state["family"], state["reference_mhz"], clocks)
        self._configuration: Configuration | None = None
        self._silicon: Silicon | None = None

    def introduction(self) -> dict[str, Any]:
        """What a process on the board is told when it opens the device."""
        told = {key: self._state[key] for key in ("board", "arch", "seed", "dram_base", "dram_bytes")}
        return {**told, "loaded": self._state.get("loaded")}

    @property
    def busy(self) -> bool:
        """Whether anything happened on a bus of the RTL lately."""
        return self._silicon is not None and self._silicon.quiet() < QUIET_CYCLES

    def advance(self) -> None:
        """Let the RTL run for a moment if it is busy; Frozen if it breaks a rule of its buses."""
        if self._silicon is not None and self.busy:
            self._silicon.tick(CHUNK_CYCLES)
            self._check()

    def load(self, path: Path) -> None:
        """Configure the fabric; its registers start anew with random values.

        Raises
        ------
        FinnError
            The bitstream is not one for this board.
        Restart
            A design with another library was loaded before.
        """
        chosen = configure(path, self._state["board"], Path(self._state["work"]))
        if self._configuration and self._configuration.library != chosen.library:
            raise Restart(self._save(path))
        self._close()
        self._state["loads"] = self._state.get("loads", 0) + 1
        os.chdir(chosen.directory)
        self._configuration = chosen
        self._silicon = Silicon(
            chosen.library,
            self.memory.view,
            dram_base=self.memory.base,
            seed=self._state["seed"] + self._state["loads"],
            config=self._state["config"],
        )
        self._state["loaded"] = str(path)
        self._follow_clock()

    def read(self, address: int) -> int:
        """One 32-bit word; FinnError for a bus error, Frozen if nothing answers."""
        if self._clocks.holds(address):
            return self._clocks.read(address)
        status, value = self._at(address, "read").read(address)
        self._judge(status, address, "read")
        return value

    def write(self, address: int, value: int) -> None:
        """Write one 32-bit word; raises as :meth:`read`."""
        if self._clocks.holds(address):
            self._clocks.write(address, value)
            self._follow_clock()
            return
        self._judge(self._at(address, "write").write(address, value, ANY_BYTE), address, "write")

    def _at(self, address: int, access: str) -> Silicon:
        if not 0 <= address - self._state["register_base"] < self._state["register_bytes"]:
            raise Frozen(f"a {access} at {address:#x}, where nothing answers")
        if self._silicon is None:
            raise Frozen(f"a {access} at {address:#x} before any bitstream was loaded")
        return self._silicon

    def _judge(self, status: int, address: int, access: str) -> None:
        self._check()
        if status < 0:
            raise Frozen(f"the design did not answer a {access} at {address:#x}")
        if status:
            raise FinnError(f"bus error: a {access} at {address:#x} was refused by the design")

    def _check(self) -> None:
        fault = self._silicon.fault() if self._silicon is not None else None
        if fault:
            raise Frozen(fault)

    def _follow_clock(self) -> None:
        """A clock faster than the design was built for, or ports of another width: rubbish is written."""
        if self._silicon is None or self._configuration is None:
            return
        mhz = self._clocks.fabric_mhz
        self._silicon.set("master_bits", self._clocks.master_bits)
        too_fast = mhz > self._configuration.clk_mhz * CLOCK_TOLERANCE
        self._silicon.poison(too_fast or not self._clocks.ports_fit)
        if mhz:
            self._silicon.set("bytes_per_cycle", self._state["dram_mb_per_s"] / mhz)

    def _close(self) -> None:
        if self._silicon is not None:
            self._silicon.close()
            self._silicon = None

    def _save(self, path: Path) -> dict[str, Any]:
        return {
            **self._state,
            "load": str(path),
            "memory": self.memory.descriptor,
            "buffers": self.memory.blocks(),
            "clocks": self._clocks.values,
        }
