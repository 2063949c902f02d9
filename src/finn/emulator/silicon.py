"""The process that is the board's silicon: registers, memory and the RTL; it outlives any client.

It is started by the board with a description on its first line of standard input, prints what it
has to tell as JSON lines, and ends when its standard input does.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from finn.emulator.fabric import Fabric, Frozen, Restart
from finn.emulator.guest.link import ANSWER, ERROR, OK, REQUEST
from finn.emulator.memory import MemoryFault
from finn.errors import FinnError

__all__ = ("main",)

LARGEST_REQUEST = 1 << 16
# Writes come in bursts; a processor would be through with one before the RTL gets anywhere.
BURST_SECONDS = 0.0002


class Client:
    """One process on the board that uses the device, and the buffers that it holds."""

    def __init__(self, connection: socket.socket, buffers: list[int]) -> None:
        self.connection, self.buffers = connection, buffers


class SiliconProcess:
    """Answers clients, and lets the RTL run in between for as long as something is going on."""

    def __init__(self, fabric: Fabric, listener: socket.socket) -> None:
        self._fabric, self._listener = fabric, listener
        self._clients: list[Client] = []
        self._selector = selectors.DefaultSelector()
        self._selector.register(sys.stdin.fileno(), selectors.EVENT_READ, None)
        self._selector.register(listener, selectors.EVENT_READ, None)

    def add(self, client: Client) -> None:
        """Serve ``client`` from now on."""
        self._clients.append(client)
        self._selector.register(client.connection, selectors.EVENT_READ, client)

    def run(self) -> None:
        """Serve until standard input ends."""
        patience: float | None = None
        while True:
            events = self._selector.select(patience)
            for key, _ in events:
                if key.fileobj == sys.stdin.fileno():
                    return
                if key.data is None:
                    self.add(Client(self._listener.accept()[0], []))
                elif self._serve(key.data) != b"read":
                    patience = BURST_SECONDS
                    break
            else:
                self._fabric.advance()
                patience = 0 if self._fabric.busy else None

    def _serve(self, client: Client) -> bytes:
        """Do one request; returns its operation, empty if the client is gone."""
        try:
            operation, number, payload = _receive(client.connection)
            self.answer(client, operation, number, payload)
            return operation
        except (EOFError, OSError):
            self._drop(client)
            return b""

    def answer(self, client: Client, operation: bytes, number: int, payload: bytes) -> None:
        """Do one request and send its answer; OSError if the client is gone."""
        try:
            status, data = OK, self._do(client, operation, number, payload)
        except (FinnError, MemoryFault) as error:
            status, data = ERROR, str(error).encode()
            if isinstance(error, MemoryFault):
                tell(message=str(error))
        except Restart as restart:
            restart.state["client"] = self._clients.index(client)
            self._start_anew(restart.state)
        descriptors = [self._fabric.memory.descriptor] if operation == b"open" else []
        socket.send_fds(client.connection, [ANSWER.pack(status, len(data)) + data], descriptors)

    def _do(self, client: Client, operation: bytes, number: int, payload: bytes) -> bytes:
        fabric = self._fabric
        if operation == b"read":
            return fabric.read(number).to_bytes(4, "little")
        if operation == b"writ":
            fabric.write(number, int.from_bytes(payload, "little"))
        elif operation == b"open":
            return json.dumps(fabric.introduction()).encode()
        elif operation == b"allo":
            client.buffers.append(fabric.memory.allocate(number))
            return client.buffers[-1].to_bytes(8, "little")
        elif operation == b"load":
            fabric.load(Path(os.fsdecode(payload)))
        elif number not in client.buffers:
            raise FinnError(f"there is no buffer of this process at {number:#x}")
        elif operation == b"chck":
            fabric.memory.check(number)
        elif operation == b"free":
            client.buffers.remove(number)
            fabric.memory.free(number)
        return b""

    def _drop(self, client: Client) -> None:
        """A process ended, or was killed: the system takes its buffers back."""
        self._selector.unregister(client.connection)
        self._clients.remove(client)
        client.connection.close()
        for address in client.buffers:
            try:
                self._fabric.memory.free(address)
            except MemoryFault as error:
                tell(message=str(error))

    def _start_anew(self, state: dict[str, Any]) -> None:
        """Replace this program by a fresh one with the same sockets and memory.

        Two designs loaded side by side would share symbols.
        """
        state["listener"] = self._listener.fileno()
        state["clients"] = [[client.connection.fileno(), client.buffers] for client in self._clients]
        for descriptor in (self._listener.fileno(), self._fabric.memory.descriptor):
            os.set_inheritable(descriptor, True)
        for client in self._clients:
            os.set_inheritable(client.connection.fileno(), True)
        path = Path(state["work"]) / "restart.json"
        path.write_text(json.dumps(state))
        os.execv(sys.executable, [sys.executable, "-m", "finn.emulator.silicon", str(path)])


def tell(**message: Any) -> None:
    """Say something to the board, which passes it on to the host."""
    print(json.dumps(message), flush=True)


def _receive(connection: socket.socket) -> tuple[bytes, int, bytes]:
    operation, number, size = REQUEST.unpack(_exactly(connection, REQUEST.size))
    if size > LARGEST_REQUEST:
        raise EOFError
    return operation, number, _exactly(connection, size)


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = connection.recv(size, socket.MSG_WAITALL) if size else b""
    if len(data) < size:
        raise EOFError
    return data


def _first_line() -> str:
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(sys.stdin.fileno(), 1)
        if not byte:
            raise SystemExit(0)
        line += byte
    return line.decode()


def _listen(path: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen()
    return listener


def _continue(process: SiliconProcess, state: dict[str, Any]) -> None:
    """Take up the clients of the program that this one replaced, and the load that it was asked for."""
    clients = [Client(socket.socket(fileno=fd), list(buffers)) for fd, buffers in state["clients"]]
    for client in clients:
        process.add(client)
    with suppress(OSError):  # a client that is gone meanwhile is found out by the next look at its socket
        process.answer(clients[state["client"]], b"load", 0, os.fsencode(state["load"]))


def main(arguments: list[str]) -> None:
    """Run the process; ``arguments`` names the state of a program that this one replaces, if any."""
    state = json.loads(Path(arguments[0]).read_text() if arguments else _first_line())
    try:
        listener = socket.socket(fileno=state["listener"]) if arguments else _listen(state["socket"])
        process = SiliconProcess(Fabric(state), listener)
        if arguments:
            _continue(process, state)
        else:
            tell(ready=True)
        process.run()
    except Frozen as frozen:
        tell(frozen=str(frozen))
        # Silicon that hangs answers nobody; only switching the board off ends this.
        while os.read(sys.stdin.fileno(), 1):
            pass


if __name__ == "__main__":
    main(sys.argv[1:])
