"""Commands on the board, as the user or as root."""

from __future__ import annotations

import asyncio
import shlex
from dataclasses import dataclass

import asyncssh

from finn.errors import FinnError
from finn.remote.address import BoardAddress, LoginError

__all__ = ("Completed", "printable", "run_as_root", "run_as_user", "run_plainly", "start_as_root")

# A login over SSH does not read them, and `sudo` drops what they set.
PROFILES = ("/etc/profile.d/pynq_venv.sh", "/etc/profile.d/xrt_setup.sh", "/etc/profile.d/boardname.sh")
PROMPT = "[finn] password for sudo: "
STARTED = "[finn] started"
SUDO_SECONDS = 60
COMMAND_SECONDS = 120
KEPT_BYTES = 8192
LARGEST_OUTPUT = 1 << 20
LONGEST_TEXT = 1000


@dataclass(frozen=True)
class Completed:
    """A command that ended; the texts are what it printed."""

    exit_status: int
    stdout: str
    stderr: str


def printable(text: object) -> str:
    """What a board says, for a terminal: one line, bounded, with nothing that could steer the terminal."""
    return "".join(c if c.isprintable() else " " for c in str(text)[:LONGEST_TEXT]).strip()


def in_profile(command: str) -> str:
    """``command`` in a login shell that has read what a PYNQ image sets up for its users."""
    files = " ".join(PROFILES)
    return f'bash -lc {shlex.quote(f"""for f in {files}; do [ -f "$f" ] && . "$f"; done; {command}""")}'


async def run_plainly(ssh: asyncssh.SSHClientConnection, command: str) -> Completed:
    """Run ``command`` in a plain ``bash`` and collect what it prints.

    Raises
    ------
    FinnError
        It takes minutes, or prints more than a mebibyte.
    """
    return await _ended(await ssh.create_process(f"bash -c {shlex.quote(command)}", encoding=None), command)


async def run_as_user(ssh: asyncssh.SSHClientConnection, command: str) -> Completed:
    """As `run_plainly`, with the environment of a login on a PYNQ image."""
    return await _ended(await ssh.create_process(in_profile(command), encoding=None), command)


async def run_as_root(
    ssh: asyncssh.SSHClientConnection, address: BoardAddress, command: str, password: str | None
) -> Completed:
    """As `run_as_user`, with the rights of root."""
    return await _ended(await start_as_root(ssh, address, command, password), command)


async def _ended(process: asyncssh.SSHClientProcess[bytes], command: str) -> Completed:
    """What a process printed, once it has ended."""
    try:
        process.stdin.write_eof()
        reading = asyncio.gather(_all(process.stdout), _all(process.stderr))
        stdout, stderr = await asyncio.wait_for(reading, COMMAND_SECONDS)
        await asyncio.wait_for(process.wait_closed(), COMMAND_SECONDS)
    except asyncio.TimeoutError:
        raise FinnError(f"a command on the board did not end within {COMMAND_SECONDS} s: {command}") from None
    finally:
        process.close()
    return Completed(_status(process), stdout.decode(errors="replace"), stderr.decode(errors="replace"))


async def _all(stream: asyncssh.SSHReader[bytes]) -> bytes:
    """All that comes, which is bounded, whoever sends it."""
    data = bytearray()
    while part := await stream.read(KEPT_BYTES):
        data += part
        if len(data) > LARGEST_OUTPUT:
            raise FinnError(
                f"a command on the board prints more than {LARGEST_OUTPUT} bytes; look at it by hand"
            )
    return bytes(data)


async def start_as_root(
    ssh: asyncssh.SSHClientConnection, address: BoardAddress, command: str, password: str | None
) -> asyncssh.SSHClientProcess[bytes]:
    """Start ``command`` as root; it is running when this returns.

    The password goes to ``sudo`` only if it asks, and only on standard input.

    Raises
    ------
    LoginError
        ``sudo`` wants a password and there is none, or refuses the one there is.
    FinnError
        ``sudo`` cannot be run.
    """
    inside = in_profile(f"echo {shlex.quote(STARTED)} >&2; {command}")
    sudo = "" if address.username == "root" else f"sudo -S -p {shlex.quote(PROMPT)} "
    process = await ssh.create_process(sudo + inside, encoding=None)
    try:
        await asyncio.wait_for(_pass_sudo(ssh, process, address, password), SUDO_SECONDS)
    except BaseException:
        process.close()
        raise
    return process


async def _pass_sudo(
    ssh: asyncssh.SSHClientConnection,
    process: asyncssh.SSHClientProcess[bytes],
    address: BoardAddress,
    password: str | None,
) -> None:
    heard = b""
    asked = 0
    while STARTED.encode() + b"\n" not in heard:
        part = await process.stderr.read(KEPT_BYTES)
        if not part and ssh.is_closed():
            raise ConnectionResetError("it does not answer any more")
        if not part:
            told = heard.decode(errors="replace").strip().splitlines()
            raise FinnError(
                f"sudo does not work on {address.name}: {printable(told[-1]) if told else 'no message'}"
            )
        heard = heard[-KEPT_BYTES:] + part
        if heard.count(PROMPT.encode()) > asked:
            asked += 1
            if asked > 1 or password is None:
                raise _refused(address, password)
            process.stdin.write(password.encode() + b"\n")


def _refused(address: BoardAddress, password: str | None) -> LoginError:
    if password is None:
        return LoginError(f"sudo on {address.name} wants a password; set FINN_BOARD_PASSWORD to the user's")
    return LoginError(f"sudo on {address.name} refuses the password; is the user in sudoers?")


def _status(process: asyncssh.SSHClientProcess[bytes]) -> int:
    """The exit code, negative for a signal as in `subprocess`; ConnectionResetError if there is neither."""
    if process.exit_status is None:
        raise ConnectionResetError("it does not answer any more")
    return process.returncode or 0
