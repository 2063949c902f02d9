"""The one exception whose text is meant for a user."""

from __future__ import annotations

__all__ = ("FinnError",)


class FinnError(Exception):
    """A user's mistake or a failed step, told in one sentence.

    The text names the thing, says what is wrong and what to do. The command line prints it and
    exits with code 1; a traceback is printed only for other exceptions, which are defects.
    """
