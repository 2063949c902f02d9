"""``finn boards``: boards by name, and how they are doing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from finn.cli.console import complain, show
from finn.cli.options import AcceptHostKey
from finn.cli.password import with_password

if TYPE_CHECKING:
    from finn.remote.status import BoardStatus

__all__ = ("boards",)

boards = typer.Typer(
    rich_markup_mode=None, pretty_exceptions_enable=False, help="Name boards, and see how they are doing."
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="What --on takes for the board.")]


@boards.command()
def add(
    name: Name,
    url: Annotated[str, typer.Argument(metavar="ssh://USER@HOST:PORT[/DIR]", help="Where it is.")],
) -> None:
    """Give a board a name.

    It is kept in the user's configuration folder, without a password.
    """
    from finn.remote.registry import add_board

    add_board(name, url)


@boards.command()
def remove(name: Name) -> None:
    """Forget a name."""
    from finn.remote.registry import remove_board

    remove_board(name)


@boards.command(name="list")
def list_() -> None:
    """List names and addresses."""
    from finn.cli.report import boards_table
    from finn.remote.registry import known_boards

    show(boards_table(known_boards()))


@boards.command()
def check(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME|ssh://...]...", help="Default: all that are listed.")
    ] = None,
    accept_new_host_key: AcceptHostKey = False,
) -> None:
    """Log in to boards and tell how they are doing.

    Version of pynq, free memory and disk, clock, and who runs a batch; exit code 1 if one fails.
    """
    from finn.cli.report import boards_report
    from finn.errors import FinnError
    from finn.remote import BoardAddress, connect
    from finn.remote.registry import board_url, known_boards
    from finn.remote.status import board_status

    found: dict[str, BoardStatus | None] = {}
    chosen = names or list(known_boards())
    if not chosen:
        raise FinnError("no board is listed; add one with finn boards add NAME ssh://user@host")
    for name in chosen:
        url = board_url(name)

        def job(password: str | None, url: str = url) -> BoardStatus:
            return board_status(connect(BoardAddress.parse(url), password, None, accept_new_host_key))

        try:
            found[name] = with_password([url], job)
        except FinnError as error:
            complain(f"{name}: {error}")
            found[name] = None
    show(boards_report(found))
    if any(status is None or status.pynq is None for status in found.values()):
        raise typer.Exit(1)
