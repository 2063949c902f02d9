"""The front end's rooms import one another in one direction only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import finn.frontend

ROOT = Path(finn.frontend.__file__).parent
# What each room may import besides itself. The host's programs stand below what is found by running them.
MAY_IMPORT = {
    "graph": set(),
    "host.programs": {"graph"},
    "levels": {"graph", "host.programs"},
    "layers": {"graph", "levels"},
    "reading": {"graph", "host.programs", "levels"},
    "planning": {"graph", "host.programs", "levels", "layers"},
    "writing": {"graph", "levels", "layers", "planning"},
    "host": {"graph", "host.programs", "reading"},
}


def room_of(module: str) -> str:
    """The room of a module below ``finn.frontend``, named without that."""
    return "host.programs" if module == "host.programs" else module.split(".")[0]


def imported(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text()))
    names = [n.module for n in nodes if isinstance(n, ast.ImportFrom) and n.module]
    return {name.removeprefix("finn.frontend.") for name in names if name.startswith("finn.frontend.")}


MODULES = [path for path in sorted(ROOT.rglob("*.py")) if path.parent != ROOT]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_arrows_run_one_way(path: Path) -> None:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    room = room_of(module)
    others = {room_of(name) for name in imported(path)} - {room}
    assert others <= MAY_IMPORT[room], f"{module} imports {others - MAY_IMPORT[room]}"


def test_every_room_is_known() -> None:
    assert {room_of(".".join(p.relative_to(ROOT).parts)) for p in MODULES} | {"host.programs"} == set(
        MAY_IMPORT
    )


def test_nothing_below_imports_the_front_end_as_a_whole() -> None:
    assert [path for path in MODULES if "from finn.frontend import" in path.read_text()] == []
