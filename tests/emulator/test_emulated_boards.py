"""Emulated boards other than the PYNQ-Z1, each with its own clocks, ports and memory."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from deployments import loopback_deployment

from finn.emulator import EmulatedBoard
from finn.remote import BoardAddress, connect

# By the runtime, which knows the board's reference clock; then as a program does that trusts pynq.
PROGRAM = """
import json, numpy as np, pynq
from runtime.board import Accelerator
x = np.random.default_rng(1).integers(0, 256, (3, 784), np.uint8)
with Accelerator(".") as accelerator:
    found = {"right": bool((accelerator.run([x])[0] == x).all()), "ours": accelerator.fclk_mhz}
    found["pynq"] = pynq.Clocks.fclk0_mhz
    pynq.Clocks.fclk0_mhz = 100
    found["naive"] = accelerator.fclk_mhz
    pynq.Clocks.fclk0_mhz = 160
    found["too fast"] = bool((accelerator.run([x])[0] == x).all())
print(json.dumps(found))
"""


def test_zedboard_runs_at_100_mhz_where_pynq_reads_150(tmp_path: Path) -> None:
    with EmulatedBoard("ZedBoard", seed=5) as board:
        shutil.copytree(loopback_deployment(tmp_path / "job", board="ZedBoard"), board.directory / "job")
        (board.directory / "job" / "user.py").write_text(PROGRAM)
        address = BoardAddress(board.host, board.port, board.username)
        connection = connect(address, password=board.password, host_key=board.host_key)
        done = connection.sudo("cd job && python3 -W ignore user.py")
        connection.close()
    assert done.stdout, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["right"]
    assert found["ours"] == pytest.approx(100.0, rel=1e-5)
    assert found["pynq"] == pytest.approx(150.0)
    assert found["naive"] == pytest.approx(66.667, rel=1e-4)
    # 160 MHz by pynq's reckoning are 111 MHz, more than the design was built for.
    assert not found["too fast"]
