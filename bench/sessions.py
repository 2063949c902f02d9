"""Sessions with an emulated board: one image a call, and the transport alone beside OpenSSH's ``scp``."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from figure import Figure, timed

from finn.build import BuildConfig, build, load_output
from finn.core.onnx_exec import execute_onnx
from finn.core.remote_exec import point_at
from finn.emulator import EmulatedBoard
from finn.remote import BoardAddress, Connection, connect, deploy, open_session
from finn.transformation.fpgadataflow.make_pynq_driver import assemble_deployment

ROOT = Path(__file__).parents[1]
DIGITS = ROOT / "examples" / "digits"
CALLS, FRESH_CALLS, COPIES = 200, 10, 10
FRAMES, FRAME_BYTES = 1000, 784
# The driver that the tests use needs no FPGA, so that nothing but the transport takes time.
sys.path.append(str(ROOT / "tests"))


def sessions(work: Path) -> Iterator[Figure]:
    """Round trips and throughput."""
    with EmulatedBoard() as board:
        yield from one_image(board, work)
        yield from transport(board, work)


def one_image(board: EmulatedBoard, work: Path) -> Iterator[Figure]:
    """``execute_onnx`` of one image on the board, over one session and over a new connection each."""
    config = BuildConfig(model=DIGITS / "digits_w2a2.onnx", output=work / "digits", target_fps=500_000)
    model = load_output(build(config))
    inputs = {"pixels": np.load(DIGITS / "x.npy")[:1]}
    opened = login(board)
    remote = deploy(opened, assemble_deployment(model), "finn")
    point_at(model, [(opened.address, remote)])

    def call() -> Any:
        return execute_onnx(model, inputs)

    def fresh_call() -> Any:
        login(board).close()
        login(board)
        return call()

    call()
    name = "digits w2a2: execute_onnx, one image"
    yield median(f"{name}, one session", call, CALLS)
    yield median(f"{name}, a new connection each", fresh_call, FRESH_CALLS)
    login(board).close()


def median(name: str, job: Callable[[], Any], calls: int) -> Figure:
    """The median over calls, in ms."""
    seconds = [timed(job)[0] for _ in range(calls)]
    return Figure(name, 1000 * statistics.median(seconds), "ms", f"median of {calls} calls")


def transport(board: EmulatedBoard, work: Path) -> Iterator[Figure]:
    """784 KB there and back through a driver that returns its inputs, beside ``scp`` of as much."""
    from faults import echo_deployment

    opened = login(board)
    session = open_session(opened, deploy(opened, echo_deployment(work / "echo", FRAME_BYTES), "finn"))
    packed = np.random.default_rng(0).integers(0, 255, (FRAMES, FRAME_BYTES), np.uint8)
    session.execute([packed])
    seconds = statistics.median(timed(lambda: session.execute([packed]))[0] for _ in range(CALLS // 4))
    name = f"{packed.nbytes // 1000} KB"
    note = f"{1000 * seconds:.1f} ms a call, both directions counted"
    yield Figure(f"session: {name} there and back", 2e-6 * packed.nbytes / seconds, "MB/s", note)
    opened.close()
    if shutil.which("scp") is None:
        return
    (work / "payload").write_bytes(packed.tobytes())
    (work / "large").write_bytes(packed.tobytes() * 100)
    for label, file in ((name, work / "payload"), (f"100 times {name}", work / "large")):
        seconds = statistics.median(timed(lambda file=file: scp(board, work, file))[0] for _ in range(COPIES))
        note = f"{1000 * seconds:.0f} ms, login included"
        yield Figure(f"scp: {label}", file.stat().st_size / 1e6 / seconds, "MB/s", note)


def login(board: EmulatedBoard) -> Connection:
    """The connection to the board, by password."""
    address = BoardAddress(board.host, board.port, board.username)
    return connect(address, password=board.password, host_key=board.host_key)


def scp(board: EmulatedBoard, work: Path, file: Path) -> None:
    """Copy a file to the board by OpenSSH."""
    known = work / "known_hosts"
    known.write_text(f"[{board.host}]:{board.port} {board.host_key}\n")
    options = ["-q", "-P", str(board.port), "-i", str(board.key), "-o", "BatchMode=yes"]
    options += ["-o", f"UserKnownHostsFile={known}", "-o", "IdentitiesOnly=yes"]
    target = f"{board.username}@{board.host}:{file.name}"
    subprocess.run(["scp", *options, file, target], check=True, timeout=120)
