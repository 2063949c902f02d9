"""The board's lock: who waits for it does not have it, whatever ends the wait."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from finn.runtime import turns
from finn.runtime.turns import Turns


@pytest.fixture(autouse=True)
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(turns, "LOCK", str(tmp_path / "lock"))
    monkeypatch.setattr(turns, "HOLDER", str(tmp_path / "holder"))
    return tmp_path / "lock"


def silent(text: str) -> None:
    """Takes what is noted."""


def is_free(lock: Path) -> bool:
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def interrupt(text: str) -> None:
    raise KeyboardInterrupt


def enter(taken: Turns) -> None:
    with taken:
        pass


def test_it_is_held_to_the_end_of_the_outermost_context(lock: Path) -> None:
    taken = Turns(silent)
    with taken:
        enter(taken)
        assert not is_free(lock)
    assert is_free(lock)


def test_a_wait_that_is_interrupted_leaves_no_belief_that_it_is_held(lock: Path) -> None:
    first, second = Turns(silent), Turns(interrupt)
    with first, pytest.raises(KeyboardInterrupt):
        enter(second)
    with second:
        assert not is_free(lock)
    assert is_free(lock)


def test_an_interrupt_when_the_wait_has_ended_leaves_it_free(
    lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "_client", lambda: interrupt(""))
    taken = Turns(silent)
    with pytest.raises(KeyboardInterrupt):
        enter(taken)
    assert is_free(lock)


def test_two_threads_that_wait_have_it_none_before_the_other(lock: Path) -> None:
    first, waits = Turns(silent), threading.Event()
    second = Turns(lambda text: waits.set())
    reached: list[bool] = []
    with first:
        threads = [start(lambda: reached.append(held(second, lock))) for _ in range(2)]
        assert waits.wait(20)
        threads[1].join(0.2)
        while_waiting = list(reached)
    for thread in threads:
        thread.join(20)
    assert (while_waiting, reached) == ([], [True, True])


def held(taken: Turns, lock: Path) -> bool:
    with taken:
        return not is_free(lock)


def start(job: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=job, daemon=True)
    thread.start()
    return thread
