"""Commands on the board, as the user or as root."""

from __future__ import annotations

import asyncio
import shlex
from dataclasses import dataclass

import asyncssh

from finn.errors import FinnError
from finn.remote.address import BoardAddress, LoginError

__all__ = ("Completed", "RootProcess", "run_as_root", "run_as_user", "start_as_root")

# A login over SSH does not read them, and `sudo` drops what they set.
PROFILES = ("/etc/profile.d/pynq_venv.sh", "/etc/profile.d/xrt_setup.sh", "/etc/profile.d/boardname.sh")
PROMPT = "[finn] password for sudo: "
STARTED = "[finn] started"
SUDO_SECONDS = 60
COMMAND_SECONDS = 120
KEPT_BYTES = 8192
RootProcess = asyncssh.SSHClientProcess


@dataclass(frozen=True)
class Completed:
    """A command that ended; the texts are what it printed."""

    exit_status: int
    stdout: str
    stderr: str


def in_profile(command: str) -> str:
    """``command`` in a login shell that has read what a PYNQ image sets up for its users."""
    files = " ".join(PROFILES)
    return f'bash -lc {shlex.quote(f"""for f in {files}; do [ -f "$f" ] && . "$f"; done; {command}""")}'


async def run_as_user(ssh: asyncssh.SSHClientConnection, command: str) -> Completed:
    """Run ``command`` and collect what it prints; FinnError if it takes minutes."""
    try:
        done = await ssh.run(in_profile(command), timeout=COMMAND_SECONDS, errors="replace")
    except asyncssh.TimeoutError:
        raise FinnError(f"a command on the board did not end within {COMMAND_SECONDS} s: {command}") from None
    return Completed(_status(done), str(done.stdout or ""), str(done.stderr or ""))


async def run_as_root(
    ssh: asyncssh.SSHClientConnection, address: BoardAddress, command: str, password: str | None
) -> Completed:
    """As `run_as_user`, with the rights of root."""
    process = await start_as_root(ssh, address, command, password)
    process.stdin.write_eof()
    stdout, stderr = await asyncio.wait_for(
        asyncio.gather(process.stdout.read(), process.stderr.read()), COMMAND_SECONDS
    )
    await process.wait_closed()
    return Completed(_status(process), stdout.decode(errors="replace"), stderr.decode(errors="replace"))


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
            raise FinnError(f"sudo does not work on {address.name}: {told[-1] if told else 'no message'}")
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


def _status(process: asyncssh.SSHCompletedProcess | asyncssh.SSHClientProcess[bytes]) -> int:
    """The exit code, negative for a signal as in `subprocess`; ConnectionResetError if there is neither."""
    if process.exit_status is None:
        raise ConnectionResetError("it does not answer any more")
    return process.returncode or 0
