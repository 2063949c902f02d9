"""The documentation's page on inputs shows the sentences that the tests see."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = [*sorted(Path(__file__).parent.glob("*.py")), ROOT / "tests" / "runtime" / "test_reader.py"]


def plain(text: str) -> str:
    """Letters only, without quotes and line breaks of string literals, names of files and what is put in."""
    joined = re.sub(r'"\s*\n\s*f?"|\n\s*', "", text)
    return re.sub(r"[^a-z]", "", re.sub(r"\{[^}]*\}|\w+\.(npy|npz|png)", "", joined))


def test_every_sentence_of_the_page_is_tested() -> None:
    tested = plain("".join(path.read_text() for path in TESTS))
    page = (ROOT / "docs" / "inputs.rst").read_text()
    blocks = re.findall(r"code-block:: text\n\n((?:   .*\n)+)", page)
    sentences = [line.strip() for block in blocks for line in block.splitlines()]
    assert len(sentences) == 14
    for sentence in sentences:
        ending = re.split(r"; | at index | has shape ", sentence.removeprefix("warning: "))[-1]
        assert plain(ending) in tested, sentence
