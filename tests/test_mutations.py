"""Mutated models end in a result or in one sentence; ``FINN_MUTATIONS=2000`` tries so many, not 200."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import mutations
import pytest

COUNT = int(os.environ.get("FINN_MUTATIONS") or 200)
# A process for so many: what one leaves behind, a later one may trip over.
IN_A_ROW = 500

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is limited by RLIMIT_AS")


def tried(first: int, last: int) -> list[str]:
    """A line for each mutation; one that ended the process says so, and the others go on behind it."""
    lines: list[str] = []
    while first + len(lines) < last:
        arguments = [str(Path(mutations.__file__)), str(first + len(lines)), str(last)]
        done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True)
        lines += done.stdout.splitlines()
        if done.returncode:
            number, source, kind = [*lines.pop().split("\t"), "", ""][:3] if lines else ("?", "", "")
            lines.append(f"{number}\t{source}\t{kind}\tENDED with {done.returncode}: {done.stderr[-300:]!r}")
    return lines


def test_every_mutation_ends_in_a_result_or_a_sentence() -> None:
    parts = [tried(first, min(first + IN_A_ROW, COUNT)) for first in range(0, COUNT, IN_A_ROW)]
    lines = [line for part in parts for line in part]
    wrong = [line for line in lines if not line.split("\t")[3].startswith(("runs", "refused: "))]
    assert not wrong, "\n".join(wrong)
    counts = Counter(line.split("\t")[3].split(":")[0] for line in lines)
    assert len(lines) == COUNT and counts["runs"] > COUNT / 50 and counts["refused"] > COUNT / 2, counts


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("shapes differ"), "TRACEBACK ValueError('shapes differ')"),
        (MemoryError(), "MEMORY node cannot be read; check the export"),
        (None, "NO SENTENCE 'two\\nlines'"),
    ],
    ids=["another exception", "memory", "two lines"],
)
def test_what_counts_as_wrong(
    error: Exception | None, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from finn.errors import FinnError

    def job(path: Path) -> None:
        if isinstance(error, MemoryError):
            raise FinnError("node cannot be read; check the export") from error
        raise error or FinnError("two\nlines")

    monkeypatch.setattr("finn.build.info", job)
    assert mutations.outcome(tmp_path) == said


def test_a_number_stands_for_one_mutation() -> None:
    same = [mutations.mutation(number) for number in (3, 3)]
    assert same[0] == same[1] and same[0] != mutations.mutation(4)
    assert {mutations.mutation(number)[1] for number in range(60)} == set(mutations.KINDS)
