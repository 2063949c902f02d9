"""The command line, called from Python."""

from __future__ import annotations

from typer.testing import CliRunner

from finn.cli.application import application

SLOW_ENOUGH = ("--target-fps", "1000000")


def invoke(*arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of ``finn`` with ``arguments``."""
    result = CliRunner().invoke(application(), [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr
