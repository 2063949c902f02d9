"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

__all__ = ("AcceptHostKey", "BoardAddressOption", "BoardName", "InputFile", "Out", "Target")

LOCAL_TARGETS = ("model", "rtlsim", "emulated")


def _is_ssh(value: str) -> bool:
    return value.startswith("ssh://") and bool(urlsplit(value).hostname)


def _target(value: str) -> str:
    if value not in LOCAL_TARGETS and not _is_ssh(value):
        raise typer.BadParameter(f"{value!r} is none of {', '.join(LOCAL_TARGETS)} or ssh://user@host:port")
    return value


def _address(value: str | None) -> str | None:
    if value is not None and not _is_ssh(value):
        raise typer.BadParameter(f"{value!r} is not of the form ssh://user@host:port")
    return value


Out = Annotated[Path, typer.Argument(metavar="OUT", help="Folder that finn build has written.")]
InputFile = Annotated[
    Path, typer.Option("--input", help="The ONNX model's own input, .npy, or .npz where there are several.")
]
Target = Annotated[
    str,
    typer.Option(
        "--on",
        metavar="TARGET",
        callback=_target,
        help="model (integer model), rtlsim, emulated (an emulated board) or ssh://user@host:port.",
    ),
]
BoardAddressOption = Annotated[
    str,
    typer.Option("--on", metavar="ssh://USER@HOST:PORT[/DIR]", callback=_address, help="The board."),
]
BoardName = Annotated[str, typer.Option(help="Board, for instance Pynq-Z1 or Pynq-Z2.")]
AcceptHostKey = Annotated[
    bool,
    typer.Option(
        "--accept-new-host-key",
        envvar="FINN_ACCEPT_NEW_HOST_KEY",
        help="Trust the key of a board that is seen for the first time.",
    ),
]
