"""`Accelerator` on an emulated board, with the real shell and the real ``pynq``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from board_programs import PRELUDE, install, program
from deployments import loopback_deployment
from faults import connect_to

from finn.emulator import EmulatedBoard
from finn.remote import Connection


def test_batches_of_any_size_through_memory_that_stays_small(
    connection: Connection, board: EmulatedBoard
) -> None:
    body = """
with Accelerator(".") as acc:
    for size in (1, 0, 37, 1337, 1338, 6000):
        x = frames(size, size)
        same(acc(x), x)
    print(sum(b.nbytes for b in acc._engine.slots._buffers.values()))
    told(acc, x[0])
    told(acc, x.astype(str))
    told(acc, x, x)
    told(acc, x - 1)
    same(acc(x[:3]), x[:3])
told(acc, x)
told(acc.submit, x)
"""
    lines = program(connection, board, body)
    assert lines[:6] == ["right"] * 6
    assert int(lines[6]) == 2 * 2 * (1 << 20)
    assert lines[7:] == [
        "input x has shape (784,); the model takes (N, 784)",
        "input x holds <U32 where numbers are wanted",
        "loopback takes 1 inputs, not 2",
        "a value to be packed is not one of UINT8",
        "right",
        "the accelerator is closed; open it again",
        "the accelerator is closed; open it again",
    ]


def test_batches_in_the_background(connection: Connection, board: EmulatedBoard) -> None:
    body = """
with Accelerator(".") as acc:
    xs = [frames(size, size) for size in (3, 2000, 1, 500)]
    done = []
    futures = [acc.submit(x) for x in xs[:2]] + [acc.submit(xs[0] + 1000)] + [acc.submit(x) for x in xs[2:]]
    for index, future in enumerate(futures):
        future.add_done_callback(lambda _, index=index: done.append(index))
    same(acc(xs[0]), xs[0])
    told(futures[2].result)
    for x, future in zip(xs, futures[:2] + futures[3:]):
        same(future.result(), x)
    last = acc.submit(xs[1])
same(last.result(), xs[1])
print(done == sorted(done))
try:
    with Accelerator(".") as acc:
        futures = [acc.submit(xs[1]) for _ in range(20)]
        raise KeyError("the user's own")
except KeyError:
    print(all(f.done() for f in futures), futures[-1].cancelled())
with Accelerator(".") as acc:
    same(acc(xs[3]), xs[3])
"""
    lines = program(connection, board, body)
    refused = "a value to be packed is not one of UINT8"
    assert lines == ["right", refused, *["right"] * 5, "True", "True True", "right"]
    assert board.messages == []


def test_host_operators_run_slice_by_slice(
    connection: Connection, board: EmulatedBoard, tmp_path: Path
) -> None:
    folder = install(board, loopback_deployment(tmp_path / "host", mark="host"), "host")
    description = json.loads((folder / "accelerator.json").read_text())
    description["model_inputs"] = [{"name": "image", "shape": [28, 28], "datatype": "float32"}]
    description["model_outputs"] = [{"name": "scores", "shape": [784], "datatype": "float32"}]
    description["host"]["prefix"] = [
        {"op": "Reshape", "inputs": ["image", "shape"], "outputs": ["flat"], "attributes": {}},
        {"op": "Mul", "inputs": ["flat", "scale"], "outputs": ["x"], "attributes": {}},
    ]
    # One operand comes from before the accelerator, one from behind it.
    description["host"]["tail"] = [
        {"op": "Sub", "inputs": ["y", "flat"], "outputs": ["scores"], "attributes": {}}
    ]
    (folder / "accelerator.json").write_text(json.dumps(description))
    np.savez(folder / "host.npz", shape=np.array([0, 784]), scale=np.float32(255))
    body = """
x = np.random.RandomState(1).randint(0, 2, (3000, 28, 28)).astype(np.float32)
with Accelerator(".") as acc:
    y = acc(x)
    same(y, x.reshape(-1, 784) * 254)
    same(acc(x[:0]), y[:0])
    same(acc(x[:1]), y[:1])
"""
    assert program(connection, board, body, "host") == ["right"] * 3


def test_what_goes_wrong_in_a_run_is_told_and_the_next_run_is_right(
    connection: Connection, board: EmulatedBoard
) -> None:
    body = """
from runtime.buffers import Slots
from runtime.dma import Dma
x = frames(40)
address, start = Slots.address, Dma.start
with Accelerator(".") as acc:
    same(acc(x), x)
    Slots.address = lambda self, port, slot: 0x3FF00000 + 0x80000 * slot
    told(acc, x)
    Slots.address = lambda self, port, slot: address(self, port, slot) + 64
    told(acc, x)
    Slots.address = address
    same(acc(x), x)
    Dma.start = lambda self: None if self.name == "idma0" else start(self)
    told(acc, x)
    futures = [acc.submit(x), acc.submit(x)]
    told(futures[0].result)
    told(futures[1].result)
    Dma.start = start
    same(acc(x), x)
"""
    lines = program(connection, board, body)
    assert board.messages == []
    stuck = "the accelerator makes no progress: odma0 waits for the network"
    assert lines == [
        "right",
        "the memory refused a transfer of idma0 (AXI error flags 0x2); the outputs are void",
        "odma0 refused its buffer: addresses must be multiples of 128",
        "right",
        f"{stuck}; load the bitstream again",
        *[f"{stuck}, idma0 waits for the network; load the bitstream again"] * 2,
        "right",
    ]


def test_an_interrupted_run_is_stopped(connection: Connection, board: EmulatedBoard) -> None:
    body = """
import os, signal
from runtime.dma import Dma
state, polls, x = Dma.state, 0, frames(20000)
def interrupted(dma):
    global polls
    polls += 1
    if polls == last:
        os.kill(os.getpid(), signal.SIGINT)
    return state(dma)
Dma.state = interrupted
with Accelerator(".") as acc:
    for last in (1, 4, 9):
        polls = 0
        try:
            acc(x)
            print("not interrupted", polls)
        except KeyboardInterrupt:
            print("interrupted", all(dma.idle for dma in acc.dmas.values()))
        same(acc(x[:50]), x[:50])
"""
    assert program(connection, board, body) == ["interrupted True", "right"] * 3


def test_an_older_pynq(tmp_path: Path) -> None:
    body = """
import pynq
x = frames(1500)
with Accelerator(".") as acc:
    same(acc(x), x)
    same(acc.submit(x[:9]).result(), x[:9])
    print(round(acc.fclk_mhz), acc.emulated)
print(pynq.__version__)
"""
    with EmulatedBoard(seed=5, pynq="3.0.1") as older:
        install(older, loopback_deployment(tmp_path / "deploy"), "job")
        opened = connect_to(older)
        assert program(opened, older, body) == ["right", "right", "100 True", "3.0.1"]
        opened.close()


def test_a_run_that_a_killed_program_left(connection: Connection, board: EmulatedBoard) -> None:
    body = """
import os, signal, sys
from runtime.engine import Engine
if len(sys.argv) > 1:
    start = Engine.start
    Engine.start = lambda self, slot, count: (start(self, slot, count), os.kill(os.getpid(), signal.SIGKILL))
x = frames(1337, 1)
with Accelerator(".") as acc:
    same(acc(x[:700]), x[:700])
"""
    (board.directory / "job" / "user.py").write_text(PRELUDE + body)
    for _ in range(3):
        assert connection.sudo("cd job && python3 -W ignore user.py killed").exit_status != 0
        done = connection.sudo("cd job && python3 -W ignore user.py")
        assert done.stdout == "right\n", done.stderr
    assert board.messages == []
