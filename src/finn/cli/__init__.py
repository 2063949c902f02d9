"""The command ``finn``: one module per group of commands, results on stdout, progress on stderr."""

from __future__ import annotations

from finn.cli.application import main

__all__ = ("main",)
