"""The documentation says what the program does: chapter, imports, commands and their options."""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from finn.cli.application import application
from finn.emulator import EmulatedBoard
from finn.toolchain.cache import cache_directory

ROOT = Path(__file__).parents[1]
CHAPTER = ROOT / "docs" / "pynq_deploy.rst"
TEXTS = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.rst")),
    *sorted((ROOT / "examples").rglob("*.md")),
]
SECTIONS = [
    "Create PYNQ Shell Project",
    "Test on Hardware: Synthesis, Place and Route",
    "Generate PYNQ runtime code",
    "Deployment and Remote Execution",
    "Throughput Test",
]
COMMAND = re.compile(r"^(?:\s+|\$ )(?:\.venv/bin/)?finn +(\w+)(.*)$", re.MULTILINE)
IMPORT = re.compile(r"^\s*from (finn[\w.]*) import (\w+)$", re.MULTILINE)


def test_the_index_puts_the_chapter_first() -> None:
    entries = re.findall(r"^   (\w+)$", (ROOT / "docs" / "index.rst").read_text(), re.MULTILINE)
    assert entries[0] == "pynq_deploy"
    assert {f"{entry}.rst" for entry in entries} | {"index.rst"} == {
        p.name for p in (ROOT / "docs").glob("*.rst")
    }


def test_the_chapter_has_its_label_and_sections() -> None:
    text = CHAPTER.read_text()
    assert text.startswith(".. _pynq_deploy:\n")
    assert re.findall(r"^(.+)\n=+$", text, re.MULTILINE) == SECTIONS
    assert "https://pynq.readthedocs.io" in text and 'SynthPYNQProject("vivado")' in text


def test_the_chapters_code_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"::\n\n((?:    .*\n|\n)+)", CHAPTER.read_text())
    code = "\n".join(textwrap.dedent(b) for b in blocks if re.search(r"^    (from|model =)", b, re.MULTILINE))
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("FINN_BUILD_DIR", str(tmp_path))
    monkeypatch.setenv("FINN_CACHE", str(cache_directory()))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("FINN_ACCEPT_NEW_HOST_KEY", "1")
    with EmulatedBoard() as board:
        login = f'"{board.host}", {board.port}, "{board.username}", "{board.password}"'
        code = code.replace('"192.168.2.99", 22, "xilinx", "xilinx"', login)
        # A small design instead of the largest, which takes longer to compile.
        code = code.replace('("Pynq-Z1")', '("Pynq-Z1", target_fps=1000000)')
        names: dict[str, Any] = {}
        exec(code, names)
    labels = np.load(ROOT / "examples" / "digits" / "labels.npy")
    assert (names["logits"].argmax(axis=1) == labels).mean() > 0.94
    assert names["metrics"]["batch_size"] == 1000


def test_the_picture_is_there() -> None:
    assert (
        "_static/flow.svg" in CHAPTER.read_text()
        and "docs/_static/flow.svg" in (ROOT / "README.md").read_text()
    )
    assert (ROOT / "docs" / "_static" / "flow.svg").read_text().startswith("<svg ")


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_that_are_shown_work(path: Path) -> None:
    for module, name in IMPORT.findall(path.read_text()):
        assert hasattr(__import__(module, fromlist=[name]), name), f"from {module} import {name}"


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_that_are_shown_exist_with_their_options(path: Path) -> None:
    for command, rest in COMMAND.findall(path.read_text()):
        done = CliRunner().invoke(application(), [command, "--help"], terminal_width=200)
        assert done.exit_code == 0, f"finn {command}"
        unknown = [o for o in re.findall(r"(?<!\S)--?[a-z][\w-]*", rest) if o not in done.stdout]
        assert not unknown, f"finn {command} has no {unknown}"


def test_the_readme_shows_valid_python() -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert blocks
    for block in blocks:
        ast.parse(textwrap.dedent(block))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_placeholder_is_left(path: Path) -> None:
    assert "@@" not in path.read_text()
