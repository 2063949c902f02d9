"""``finn doctor``: what this machine, or a board, can do."""

from __future__ import annotations

from typing import Annotated

import typer

from finn.cli.console import show
from finn.cli.options import AcceptHostKey, board_address
from finn.cli.password import with_password

__all__ = ("doctor",)


def doctor(
    on: Annotated[
        str | None,
        typer.Option(
            "--on",
            metavar="ssh://USER@HOST:PORT|NAME",
            callback=board_address,
            help="Look at this board instead.",
        ),
    ] = None,
    accept_new_host_key: AcceptHostKey = False,
) -> None:
    """Tell what this machine, or a board, can do.

    Says how to get the rest; exit code 1 if something needed is missing.
    """
    from finn.cli.report import findings_report
    from finn.doctor import check_board, check_machine

    if on is None:
        findings = check_machine()
    else:
        address = on
        findings = with_password(
            [address], lambda password: check_board(address, password, accept_new_host_key)
        )
    show(findings_report(findings))
    if any(finding.missing and finding.needed for finding in findings):
        raise typer.Exit(1)
