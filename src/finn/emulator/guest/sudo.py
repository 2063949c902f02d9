"""``sudo`` of the emulated board: checks the user's password, then runs the command as its root.

Root is only shown (``id`` says so); the rights stay those of the user who started the board.
"""

from __future__ import annotations

import getpass
import hashlib
import hmac
import os
import sys
from pathlib import Path

ATTEMPTS = 3
ITERATIONS = 1000
WITH_VALUE = {"-p": "prompt", "--prompt": "prompt", "-u": "user", "--user": "user"}


def digest(password: str, salt: str) -> str:
    """What the board keeps of a password."""
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), ITERATIONS).hex()


def main(arguments: list[str]) -> int:
    """Run ``sudo`` with ``arguments``; returns an exit code unless the command takes over."""
    flags, values, command = _parse(arguments)
    if not command and not flags & {"v", "i", "s"}:
        return 0 if flags & {"k", "K"} else _fail("usage: sudo [-Sknv] [-p prompt] [-u user] command")
    if "n" in flags:
        return _fail("sudo: a password is required")
    if not _authenticate("S" in flags, values.get("prompt")):
        return 1
    if flags & {"i", "s"}:
        command = ["/bin/bash", "-l", *(["-c", " ".join(command)] if command else [])]
    if not command:
        return 0
    os.environ.update(FINN_BOARD_ROOT="1", SUDO_USER=os.environ.get("USER", ""), USER="root")
    try:
        os.execvp(command[0], command)
    except OSError:
        return _fail(f"sudo: {command[0]}: command not found")


def _parse(arguments: list[str]) -> tuple[set[str], dict[str, str], list[str]]:
    """Flags, values of options and the command."""
    flags: set[str] = set()
    values: dict[str, str] = {}
    rest = list(arguments)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        option = rest.pop(0)
        name, given, value = option.partition("=")
        if option == "--":
            break
        if name in WITH_VALUE:
            values[WITH_VALUE[name]] = value if given else rest.pop(0) if rest else ""
        elif option.startswith("--"):
            flags.add({"--stdin": "S", "--reset-timestamp": "k", "--non-interactive": "n"}.get(option, ""))
        else:
            flags.update(option[1:])
    while rest and "=" in rest[0]:
        name, _, value = rest.pop(0).partition("=")
        os.environ[name] = value
    return flags, values, rest


def _authenticate(from_stdin: bool, prompt: str | None) -> bool:
    salt, _, expected = Path(os.environ["FINN_BOARD_SHADOW"]).read_text().partition(":")
    text = f"[sudo] password for {os.environ.get('USER', '')}: " if prompt is None else prompt
    for attempt in range(ATTEMPTS):
        given = _ask(from_stdin, text)
        if given is None:
            _fail("sudo: no password was provided")
            return False
        if hmac.compare_digest(digest(given, salt), expected):
            return True
        if attempt + 1 < ATTEMPTS:
            _fail("Sorry, try again.")
    _fail(f"sudo: {ATTEMPTS} incorrect password attempts")
    return False


def _ask(from_stdin: bool, prompt: str) -> str | None:
    """One line; from standard input not a byte more, since the rest belongs to the command."""
    if not from_stdin:
        try:
            return getpass.getpass(prompt)
        except (EOFError, OSError):
            return None
    sys.stderr.write(prompt)
    sys.stderr.flush()
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            return line.decode() if line else None
        line += byte
    return line[:-1].decode(errors="replace")


def _fail(text: str) -> int:
    print(text, file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
