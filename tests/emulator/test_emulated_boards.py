"""Emulated boards other than the PYNQ-Z1, each with its own clocks, ports and memory."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from deployments import BUILD_ID, loopback_deployment

from finn.emulator import EmulatedBoard
from finn.emulator.environment import PYNQ
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


# As a user does, with what pynq shows of the bitstream.
OVERLAY = """
import json, numpy as np, pynq
from runtime.board import Accelerator
x = np.random.default_rng(1).integers(0, 256, (300, 784), np.uint8)
with Accelerator(".") as accelerator:
    found = {"right": bool((accelerator.run([x])[0] == x).all()), "mhz": accelerator.fclk_mhz}
overlay = pynq.Overlay("finn-0.bit")
found["build"] = int(overlay.idma0.register_map.BUILD_ID)
found["address"] = overlay.ip_dict["odma0"]["phys_addr"]
found["buffer"] = int(pynq.allocate(shape=(128,), dtype=np.uint8).device_address)
found["versions"] = [pynq.__version__, pynq.Device.active_device.arch]
found["pynq"] = pynq.Clocks.fclk0_mhz
print(json.dumps(found))
"""
# The registers that pynq sets by the .hwh, put back to what the boot image left.
NARROW = """
import json, numpy as np, pynq
from runtime.board import Accelerator
x = np.random.default_rng(1).integers(0, 256, (3, 784), np.uint8)
with Accelerator(".") as accelerator:
    found = [bool((accelerator.run([x])[0] == x).all())]
    for address, value in ((0xFD380014, 1), (0xFD380014, 0), (0xFD615000, 0xA00)):
        pynq.MMIO(address, 4).write(0, value)
        found.append(bool((accelerator.run([x])[0] == x).all()))
print(json.dumps(found))
"""


def run(name: str, folder: Path, program: str, pynq: str = PYNQ) -> Any:
    """The last line that a program on an emulated board prints, as JSON."""
    with EmulatedBoard(name, seed=5, pynq=pynq) as board:
        shutil.copytree(loopback_deployment(folder / "job", board=name), board.directory / "job")
        (board.directory / "job" / "user.py").write_text(program)
        address = BoardAddress(board.host, board.port, board.username)
        connection = connect(address, password=board.password, host_key=board.host_key)
        done = connection.sudo("cd job && python3 -W ignore user.py")
        connection.close()
    assert done.stdout, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("name", "pynq"), [("ZCU104", "3.1.2"), ("ZCU104", "4.0.0"), ("KV260", "3.1.2"), ("Ultra96-V2", "4.0.0")]
)
def test_ultrascale_boards_run(tmp_path: Path, name: str, pynq: str) -> None:
    found = run(name, tmp_path, OVERLAY, pynq)
    assert found["right"]
    assert found["versions"] == [pynq, "aarch64"]
    assert (found["build"], found["address"]) == (BUILD_ID, 0xA000_1000)
    assert found["mhz"] == pytest.approx(100.0, rel=1e-4)
    assert found["pynq"] == pytest.approx(100.0, rel=1e-4)
    # The KV260 gives buffers from the half of its memory that lies above 4 GiB.
    assert (found["buffer"] >> 32 != 0) == (name == "KV260")


def test_a_memory_port_of_another_width_corrupts_and_words_pass_any_master(tmp_path: Path) -> None:
    assert run("ZCU104", tmp_path, NARROW) == [True, False, True, True]


def test_zedboard_runs_at_100_mhz_where_pynq_reads_150(tmp_path: Path) -> None:
    found = run("ZedBoard", tmp_path, PROGRAM)
    assert found["right"]
    assert found["ours"] == pytest.approx(100.0, rel=1e-5)
    assert found["pynq"] == pytest.approx(150.0)
    assert found["naive"] == pytest.approx(66.667, rel=1e-4)
    # 160 MHz by pynq's reckoning are 111 MHz, more than the design was built for.
    assert not found["too fast"]
