"""Thousands of batches of random sizes through one session that is cut in between.

``FINN_ENDURANCE_BATCHES=10000`` runs the long form.
"""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import numpy as np
from deployments import FRAME_BYTES, loopback_deployment
from faults import Proxy, connect_to

from finn.emulator import EmulatedBoard
from finn.remote import deploy, open_session

BATCHES = int(os.environ.get("FINN_ENDURANCE_BATCHES", "150"))
CUTS = 3
LARGEST = 300
WARM = BATCHES // 5  # until then the allocators of both sides have seen the largest batches
GROWTH_KILOBYTES = 8 << 10


def resident(pid: int) -> int:
    """Kilobytes of memory that a process holds."""
    shown = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(shown.stdout)


def driver(board: EmulatedBoard) -> int:
    """The process on the board that runs batches; the newest, since a cut leaves one behind for a moment."""
    listed = subprocess.run(["ps", "axeww", "-o", "pid,args"], capture_output=True, text=True, check=True)
    rows = [line.split() for line in listed.stdout.splitlines()]
    mark = f"HOME={board.directory}"
    return max(int(r[0]) for r in rows if r[1] == "python3" and "runtime.server" in r and mark in r)


def test_every_output_is_right_and_in_order_and_memory_stays_flat(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    cuts = {int(batch) for batch in np.linspace(0, BATCHES, CUTS + 2)[1:-1]}
    here: list[int] = []
    there: list[int] = []
    start = time.monotonic()
    with EmulatedBoard(seed=4) as board, Proxy(board.port) as proxy:
        connection = connect_to(board, proxy.port)
        session = open_session(connection, deploy(connection, loopback_deployment(tmp_path / "d"), "finn"))
        for batch in range(BATCHES):
            packed = random.integers(0, 256, (random.integers(1, LARGEST + 1), FRAME_BYTES), np.uint8)
            if batch in cuts:
                proxy.cut_after(int(random.integers(2 * packed.nbytes)))
            assert np.array_equal(session.execute([packed])[0], packed), f"batch {batch} is wrong"
            if batch >= WARM and batch % (BATCHES // 10) == 0:
                here.append(resident(os.getpid()))
                there.append(resident(driver(board)))
        assert proxy.cuts == CUTS
        connection.close()
    print(f"{BATCHES} batches in {time.monotonic() - start:.0f} s; kilobytes here {here}, there {there}")
    for side in (here, there):
        assert max(side) - side[0] < GROWTH_KILOBYTES, f"memory grows: {side}"
