"""Time limits follow the load of the machine, within bounds."""

from __future__ import annotations

import os
import subprocess

import pytest
from fake_tools import fake_load

from finn.toolchain import limits
from finn.toolchain.limits import Deadline, in_seconds, load


@pytest.mark.parametrize(
    ("wanting", "processors", "factor"),
    [(0.0, 3, 1.0), (2.9, 3, 1.0), (10.5, 3, 3.5), (700.0, 3, 10.0)],
    ids=["idle", "just busy", "busy", "hopeless"],
)
def test_the_load_is_that_of_each_processor(
    monkeypatch: pytest.MonkeyPatch, wanting: float, processors: int, factor: float
) -> None:
    fake_load(monkeypatch, wanting, processors)
    assert load() == factor
    assert Deadline(7).seconds == 7 * factor
    assert Deadline(7, fixed=True).seconds == 7


def test_a_machine_that_does_not_tell_its_load_counts_as_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> tuple[float, float, float]:
        raise OSError

    monkeypatch.setattr("os.getloadavg", unknown)
    assert load() == 1


def test_processors_are_those_that_may_be_used() -> None:
    assert 1 <= limits._processors() <= (os.cpu_count() or 1)


class Clock:
    """A time that goes on by as much as is waited for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.waited = 1000.0, list[float]()
        monkeypatch.setattr("time.monotonic", lambda: self.now)

    def attempt(self, left: float) -> str:
        self.waited.append(left)
        self.now += left
        raise subprocess.TimeoutExpired("tool", left)


def test_a_load_that_begins_meanwhile_prolongs_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    fake_load(monkeypatch, 1, 3)
    deadline = Deadline(7)
    fake_load(monkeypatch, 12, 3)
    with pytest.raises(subprocess.TimeoutExpired):
        deadline.wait(clock.attempt)
    assert (clock.waited, deadline.seconds) == ([7, 21], 28)


def test_a_load_that_ends_meanwhile_takes_nothing_away(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    fake_load(monkeypatch, 12, 3)
    deadline = Deadline(7)
    fake_load(monkeypatch, 0, 3)
    with pytest.raises(subprocess.TimeoutExpired):
        deadline.wait(clock.attempt)
    assert (clock.waited, deadline.seconds) == ([28], 28)


def test_a_fixed_limit_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    fake_load(monkeypatch, 12, 3)
    with pytest.raises(subprocess.TimeoutExpired):
        Deadline(7, fixed=True).wait(clock.attempt)
    assert clock.waited == [7]


@pytest.mark.parametrize(("seconds", "text"), [(0.25, "0.25 s"), (1.0, "1 s"), (134.6, "135 s")])
def test_times_in_messages(seconds: float, text: str) -> None:
    assert in_seconds(seconds) == text
