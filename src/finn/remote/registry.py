"""Boards by name: a small file in the user's configuration folder, without passwords."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from finn.errors import FinnError
from finn.remote.address import BoardAddress

__all__ = ("RESERVED", "add_board", "board_url", "boards_file", "known_boards", "remove_board")

RESERVED = ("model", "rtlsim", "emulated")
FOLDER = "XDG_CONFIG_HOME"


def boards_file() -> Path:
    """``finn/boards.json`` below ``$XDG_CONFIG_HOME``, else below ``~/.config``."""
    return Path(os.environ.get(FOLDER) or Path.home() / ".config") / "finn" / "boards.json"


def known_boards() -> dict[str, str]:
    """``ssh://`` addresses by name; FinnError if the file is not what `add_board` writes."""
    path = boards_file()
    try:
        boards = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError):
        raise FinnError(f"{path} is not JSON; mend or remove it") from None
    if not isinstance(boards, dict) or not all(isinstance(url, str) for url in boards.values()):
        raise FinnError(f"{path} is not a list of boards; mend or remove it")
    return boards


def board_url(text: str) -> str:
    """The address that ``text``, a name or an address, stands for; FinnError if it is neither."""
    if text.startswith("ssh://"):
        return text
    boards = known_boards()
    if text not in boards:
        raise FinnError(f"there is no board called {text!r}; known are {', '.join(boards) or 'none'}")
    BoardAddress.parse(boards[text])
    return boards[text]


def add_board(name: str, url: str) -> None:
    """Call a board ``name``; FinnError if that is no name or ``url`` no address without a password."""
    BoardAddress.parse(url)
    if not name or name in RESERVED or "://" in name or not name.isprintable():
        raise FinnError(f"{name!r} cannot be the name of a board; take another one")
    _write({**known_boards(), name: url})


def remove_board(name: str) -> None:
    """Forget a board; FinnError if it is not known."""
    boards = known_boards()
    if boards.pop(name, None) is None:
        raise FinnError(f"there is no board called {name!r}; known are {', '.join(boards) or 'none'}")
    _write(boards)


def _write(boards: dict[str, str]) -> None:
    path = boards_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    partial.write_text(json.dumps(boards, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(path)
