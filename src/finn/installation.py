"""Finds other packages that provide ``finn``, which would be imported in part or instead."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Iterable
from pathlib import Path

__all__ = ("conflict",)

DISTRIBUTION = "finn-pynq"
PACKAGE = "finn"


def conflict(path: Iterable[str] | None = None) -> str | None:
    """One sentence that names another provider of ``finn``; None where there is none.

    Parameters
    ----------
    path
        Folders that Python imports from; default is ``sys.path``.
    """
    folders = [entry for entry in (sys.path if path is None else path) if entry]
    others = sorted({*_distributions(folders), *_folders(folders)})
    if not others:
        return None
    return (
        f"the package {PACKAGE!r} is also provided by {', '.join(others)}; "
        f"install {DISTRIBUTION} into a virtual environment of its own"
    )


def _distributions(folders: list[str]) -> list[str]:
    found = []
    for distribution in importlib.metadata.distributions(path=folders):
        name = distribution.metadata["Name"] or ""
        if name.lower().startswith(PACKAGE) and name.lower() != DISTRIBUTION:
            files = distribution.files or []
            if any(file.parts[:1] == (PACKAGE,) for file in files):
                found.append(name)
    return found


def _folders(folders: list[str]) -> list[str]:
    ours = Path(__file__).resolve().parent
    candidates = [(Path(entry) / PACKAGE) for entry in folders]
    return [str(c) for c in candidates if (c / "__init__.py").is_file() and c.resolve() != ours]
