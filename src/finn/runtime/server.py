"""The resident process of a session: runs batches that arrive on standard input.

``python3 -m runtime.server`` in a deployment's folder. Messages as in ``protocol``; standard
output carries nothing else, whatever an imported module prints.
"""

import contextlib
import os
import select
import signal
import sys
import threading
from typing import Any, BinaryIO, Callable, Dict, List, Sequence

import numpy as np

from . import BoardError
from .board import Accelerator
from .metrics import throughput_test
from .protocol import PREFIX, ProtocolError, check_prefix, encode, parse_header, split_payload, total

__all__ = ("Server", "main")

VERSION = 1
BEAT_SECONDS = 5.0
MAX_BATCH = 1 << 32


class Server(object):
    """Answers one client.

    Attributes
    ----------
    working
        Whether requests are still answered.
    watched
        Whether an interrupt may come when nobody is left to read the answers.
    """

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source, self._sink = source, sink
        self._sending = threading.Lock()
        self._ended = threading.Event()
        self._busy = True
        self.working = True
        self.watched = False

    def note(self, text: str) -> None:
        """Tell the client something while it waits."""
        self.send({"kind": "note", "text": text})

    def send(self, header: Dict[str, Any], parts: Sequence[Any] = ()) -> None:
        """One message."""
        with self._sending:
            self._sink.write(encode(header, total(parts)))
            for part in parts:
                self._sink.write(part)
            self._sink.flush()

    def serve(self, open_accelerator: Callable[[Callable[[str], None]], Any]) -> None:
        """Open the accelerator, say so, and answer requests until the client closes or is gone."""
        threading.Thread(target=self._beat, daemon=True).start()
        try:
            self._serve(open_accelerator)
        finally:
            self.working = False
            self._ended.set()

    def _beat(self) -> None:
        """Show the client, while it waits for an answer, that it is being worked on."""
        while not self._ended.wait(BEAT_SECONDS):
            if self._busy:
                with contextlib.suppress(EnvironmentError, ValueError):  # nobody listens any more
                    self.send({"kind": "alive"})

    def _serve(self, open_accelerator: Callable[[Callable[[str], None]], Any]) -> None:
        try:
            accelerator = open_accelerator(self.note)
        except BoardError as error:
            self.send({"kind": "error", "text": str(error)})
            return
        with accelerator:
            # A run that an interrupt ended was stopped where it was started, which is where the board
            # was this client's own: by now another client may be at work on it.
            try:
                self.send(dict(_information(accelerator), kind="hello"))
                while self._answer(accelerator):
                    pass
            finally:
                self.settle()

    def settle(self) -> None:
        """Let no interrupt come any more; one that is on its way comes from here."""
        if self.watched:
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    def _answer(self, accelerator: Any) -> bool:
        self._busy = False
        prefix = self._source.read(PREFIX.size)
        self._busy = True
        if not prefix:
            return False
        header_size, payload_size = check_prefix(self._exactly(prefix, PREFIX.size))
        header = parse_header(self._exactly(b"", header_size))
        payload = self._exactly(b"", payload_size)
        if header["kind"] == "close":
            return False
        try:
            answer, parts = self._do(accelerator, header, payload)
        except (BoardError, ValueError) as error:
            answer, parts = {"kind": "error", "text": str(error)}, []
        self.send(dict(answer, id=header.get("id")), parts)
        return True

    def _exactly(self, start: bytes, size: int) -> bytes:
        data = start + self._source.read(size - len(start))
        if len(data) < size:
            raise ProtocolError("a message ends in the middle")
        return data

    def _do(self, accelerator: Any, header: Dict[str, Any], payload: bytes) -> Any:
        """Answer and its raw parts."""
        if header["kind"] == "execute":
            outputs = accelerator.run(_inputs(accelerator, header, payload))
            raw = [array.tobytes() for array in outputs]
            return {"kind": "result", "outputs": [len(part) for part in raw]}, raw
        if header["kind"] == "throughput":
            batch = header.get("batch")
            if type(batch) is not int or not 0 < batch < MAX_BATCH:
                raise ProtocolError("a throughput test has no batch size")
            tell = self._tell if header.get("watch") is True else None
            return {"kind": "metrics", "metrics": throughput_test(accelerator, batch, tell)}, []
        if header["kind"] == "info":
            return dict(_information(accelerator), kind="info"), []
        raise ProtocolError("a message of kind %r is not known" % header["kind"])

    def _tell(self, figures: Dict[str, Any]) -> None:
        self.send(dict(figures, kind="figures"))


def _inputs(accelerator: Any, header: Dict[str, Any], payload: bytes) -> List[np.ndarray]:
    """The arrays of an execute request, one for each input."""
    ports = accelerator.description.inputs
    parts = split_payload(payload, header.get("inputs"))
    if len(parts) != len(ports):
        raise BoardError("the accelerator has %d inputs, not %d" % (len(ports), len(parts)))
    arrays = []
    for part, port in zip(parts, ports):
        if len(part) % port.bytes_per_frame:
            raise BoardError("input %s wants frames of %d bytes" % (port.name, port.bytes_per_frame))
        arrays.append(np.frombuffer(part, np.uint8).reshape(-1, port.bytes_per_frame))
    return arrays


def _information(accelerator: Any) -> Dict[str, Any]:
    description = accelerator.description
    return {
        "version": VERSION,
        "name": description.name,
        "build_id": description.build_id,
        "board": description.board,
        "emulated": accelerator.emulated,
        "fclk_mhz": accelerator.fclk_mhz,
        "frames_per_run": accelerator.frames_per_run,
        "inputs": [port.bytes_per_frame for port in description.inputs],
        "outputs": [port.bytes_per_frame for port in description.outputs],
    }


def watch(server: Server, descriptor: int) -> None:
    """Have this process interrupted as soon as nobody is left to read its answers.

    A client whose connection broke asks again on another one; the run that it asked for before
    would only keep the board from it.
    """
    # What a shell starts in the background ignores SIGINT, and so do its children.
    signal.signal(signal.SIGINT, _interrupted)
    server.watched = True
    threading.Thread(target=_interrupt, args=(server, descriptor), daemon=True).start()


def _interrupted(number: int, frame: Any) -> None:
    """Interrupt once: a second time could come while the run is being stopped for the first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def _interrupt(server: Server, descriptor: int) -> None:
    poll = select.poll()
    poll.register(descriptor, 0)
    poll.poll()  # returns at POLLHUP or POLLERR, which cannot be masked
    if server.working:
        os.kill(os.getpid(), signal.SIGINT)


def main() -> int:
    """Serve the deployment in the working directory on standard input and output."""
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    server = Server(sys.stdin.buffer, sink)
    try:
        watch(server, 0)
        return _exit_code(server)
    except (BrokenPipeError, KeyboardInterrupt):
        return 1


def _exit_code(server: Server) -> int:
    try:
        server.serve(lambda note: Accelerator(".", note=note))
        return 0
    except ProtocolError as error:
        server.send({"kind": "error", "text": str(error)})
        return 1
    finally:
        server.settle()


if __name__ == "__main__":
    sys.exit(main())
