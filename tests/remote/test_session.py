"""Deploying to an emulated board and running batches there: the right results, or one sentence."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from deployments import FRAME_BYTES, frames, loopback_deployment

from finn.emulator import EmulatedBoard
from finn.errors import FinnError
from finn.remote import BoardAddress, Connection, connect, deploy, deployed_directory, open_session

SECRET = "only in memory"


@pytest.fixture(scope="module")
def board() -> Iterator[EmulatedBoard]:
    with EmulatedBoard(password=SECRET, seed=1) as running:
        yield running


@pytest.fixture
def connection(board: EmulatedBoard) -> Iterator[Connection]:
    opened = open_connection(board)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return loopback_deployment(tmp_path_factory.mktemp("build") / "deploy")


def open_connection(board: EmulatedBoard) -> Connection:
    address = BoardAddress(board.host, board.port, board.username)
    return connect(address, password=board.password, key=board.key, host_key=board.host_key)


def server_process(board: EmulatedBoard) -> int:
    """The process on the board that runs batches."""
    listed = subprocess.run(["ps", "axeww", "-o", "pid,args"], capture_output=True, text=True, check=True)
    for line in listed.stdout.splitlines():
        pid, program, *rest = line.split()
        if program == "python3" and "runtime.server" in rest and f"HOME={board.directory}" in rest:
            return int(pid)
    raise AssertionError("no server process")


def test_batches_of_any_size_come_back_right(connection: Connection, build: Path) -> None:
    session = open_session(connection, deploy(connection, build, "finn"))
    for size in (1, 2, 37, 0, 300):
        packed = frames(size, seed=size)
        (output,) = session.execute([packed])
        np.testing.assert_array_equal(output, packed)
    assert open_session(connection, deployed_directory(connection, build, "finn")) is session


def test_a_batch_larger_than_a_slice_keeps_its_order(connection: Connection, build: Path) -> None:
    session = open_session(connection, deploy(connection, build, "finn"))
    packed = frames(11_000)
    assert packed.nbytes > 1 << 23
    np.testing.assert_array_equal(session.execute([packed])[0], packed)


def test_the_metrics_are_finns(connection: Connection, build: Path) -> None:
    session = open_session(connection, deploy(connection, build, "finn"))
    metrics = session.throughput_test(200)
    assert list(metrics)[:6] == [
        "runtime[ms]",
        "throughput[images/s]",
        "DRAM_in_bandwidth[MB/s]",
        "DRAM_out_bandwidth[MB/s]",
        "fclk[mhz]",
        "batch_size",
    ]
    cycles = metrics["cycles_per_frame"]
    # 784 bytes in and out at 15.75 bytes a cycle.
    assert 99 < cycles < 103
    assert metrics["bound_by"] == "output memory"
    assert metrics["runtime[ms]"] == pytest.approx(200 * cycles / 100e3)
    assert metrics["DRAM_in_bandwidth[MB/s]"] == pytest.approx(FRAME_BYTES * 100 / cycles)
    assert metrics["throughput[images/s]"] == pytest.approx(100e6 / cycles)
    assert 64 < metrics["latency_cycles"] < 1000
    assert metrics["expected_cycles_per_frame"] == 64
    assert metrics["wall_runtime[ms]"] > metrics["runtime[ms]"]


def test_the_boards_bandwidth_can_be_set(build: Path) -> None:
    with EmulatedBoard(bandwidth=600) as slow:
        opened = open_connection(slow)
        metrics = open_session(opened, deploy(opened, build, "finn")).throughput_test(300)
        opened.close()
    assert metrics["cycles_per_frame"] == pytest.approx(2 * FRAME_BYTES / 6, rel=0.03)


def test_an_unchanged_build_is_not_sent_again(
    connection: Connection, build: Path, board: EmulatedBoard
) -> None:
    remote = deploy(connection, build, "twice")
    folder = board.directory / "twice" / Path(remote).name
    before = (folder / "accelerator.json").stat().st_ino
    assert deploy(connection, build, "twice") == remote
    assert (folder / "accelerator.json").stat().st_ino == before
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_damaged_deployment_is_found_and_replaced(
    connection: Connection, build: Path, board: EmulatedBoard
) -> None:
    remote = deploy(connection, build, "damaged")
    bitstream = board.directory / "damaged" / Path(remote).name / "finn-0.bit"
    content = bytearray(bitstream.read_bytes())
    content[1000] ^= 1
    bitstream.write_bytes(content)
    with pytest.raises(FinnError, match=r"is damaged \(finn-0\.bit\); run finn deploy again"):
        deployed_directory(connection, build, "damaged")
    assert deploy(connection, build, "damaged") == remote
    content[1000] ^= 1
    assert bitstream.read_bytes() == content


@pytest.mark.parametrize(
    "target", ["a 'b' \"c\"; touch oops #", "/home/xilinx/abs $(touch oops)", "~/tilde", "-rf"]
)
def test_names_only_name(connection: Connection, build: Path, board: EmulatedBoard, target: str) -> None:
    remote = deploy(connection, build, target)
    packed = frames(2)
    np.testing.assert_array_equal(open_session(connection, remote).execute([packed])[0], packed)
    assert not list(board.directory.rglob("oops"))
    assert remote.startswith("/home/xilinx/")


def test_a_board_without_the_deployment(connection: Connection) -> None:
    with pytest.raises(FinnError, match="has no deployment in /home/xilinx/nowhere; run finn deploy first"):
        open_session(connection, "nowhere")


def test_a_bitstream_of_another_build(connection: Connection, tmp_path: Path) -> None:
    other = loopback_deployment(tmp_path / "other", mark="b", build_id=7)
    with pytest.raises(FinnError, match=r"the bitstream is of another build \(1234abcd, not 00000007\)"):
        open_session(connection, deploy(connection, other, "finn"))


def test_a_bitstream_for_a_real_board(connection: Connection, build: Path, tmp_path: Path) -> None:
    from finn.shell import write_bit

    other = loopback_deployment(tmp_path / "real", mark="r")
    write_bit(other / "finn-r.bit", bytes.fromhex("ffffffffaa995566") * 1000, "finn_top", "xc7z020clg400-1")
    with pytest.raises(FinnError, match=r"finn-r\.bit is a bitstream for a real FPGA; an emulated board"):
        open_session(connection, deploy(connection, other, "finn"))


def test_two_designs_on_one_board_take_turns(connection: Connection, build: Path, tmp_path: Path) -> None:
    other = loopback_deployment(tmp_path / "second", mark="second")
    sessions = [open_session(connection, deploy(connection, folder, "finn")) for folder in (build, other)]
    for turn in range(3):
        for session in sessions:
            packed = frames(3, seed=turn)
            np.testing.assert_array_equal(session.execute([packed])[0], packed)


def test_two_clients_at_once(connection: Connection, build: Path, board: EmulatedBoard) -> None:
    remote = deploy(connection, build, "finn")
    packed = [frames(200, seed=seed) for seed in range(2)]
    command = f"cd {remote.removeprefix('/home/xilinx/')} && python3 -W ignore driver.py --exec_mode execute"
    results: list[np.ndarray] = []
    for index, batch in enumerate(packed):
        np.save(board.directory / f"in{index}.npy", batch)

    def run(index: int) -> None:
        options = f"--batchsize 200 --inputfile ~/in{index}.npy --outputfile ~/out{index}.npy"
        done = connection.sudo(f"{command} {options}")
        assert done.exit_status == 0, done.stderr
        results.append(np.load(board.directory / f"out{index}.npy"))
        np.testing.assert_array_equal(results[-1], packed[index])

    threads = [threading.Thread(target=run, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 2


def test_finns_own_command_line_writes_the_metrics(
    connection: Connection, build: Path, board: EmulatedBoard
) -> None:
    remote = deploy(connection, build, "finn")
    folder = remote.removeprefix("/home/xilinx/")
    command = (
        f"cd {folder} && python3 driver.py --exec_mode throughput_test --batchsize 20 --bitfile finn-0.bit"
    )
    done = connection.sudo(command)
    assert done.exit_status == 0, done.stderr
    metrics = json.loads((board.directory / folder / "nw_metrics.txt").read_text())
    assert metrics["batch_size"] == 20
    wrong = connection.sudo(f"cd {folder} && python3 -W ignore driver.py --inputfile missing.npy")
    assert wrong.exit_status == 1
    assert wrong.stderr.splitlines()[-1].startswith("driver.py: missing.npy cannot be read")


def test_the_batch_after_a_kill_in_mid_run_is_right(
    connection: Connection, build: Path, board: EmulatedBoard
) -> None:
    remote = deploy(connection, build, "finn")
    session = open_session(connection, remote)
    failure: list[FinnError] = []

    def run_long() -> None:
        try:
            session.throughput_test(100_000)
        except FinnError as error:
            failure.append(error)

    running = threading.Thread(target=run_long)
    running.start()
    time.sleep(1.5)
    os.kill(server_process(board), signal.SIGKILL)
    running.join()
    assert "ended unexpectedly" in str(failure[0])
    packed = frames(50, seed=9)
    np.testing.assert_array_equal(open_session(connection, remote).execute([packed])[0], packed)
    assert not board.messages


def test_a_closed_session_says_so(connection: Connection, build: Path) -> None:
    session = open_session(connection, deploy(connection, build, "finn"))
    session.close()
    with pytest.raises(FinnError, match="the session with the board is closed; open it again"):
        session.execute([frames(1)])


def test_wrong_frame_size_is_refused_and_the_session_goes_on(connection: Connection, build: Path) -> None:
    session = open_session(connection, deploy(connection, build, "finn"))
    with pytest.raises(FinnError, match="input x wants frames of 784 bytes"):
        session.execute([np.zeros((1, 783), np.uint8)])
    packed = frames(1)
    np.testing.assert_array_equal(session.execute([packed])[0], packed)


def test_one_frame_takes_the_host_milliseconds(connection: Connection, build: Path) -> None:
    session = open_session(connection, deploy(connection, build, "finn"))
    packed = frames(1)
    times = []
    for _ in range(60):
        start = time.process_time()
        session.execute([packed])
        times.append(time.process_time() - start)
    # Time of the processor, since tests share theirs with others; the benchmark takes that of the clock.
    assert np.median(times) < 0.015


def test_the_password_is_nowhere_on_either_side(
    connection: Connection, build: Path, board: EmulatedBoard, capfd: pytest.CaptureFixture[str]
) -> None:
    session = open_session(connection, deploy(connection, build, "finn"))
    listed = subprocess.run(["ps", "axeww"], capture_output=True, text=True, check=True).stdout
    assert SECRET not in listed
    files = itertools.chain(board.directory.parents[2].rglob("*"), build.rglob("*"))
    assert not [path for path in files if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert SECRET not in repr(vars(session)) + repr(vars(connection)) + repr(board.messages)
    assert SECRET not in "".join(capfd.readouterr())
