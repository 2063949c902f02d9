"""Deployments on the board: damaged, replaced, reused, pruned."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from deployments import loopback_deployment
from faults import connect_to, echo_deployment, frames

from finn.emulator import EmulatedBoard
from finn.errors import FinnError
from finn.remote import Connection, deploy, deployed_directory, open_session, prune_deployments


@pytest.fixture(scope="module")
def board() -> Iterator[EmulatedBoard]:
    with EmulatedBoard() as running:
        yield running


@pytest.fixture(scope="module")
def connection(board: EmulatedBoard) -> Iterator[Connection]:
    opened = connect_to(board)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return loopback_deployment(tmp_path_factory.mktemp("build") / "deploy")


@pytest.fixture(scope="module")
def remote(connection: Connection, build: Path) -> str:
    return deploy(connection, build, "damaged")


def variant(build: Path, folder: Path, text: str) -> Path:
    """The same build but for one file."""
    shutil.copytree(build, folder)
    (folder / "note.txt").write_text(text)
    return folder


@pytest.mark.parametrize(
    "name",
    ["finn-0.bit", "finn-0.hwh", "host.npz", "accelerator.json", "runtime/server.py", "MANIFEST.sha256"],
)
def test_a_file_that_was_corrupted_on_the_board_is_named(
    connection: Connection, board: EmulatedBoard, build: Path, remote: str, name: str
) -> None:
    file = board.directory / "damaged" / Path(remote).name / name
    whole = file.read_bytes()
    middle = len(whole) // 2
    file.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    told = (
        rf"the deployment {remote} on xilinx@127\.0\.0\.1:\d+ is damaged \([^)]*\b{name}\); run finn deploy"
    )
    if name == "MANIFEST.sha256":
        told = told.replace(r"[^)]*\b", ".*").replace(name, "")
    with pytest.raises(FinnError, match=told):
        open_session(connection, remote)
    with pytest.raises(FinnError, match=told):
        deployed_directory(connection, build, "damaged")
    file.write_bytes(whole)


def test_a_missing_file_is_named(connection: Connection, board: EmulatedBoard, remote: str) -> None:
    file = board.directory / "damaged" / Path(remote).name / "finn-0.hwh"
    whole = file.read_bytes()
    file.unlink()
    with pytest.raises(FinnError, match=r"is damaged \(finn-0\.hwh\); run finn deploy again"):
        open_session(connection, remote)
    file.write_bytes(whole)


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        ("kill -9 $$", r"exit code 137: .*Killed.*"),
        ("exit 1", "exit code 1: no message"),
        ("echo 'no room for it' >&2; exit 2", "exit code 2: no room for it"),
        ('[ "$1" = -c ] && kill -9 $$; exec /usr/bin/sha256sum "$@"', r"exit code 137: .*Killed.*"),
    ],
)
def test_checksums_that_could_not_be_computed_are_no_missing_deployment(
    connection: Connection, board: EmulatedBoard, build: Path, remote: str, ending: str, told: str
) -> None:
    tool = board.directory.parents[2] / "bin" / "sha256sum"
    tool.write_text(f"#!/bin/sh\n{ending}\n")
    tool.chmod(0o755)
    with pytest.raises(FinnError, match=rf"cannot compute the checksums of {remote} \({told}\); is it short"):
        deployed_directory(connection, build, "damaged")
    tool.unlink()


def test_a_file_that_another_deployment_holds_is_not_sent_again(
    connection: Connection, board: EmulatedBoard, build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(connection, build, "reused")
    sent = []
    put = type(connection.files).put

    async def listening(self: object, source: str, *rest: object) -> None:
        sent.append(Path(source).name)
        await put(self, source, *rest)

    monkeypatch.setattr(type(connection.files), "put", listening)
    other = variant(build, tmp_path / "other", "new")
    deploy(connection, other, "reused")
    assert sent == ["note.txt"]
    assert deployed_directory(connection, other, "reused")


def test_a_damaged_file_is_not_reused(
    connection: Connection, board: EmulatedBoard, build: Path, tmp_path: Path
) -> None:
    first = Path(deploy(connection, build, "rotten")).name
    (board.directory / "rotten" / first / "finn-0.bit").write_bytes(b"rotten")
    other = variant(build, tmp_path / "other", "new")
    remote = deploy(connection, other, "rotten")
    copied = board.directory / "rotten" / Path(remote).name / "finn-0.bit"
    assert copied.read_bytes() == (build / "finn-0.bit").read_bytes()


def test_old_deployments_are_kept_until_they_are_pruned(
    connection: Connection, board: EmulatedBoard, build: Path, tmp_path: Path
) -> None:
    echo = echo_deployment(tmp_path / "echo")
    used = deploy(connection, echo, "old")
    session = open_session(connection, used)
    first = deploy(connection, build, "old")
    last = deploy(connection, variant(build, tmp_path / "other", "new"), "old")
    folder = board.directory / "old"
    left = folder / (Path(first).name + ".upload-01234567")
    mine = folder / (Path(first).name + "-my-notes")
    for directory in (left, mine):
        directory.mkdir()
    assert len(list(folder.iterdir())) == 5
    removed, busy = prune_deployments(connection, "old", last)
    assert removed == sorted([Path(first).name, left.name])
    assert busy == [Path(used).name]
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [Path(used).name, Path(last).name, mine.name]
    )
    packed = frames(3)
    np.testing.assert_array_equal(session.execute([packed])[0], packed)


def test_what_a_killed_client_left_hours_ago_goes_with_the_next_copy(
    connection: Connection, board: EmulatedBoard, build: Path
) -> None:
    folder = board.directory / "stale"
    old, fresh = (folder / f"finn-{'0' * 16}.upload-0000000{n}" for n in range(2))
    for directory in (old, fresh):
        (directory / "runtime").mkdir(parents=True)
    os.utime(old, (1e9, 1e9))
    remote = deploy(connection, build, "stale")
    assert {path.name for path in folder.iterdir()} == {fresh.name, Path(remote).name}


def test_the_disk_is_looked_at_before_anything_is_sent(
    connection: Connection, board: EmulatedBoard, build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nearly_full(self: object, path: str) -> SimpleNamespace:
        return SimpleNamespace(bavail=300, frsize=4096, bsize=4096)

    monkeypatch.setattr(type(connection.files), "statvfs", nearly_full)
    monkeypatch.delattr(type(connection.files), "put")
    with pytest.raises(FinnError, match=r"the disk of \S+ is full; remove files there and deploy"):
        deploy(connection, build, "full")
    assert not list((board.directory / "full").iterdir())


def test_a_copy_that_another_client_finishes_first_is_left_alone(
    connection: Connection, board: EmulatedBoard, build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = board.directory / "race"
    put = type(connection.files).put

    async def overtaken(self: object, source: str, target: str) -> None:
        await put(self, source, target)
        if source.endswith("server.py"):
            done = folder / Path(target).parents[1].name.partition(".")[0]
            shutil.copytree(build, done)
            shutil.copy(folder / Path(target).parents[1].name / "MANIFEST.sha256", done)
            (done / "mark").touch()

    monkeypatch.setattr(type(connection.files), "put", overtaken)
    remote = deploy(connection, build, "race")
    assert (folder / Path(remote).name / "mark").exists()
    assert [path.name for path in folder.iterdir()] == [Path(remote).name]
