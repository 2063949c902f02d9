"""The command's frame: which commands there are, and what becomes of errors and interrupts.

Exit codes: 0 done, 1 the job failed, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from finn.cli import INTERRUPTED, board, boards, build, demo, doctor, execute
from finn.cli.console import complain
from finn.errors import FinnError
from finn.installation import conflict

__all__ = ("application",)

WRONG_USAGE = 2
# typer has this class under a public name only by its subclass.
_UsageError: type[Any] = typer.BadParameter.__mro__[1]


class _Commands(TyperGroup):
    """Turns what a user can cause into one line and an exit code; a traceback is a defect."""

    def invoke(self, ctx: Any) -> Any:
        other = conflict()
        if other:
            complain(other, label="warning: ")
        try:
            return super().invoke(ctx)
        except FinnError as error:
            complain(str(error))
        except _UsageError as error:
            command = error.ctx.command_path if error.ctx else "finn"
            complain(f"{error.format_message().rstrip('.')}; see {command} --help")
            raise typer.Exit(WRONG_USAGE) from None
        except KeyboardInterrupt:
            complain("interrupted", label="")
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            raise
        except OSError as error:
            if error.filename is None:
                raise
            complain(f"{error.filename}: {error.strerror}")
        raise typer.Exit(1)


def application() -> typer.Typer:
    """The command line with all its commands."""
    app = typer.Typer(
        cls=_Commands,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        help="Takes a quantised neural network (QONNX) to a PYNQ board, or to an emulated one.",
    )
    for command in (
        build.info,
        build.build,
        execute.run,
        execute.throughput,
        execute.verify,
        board.deploy,
        board.emulate,
        demo.demo,
        doctor.doctor,
    ):
        app.command()(command)
    app.add_typer(boards.boards, name="boards")
    return app
