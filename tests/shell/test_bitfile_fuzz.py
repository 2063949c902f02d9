"""Whatever a ``.bit`` file holds: it is read, or refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzzing import fuzzed
from hypothesis import given
from hypothesis import strategies as st

from finn.emulator.bitstream import configure
from finn.errors import FinnError
from finn.shell import read_bit, write_bit
from finn.shell.bitfile import PREAMBLE
from finn.shell.real_bit import check_real_bit

many = fuzzed(300)


@pytest.fixture
def good(tmp_path: Path) -> bytes:
    write_bit(tmp_path / "good.bit", bytes.fromhex("ffffffffaa995566") * 8, "finn_top", "xc7z020clg400-1")
    return (tmp_path / "good.bit").read_bytes()


def read_or_refuse(folder: Path, data: bytes) -> None:
    path = folder / "some.bit"
    path.write_bytes(data)
    for reader in (
        lambda: read_bit(path),
        lambda: check_real_bit(path, "xc7z020clg400-1"),
        lambda: configure(path, "Pynq-Z1", folder),
    ):
        try:
            reader()
        except FinnError as error:
            assert "\n" not in str(error)


@many
@given(st.lists(st.tuples(st.integers(0, 200), st.binary(max_size=5)), min_size=1, max_size=5))
def test_changed_bytes(tmp_path: Path, good: bytes, changes: list[tuple[int, bytes]]) -> None:
    data = good
    for at, new in changes:
        data = data[:at] + new + data[at + len(new) :]
    read_or_refuse(tmp_path, data)


@many
@given(st.binary(max_size=80), st.booleans(), st.integers(0, 150))
def test_any_bytes(tmp_path: Path, good: bytes, data: bytes, headed: bool, cut: int) -> None:
    read_or_refuse(tmp_path, (PREAMBLE if headed else b"") + data)
    read_or_refuse(tmp_path, good[:cut])


def test_control_characters_do_not_reach_a_message(tmp_path: Path, good: bytes) -> None:
    path = tmp_path / "some.bit"
    path.write_bytes(good.replace(b"7z020", b"\nz020"))
    with pytest.raises(FinnError) as error:
        read_bit(path)
    assert str(error.value) == "some.bit has control characters in its header; build or copy it again"
