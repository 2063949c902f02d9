"""Figures on stderr that change while a board works."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from rich.live import Live
from rich.table import Table

from finn.cli.console import error_console
from finn.remote.shell import printable

__all__ = ("LiveFigures",)

MOST_ROWS = 60


class LiveFigures:
    """Shows the last figures of each board: a table on a terminal, a line for each message elsewhere.

    A call takes ``board`` and numbers by name, as `Session.throughput_test` passes them on.
    """

    def __init__(self) -> None:
        self._console = error_console()
        self._boards: dict[str, dict[str, str]] = {}
        self._live = Live(console=self._console, transient=True) if self._console.is_terminal else None

    def __enter__(self) -> LiveFigures:
        (self._live or nullcontext()).__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        (self._live or nullcontext()).__exit__(*error)

    def __call__(self, figures: Mapping[str, Any]) -> None:
        """Show what a board tells; what is no number is passed over."""
        board = printable(figures.get("board", "board"))
        numbers = [(key, value) for key, value in figures.items() if type(value) in (int, float)]
        self._boards[board] = {printable(key): _number(value) for key, value in numbers[:MOST_ROWS]}
        if self._live is not None:
            self._live.update(self._table())
        else:
            told = ", ".join(f"{key} {value}" for key, value in self._boards[board].items())
            self._console.print(f"{board}: {told}", soft_wrap=True)

    def _table(self) -> Table:
        table = Table("", box=None, pad_edge=False, header_style="bold")
        for board in self._boards:
            table.add_column(board, justify="right", no_wrap=True)
        names = dict.fromkeys(name for figures in self._boards.values() for name in figures)
        for name in names:
            table.add_row(name, *(figures.get(name, "") for figures in self._boards.values()))
        return table


def _number(value: float) -> str:
    return f"{value:,}" if type(value) is int else f"{value:,.3f}"
