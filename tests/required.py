"""Tools that a user's machine may lack and continuous integration may not."""

from __future__ import annotations

import os
import shutil

import pytest

__all__ = ("REQUIRED", "need")

# Set by .ci/run: names of programs, separated by spaces.
REQUIRED = "FINN_REQUIRED_TOOLS"


def need(program: str) -> None:
    """Skip the test where a program is missing; fail where the environment requires it."""
    if shutil.which(program):
        return
    if program in os.environ.get(REQUIRED, "").split():
        pytest.fail(f"{program} is not on PATH, and {REQUIRED} names it")
    pytest.skip(f"needs {program}, which is not on PATH")
