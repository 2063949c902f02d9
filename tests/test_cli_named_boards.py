"""``finn boards`` and several ``--on``: names, how boards are doing, a batch that is shared."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from command_line import invoke

from finn.emulator import EmulatedBoard
from finn.toolchain.cache import cache_directory

HOLD = """
import fcntl, sys
file = open(sys.argv[1], "a")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
input()
"""
PASSWORD = "in the environment only"
TRUST = "--accept-new-host-key"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of our own, for known_hosts and the list of boards."""
    monkeypatch.setenv("FINN_CACHE", str(cache_directory()))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("FINN_BOARD_PASSWORD", PASSWORD)
    return tmp_path


@pytest.fixture(scope="module")
def boards() -> Iterator[list[EmulatedBoard]]:
    with EmulatedBoard(password=PASSWORD) as first, EmulatedBoard(password=PASSWORD) as second:
        yield [first, second]


def test_boards_are_named_listed_and_forgotten(home: Path) -> None:
    name = "the 'lab'; touch oops"
    assert invoke("boards", "add", name, "ssh://me@10.0.0.5:2222/some/where") == (0, "", "")
    assert invoke("boards", "add", "desk", "ssh://desk") == (0, "", "")
    code, stdout, _ = invoke("boards", "list")
    assert code == 0
    assert re.search(rf"^{re.escape(name)} +ssh://me@10\.0\.0\.5:2222/some/where", stdout, re.MULTILINE)
    file = home / ".config" / "finn" / "boards.json"
    assert json.loads(file.read_text()) == {name: "ssh://me@10.0.0.5:2222/some/where", "desk": "ssh://desk"}
    assert [path.name for path in file.parent.iterdir()] == ["boards.json"]
    assert invoke("boards", "remove", name) == (0, "", "")
    code, _, stderr = invoke("boards", "remove", name)
    assert (code, stderr) == (
        1,
        f"error: there is no board called {name!r}; known are desk\n",
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "model", "ssh://desk"), "'model' cannot be the name of a board; take another one"),
        (("add", "x", "desk"), "'desk' is not an address of the form ssh://user@host:port/directory"),
        (("add", "x", "ssh://me:secret@desk"), "an address must not hold a password; use a key, an agent or"),
        (("check",), "no board is listed; add one with finn boards add NAME ssh://user@host"),
        (("check", "desk"), "there is no board called 'desk'; known are none"),
    ],
)
def test_refusals(arguments: tuple[str, ...], told: str, home: Path) -> None:
    code, stdout, stderr = invoke("boards", *arguments)
    assert (code, stdout) == (1, "")
    assert stderr.startswith(f"error: {told}") and "secret" not in stderr
    assert not (home / ".config").exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"a": 1}', "[" * 100_000])
def test_a_damaged_list(text: str, home: Path) -> None:
    file = home / ".config" / "finn" / "boards.json"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    code, _, stderr = invoke("boards", "list")
    assert code == 1
    assert re.fullmatch(rf"error: {file} is not (JSON|a list of boards); mend or remove it\n", stderr)


def test_a_name_that_is_not_known_is_wrong_usage(home: Path) -> None:
    files = ("run", "out", "--input", "x", "--output", "y")
    code, _, stderr = invoke(*files, "--on", "desk")
    assert code == 2 and "'desk' is none of model, rtlsim, emulated, ssh://user@host:port or the" in stderr
    code, _, stderr = invoke(*files, "--on", "ssh://desk", "--on", "model")
    assert code == 2 and "several --on must all be boards" in stderr
    code, _, stderr = invoke(*files, "--on", "ssh://desk", "--on", "ssh://desk")
    assert code == 2 and "the same board is named twice" in stderr


def test_check_tells_how_boards_are_doing(boards: list[EmulatedBoard], home: Path) -> None:
    invoke("boards", "add", "desk", boards[0].url)
    code, stdout, stderr = invoke("boards", "check", TRUST)
    assert (code, stderr) == (0, "")
    row = next(line for line in stdout.splitlines() if " desk " in line)
    assert re.fullmatch(r"ok +desk +3\.1\.2 +(\d+ MiB|unknown) +\d+ MiB +\d+\.\d{3} MHz +nobody *", row)
    invoke("boards", "add", "gone", "ssh://127.0.0.1:1")
    code, stdout, stderr = invoke("boards", "check", TRUST)
    assert code == 1
    assert stderr.startswith("error: gone: no connection to 127.0.0.1:1 (Connection refused)")
    assert re.search(r"^FAILED +gone", stdout, re.MULTILINE) and re.search(r"^ok +desk", stdout, re.MULTILINE)


def test_check_tells_who_holds_a_board(boards: list[EmulatedBoard]) -> None:
    board = boards[0]
    folder = board.directory.parents[2] / "tmp"
    (folder / "finn-pynq.holder").write_text('{"client": "ann@desk\\u001b[31m", "pid": 42, "since": 1e3}')
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, folder / "finn-pynq.lock"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holding:
        assert holding.stdout
        holding.stdout.readline()
        _, stdout, _ = invoke("boards", "check", board.url, TRUST)
        holding.communicate(b"\n")
    assert "ann@desk [31m since an unknown time, process 42" in " ".join(stdout.split())
    _, stdout, _ = invoke("boards", "check", board.url, TRUST)
    assert " nobody" in stdout


def test_a_batch_on_two_boards(
    boards: list[EmulatedBoard], digits_out: Path, digits: Path, tmp_path: Path
) -> None:
    invoke("boards", "add", "second", boards[1].url)
    on = ("--on", boards[0].url, "--on", "second", TRUST)
    x, y = digits / "x.npy", tmp_path / "y.npy"
    code, _, stderr = invoke("run", digits_out, "--input", x, "--output", y, *on)
    assert code == 1
    assert stderr.count("does not have this build in /home/xilinx/finn; run finn deploy first") == 2
    invoke("deploy", digits_out, "--on", boards[0].url, TRUST)
    code, _, stderr = invoke("run", digits_out, "--input", x, "--output", y, *on)
    assert code == 0
    assert "; the other boards go on without it" in stderr
    code, stdout, _ = invoke("deploy", digits_out, "--on", "second", "--prune", TRUST)
    assert code == 0
    code, _, stderr = invoke("run", digits_out, "--input", x, "--output", y, *on)
    assert (code, stderr) == (0, "")
    np.testing.assert_allclose(np.load(y), np.load(digits / "y.npy"), rtol=1e-4, atol=1e-4)
    code, stdout, _ = invoke("verify", digits_out, "--input", x, *on)
    assert code == 0
    assert stdout.count("360 of 360 images equal the integer model") == 2
    assert boards[0].url in stdout and boards[1].url in stdout
    code, stdout, _ = invoke("throughput", digits_out, "--batch", "50", *on)
    metrics = json.loads(stdout)
    assert metrics["batch_size"] == 100 and len(metrics["boards"]) == 2
    assert metrics["throughput[images/s]"] == sum(
        one["throughput[images/s]"] for one in metrics["boards"].values()
    )
