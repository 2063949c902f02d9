"""The cache folder: where it is, made once, nothing half-made left."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from finn.errors import FinnError
from finn.toolchain.cache import cache_directory, cached_directory


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FINN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_variable_decides_and_the_users_cache_is_the_default(
    own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache_directory() == own_cache
    monkeypatch.delenv("FINN_CACHE")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_directory() == tmp_path / "xdg" / "finn-pynq"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FINN_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(FinnError) as error:
        cache_directory()
    assert str(error.value) == (
        f"the cache folder {tmp_path / 'file' / 'cache'} cannot be made (Not a directory); "
        "set FINN_CACHE to a folder you may write"
    )


def test_an_entry_is_made_once_by_whoever_comes_first() -> None:
    made = []

    def make(folder: Path) -> None:
        made.append(folder)
        time.sleep(0.2)
        (folder / "content").write_text("1")

    threads = [threading.Thread(target=cached_directory, args=("kind", "key", make)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert (cached_directory("kind", "key", make) / "content").read_text() == "1"


def test_a_failure_leaves_nothing(own_cache: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_text("")
        raise FinnError("no")

    with pytest.raises(FinnError):
        cached_directory("kind", "key", fail)
    assert list((own_cache / "kind").iterdir()) == []
