"""The process that is the board to the outside: SSH server, with the silicon as its child.

Its first line of standard input is the configuration, and it ends when standard input does. On
standard output it says, as JSON lines, where it listens and what happens to the board.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import asyncssh

from finn.emulator.home import Home, make_home
from finn.emulator.ssh_server import Login, Shells, start_server
from finn.toolchain.cache import cache_directory, locked

HOST_KEY = "emulated-board-host-key"


def host_key() -> asyncssh.SSHKey:
    """The key by which all emulated boards of this cache are known; made on first use."""
    path = cache_directory() / HOST_KEY
    with locked(HOST_KEY):
        if not path.exists():
            path.touch(mode=0o600)
            asyncssh.generate_private_key("ssh-ed25519").write_private_key(path)
        return asyncssh.read_private_key(path)


def tell(**message: Any) -> None:
    """Say something to whoever started the board."""
    print(json.dumps(message), flush=True)


class BoardProcess:
    """One running board."""

    def __init__(self, configuration: dict[str, Any]) -> None:
        self._configuration = configuration
        self.home = make_home(
            Path(configuration["python"]), configuration["username"], configuration["password"]
        )
        self.shells = Shells(self.home)
        self._silicon = self._start_silicon(self.home)

    def _start_silicon(self, home: Home) -> subprocess.Popen[bytes]:
        silicon = subprocess.Popen(
            [sys.executable, "-m", "finn.emulator.silicon"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        state = {**self._configuration["silicon"], "socket": str(home.socket), "work": str(home.work)}
        assert silicon.stdin
        silicon.stdin.write(json.dumps(state).encode() + b"\n")
        silicon.stdin.flush()
        return silicon

    async def run(self) -> None:
        """Serve until standard input ends."""
        key = host_key()
        user_key = self._throw_away_key()
        login = Login(
            self._configuration["username"],
            self._configuration["password"],
            asyncssh.read_private_key(user_key).convert_to_public(),
        )
        try:
            server = await start_server(
                login, key, self.shells, self._configuration["port"], self._configuration.get("disk_bytes")
            )
        except OSError as error:
            tell(error=os.strerror(error.errno or 0))
            return
        assert self._silicon.stdout
        if not self._silicon.stdout.readline():
            tell(error="its silicon does not start")
            return
        tell(
            port=server.get_port(),
            host_key=key.export_public_key().decode().strip(),
            fingerprint=key.get_fingerprint(),
            key=str(user_key),
            directory=str(self.home.directory),
        )
        watching = asyncio.ensure_future(self._watch_silicon())
        await _end_of(sys.stdin)
        watching.cancel()
        self.switch_off()

    def _throw_away_key(self) -> Path:
        """A key by which whoever started the board may log in; it goes with the board."""
        path = self.home.root / "id_ed25519"
        path.touch(mode=0o600)
        asyncssh.generate_private_key("ssh-ed25519").write_private_key(path)
        return path

    async def _watch_silicon(self) -> None:
        """Pass on what the silicon says; if it freezes or dies, so does everything here."""
        assert self._silicon.stdout
        while line := await asyncio.to_thread(self._silicon.stdout.readline):
            message = json.loads(line)
            tell(**message)
            if "frozen" in message:
                self._freeze()
        tell(frozen="the simulation of the design ended unexpectedly")
        self._freeze()

    def _freeze(self) -> None:
        """Answer nobody any more, as a board whose bus hangs, until it is switched off."""
        while os.read(sys.stdin.fileno(), 1):
            pass
        self.switch_off()

    def switch_off(self) -> NoReturn:
        """End everything at once, open connections as well, which would be waited for otherwise."""
        self.stop()
        os._exit(0)

    def stop(self) -> None:
        """End every process of the board and remove its folder."""
        self.shells.kill()
        self._silicon.kill()
        self._silicon.wait()
        self.home.remove()


async def _end_of(stream: Any) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def readable() -> None:
        if not os.read(stream.fileno(), 4096):
            ended.set()

    loop.add_reader(stream.fileno(), readable)
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, ended.set)
    await ended.wait()
    loop.remove_reader(stream.fileno())


def _first_line() -> dict[str, Any]:
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(sys.stdin.fileno(), 1)
        if not byte:
            raise SystemExit(0)
        line += byte
    configuration: dict[str, Any] = json.loads(line)
    return configuration


def main() -> None:
    """Run a board."""
    board = BoardProcess(_first_line())
    try:
        asyncio.run(board.run())
    finally:
        board.stop()


if __name__ == "__main__":
    main()
