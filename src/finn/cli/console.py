"""What the terminal sees: progress and complaints on stderr, results on stdout."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

__all__ = ("Stages", "complain", "note", "show", "tell")

PLAIN_WIDTH = 120


def complain(text: str, label: str = "error: ") -> None:
    """One line on stderr, whatever line breaks ``text`` has."""
    note(label + " ".join(text.split()))


def note(text: str) -> None:
    """Tell the user something that is not a result."""
    print(text, file=sys.stderr, flush=True)


def show(result: RenderableType) -> None:
    """Print a result, a table for instance, on stdout."""
    _console(stderr=False).print(result, soft_wrap=isinstance(result, str))


def tell(news: RenderableType) -> None:
    """Print what is not the result, a table for instance, on stderr."""
    _console(stderr=True).print(news, soft_wrap=isinstance(news, str))


def error_console() -> Console:
    """For what is no result and not a line."""
    return _console(stderr=True)


def _console(stderr: bool) -> Console:
    # Loaded here because `finn --help` shall not wait for it.
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    # A node's name may hold brackets, which are not markup.
    return Console(
        stderr=stderr, highlight=False, markup=False, width=None if stream.isatty() else PLAIN_WIDTH
    )


class Stages:
    """Named stages on stderr: a bar while one runs, a line with its time when it ends.

    Parameters
    ----------
    expected
        How many stages there will be, for the bar; None shows a bar without an end.
    """

    def __init__(self, expected: int | None = None) -> None:
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._console = _console(stderr=True)
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<36}"),
            BarColumn(bar_width=40),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("", total=expected)
        self._depth = 0

    def __enter__(self) -> Stages:
        self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.stop()

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """One stage; stages may nest, the line of an inner one stands above its outer one's."""
        self._bar.update(self._task, description=f"{'  ' * self._depth}{name}")
        self._depth += 1
        start = time.perf_counter()
        try:
            yield
        finally:
            self._depth -= 1
        seconds = time.perf_counter() - start
        self._bar.advance(self._task)
        self._console.print(f"{'  ' * self._depth + name:<44} {seconds:7.1f} s")
