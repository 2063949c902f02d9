"""Four clients at once on one board, one of which is killed now and then: every run is right.

``FINN_CONCURRENT_RUNS=25`` runs the long form: so many runs of each client instead of four.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from faults import drivers, until
from numpy.typing import NDArray

from finn.build import load_output
from finn.core.targets import open_target
from finn.emulator import EmulatedBoard
from finn.toolchain.cache import cache_directory

FINN = Path(sys.executable).parent / "finn"
RUNS = int(os.environ.get("FINN_CONCURRENT_RUNS", "4"))
CLIENTS, LARGEST = 4, 3000
KILLS = (signal.SIGKILL, signal.SIGINT)
LATEST_KILL = 4.0  # seconds; a run takes two, or more where others have their turn before it


@dataclass(frozen=True)
class Work:
    """What there is to do: a board that has the build, frames, and what the integer model makes of them."""

    board: EmulatedBoard
    out: Path
    folder: Path
    frames: NDArray[np.float32]
    expected: NDArray[np.float32]

    def start(self, client: int, rows: NDArray[np.int64]) -> subprocess.Popen[str]:
        """``finn run`` on these frames."""
        files = [self.folder / f"{side}{client}.npy" for side in "xy"]
        np.save(files[0], self.frames[rows])
        files[1].unlink(missing_ok=True)
        return self.finn("run", "--input", str(files[0]), "--output", str(files[1]))

    def finn(self, command: str, *options: str) -> subprocess.Popen[str]:
        """A command on the board, in a process of its own."""
        environment = {
            **os.environ,
            "HOME": str(self.folder),
            "FINN_CACHE": str(cache_directory()),
            "FINN_BOARD_PASSWORD": self.board.password,
            "FINN_ACCEPT_NEW_HOST_KEY": "1",
        }
        return subprocess.Popen(
            [FINN, command, self.out, "--on", self.board.url, *options],
            env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def check(self, client: int, rows: NDArray[np.int64]) -> None:
        """Run these frames and compare."""
        process = self.start(client, rows)
        _, told = process.communicate()
        assert process.returncode == 0, f"client {client}, {len(rows)} frames: {told}"
        np.testing.assert_array_equal(np.load(self.folder / f"y{client}.npy"), self.expected[rows])


@pytest.fixture
def work(digits_out: Path, tmp_path: Path) -> Iterator[Work]:
    frames = np.random.default_rng(0).random((LARGEST, 64), np.float32)
    model = load_output(digits_out)
    with open_target(model, "model") as target:
        expected = target.execute({model.graph.input[0].name: frames})[model.graph.output[0].name]
    with EmulatedBoard(seed=8) as board:
        given = Work(board, digits_out, tmp_path, frames, expected)
        deploying = given.finn("deploy")
        assert deploying.wait() == 0, deploying.communicate()[1]
        yield given


def sizes(client: int) -> list[int]:
    """Batches of one client: the largest and the smallest, and others between them."""
    between = LARGEST ** np.random.default_rng(client).random(RUNS)
    return [LARGEST, 1, *(int(size) for size in between[2:])][:RUNS]


def chosen(random: np.random.Generator, size: int) -> NDArray[np.int64]:
    """Which frames, in any order, so that one too many or too few shifts what comes out."""
    return random.integers(0, LARGEST, size)


def run_all(work: Work, client: int) -> None:
    random = np.random.default_rng([client, 1])
    for size in sizes(client):
        if client == 0:
            kill_one(work, random, size)
        work.check(client, chosen(random, size))


def kill_one(work: Work, random: np.random.Generator, size: int) -> None:
    """A run that is killed, at any moment from the start of the program to the end."""
    process = work.start(0, chosen(random, size))
    time.sleep(LATEST_KILL * random.random())
    process.send_signal(random.choice(KILLS))
    process.communicate()


def test_every_run_is_right_whoever_is_killed(work: Work) -> None:
    start = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(run_all, [work] * CLIENTS, range(CLIENTS)))
    seconds = time.monotonic() - start
    until(lambda: drivers(work.board) == [])
    with (work.board.directory.parents[2] / "tmp" / "finn-pynq.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert work.board.messages == []
    print(f"{CLIENTS} clients, {CLIENTS * RUNS} runs right, {RUNS} killed, in {seconds:.0f} s")
