"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

__all__ = (
    "AcceptHostKey",
    "BoardAddressOption",
    "BoardName",
    "InputDatatype",
    "InputFile",
    "InputMean",
    "InputScale",
    "InputStd",
    "Layout",
    "LutShare",
    "Out",
    "Raw",
    "Resize",
    "Targets",
    "board_address",
)

LOCAL_TARGETS = ("model", "rtlsim", "emulated")
FORM = "ssh://user@host:port"


def _targets(values: list[str]) -> list[str]:
    """The targets, names of boards replaced by their addresses."""
    if len(values) > 1 and any(value in LOCAL_TARGETS for value in values):
        raise typer.BadParameter("several --on must all be boards")
    if len(set(values)) < len(values):
        raise typer.BadParameter("the same board is named twice")
    otherwise = f"is none of {', '.join(LOCAL_TARGETS)}, {FORM} or"
    return [value if value in LOCAL_TARGETS else _board(value, otherwise) for value in values]


def board_address(value: str | None) -> str | None:
    """The address of a board that is given by address or by name."""
    return None if value is None else _board(value, f"is not of the form {FORM}, nor")


def _board(value: str, otherwise: str) -> str:
    from finn.errors import FinnError
    from finn.remote.registry import board_url

    if value.startswith("ssh://") and urlsplit(value).hostname:
        return value
    try:
        return board_url("" if value.startswith("ssh://") else value)
    except FinnError:
        raise typer.BadParameter(f"{value!r} {otherwise} the name of a board (finn boards list)") from None


Out = Annotated[Path, typer.Argument(metavar="OUT", help="Folder that finn build has written.")]
InputFile = Annotated[
    str,
    typer.Option(
        "--input",
        metavar="PATH",
        help="The ONNX model's own input: .npy, .npz where there are several, an image, a folder or a glob.",
    ),
]
InputDatatype = Annotated[
    str | None,
    typer.Option(help="The hardware takes integers of this type, such as pixels (UINT8), as they are."),
]
InputScale = Annotated[
    str | None, typer.Option(help="What one step of the integers is worth to the model, for instance 1/255.")
]
InputMean = Annotated[
    str | None,
    typer.Option(help="The model's input is (integer x scale - mean) / std: one, or one by channel."),
]
InputStd = Annotated[str | None, typer.Option(help="See --input-mean; for instance 0.229,0.224,0.225.")]
Layout = Annotated[
    str | None,
    typer.Option(metavar="NHWC", help="The order of the input's axes where it is not the model's."),
]
LutShare = Annotated[
    float | None,
    typer.Option(metavar="SHARE", help="Share of the board's LUTs that may be used; default: 0.7."),
]
Raw = Annotated[
    bool, typer.Option("--raw", help="The input's integers are those that the first quantiser would give.")
]
Resize = Annotated[bool, typer.Option("--resize", help="Bring images to the model's size.")]
Targets = Annotated[
    list[str],
    typer.Option(
        "--on",
        metavar="TARGET",
        callback=_targets,
        help="model (integer model), rtlsim, emulated (an emulated board), ssh://user@host:port or a name "
        "of finn boards; several boards: repeat it.",
    ),
]
BoardAddressOption = Annotated[
    str,
    typer.Option(
        "--on", metavar="ssh://USER@HOST:PORT[/DIR]|NAME", callback=board_address, help="The board."
    ),
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
