"""What a shell is built for: the board, the network's streams, the clock."""

from __future__ import annotations

from dataclasses import dataclass

from finn.boards import Board, get_board
from finn.errors import FinnError

__all__ = ("PAGE_BYTES", "PORT_CHOICES", "ShellSpec", "StreamPort", "ports_for")

PAGE_BYTES = 4096
PORT_CHOICES = (1, 2, 4)
# finn_frame_bytes.sv multiplies by the bytes of a frame with one carry chain.
FRAME_BYTES_LIMIT = 1 << 28


@dataclass(frozen=True)
class StreamPort:
    """One stream between the network and memory.

    Attributes
    ----------
    name
        Of its DMA, ``idma0`` or ``odma0`` and so on; it is the name in the ``.hwh`` too.
    width
        Bits of the network's TDATA.
    beats
        Words in a frame.
    """

    name: str
    width: int
    beats: int

    @property
    def word_bytes(self) -> int:
        """Bytes of a word in memory: the width padded to whole bytes."""
        return (self.width + 7) // 8

    @property
    def frame_bytes(self) -> int:
        """Bytes of a frame in memory."""
        return self.word_bytes * self.beats


@dataclass(frozen=True)
class ShellSpec:
    """One shell.

    Attributes
    ----------
    board
        The board.
    inputs, outputs
        The network's streams in order.
    build_id
        32 bits that the driver compares before it uses the hardware.
    clk_mhz
        The fabric clock.
    hp_ports
        1, 2 or 4 to force every DMA to so many memory ports; otherwise as many as needed.
    cycles_per_frame
        The network's; without it, as if it took a word in every cycle.
    """

    board: Board
    inputs: tuple[StreamPort, ...]
    outputs: tuple[StreamPort, ...]
    build_id: int
    clk_mhz: float
    hp_ports: int | None = None
    cycles_per_frame: int | None = None

    def __post_init__(self) -> None:
        if self.hp_ports not in (None, *PORT_CHOICES):
            raise FinnError(f"hp_ports={self.hp_ports} is not possible; possible are 1, 2 and 4")
        for stream in self.streams:
            if stream.frame_bytes >= FRAME_BYTES_LIMIT:
                raise FinnError(
                    f"a frame of {stream.name} has {stream.frame_bytes} bytes, more than the shell's "
                    f"{FRAME_BYTES_LIMIT - 1}; split the network's input or output"
                )
        for streams in (self.inputs, self.outputs):
            if len(streams) > len(self.board.hp_ports):
                raise FinnError(
                    f"the network has {len(streams)} streams in one direction, but {self.board.name} has "
                    f"{len(self.board.hp_ports)} memory ports; join some of its inputs or outputs"
                )

    @property
    def streams(self) -> tuple[StreamPort, ...]:
        """All streams in the order of their register pages: inputs, then outputs."""
        return (*self.inputs, *self.outputs)

    def address(self, stream: StreamPort) -> int:
        """Physical address of a stream's register page."""
        return self.board.register_base + PAGE_BYTES * self.streams.index(stream)

    def ports(self, stream: StreamPort) -> tuple[int, ...]:
        """The board's ports that a stream is striped over, in striping order.

        Inputs share the ports' read sides, outputs their write sides, none with another.
        """
        group = self.inputs if stream in self.inputs else self.outputs
        counts = [self._wanted(each) for each in group]
        # Where they do not fit, the widest give way.
        while sum(counts) > len(self.board.hp_ports):
            counts[counts.index(max(counts))] //= 2
        first = sum(counts[: group.index(stream)])
        return self.board.hp_ports[first : first + counts[group.index(stream)]]

    def _wanted(self, stream: StreamPort) -> int:
        if self.hp_ports:
            return self.hp_ports
        return ports_for(stream, self.cycles_per_frame or stream.beats, self.board)


def ports_for(stream: StreamPort, cycles_per_frame: int, board: Board | None = None) -> int:
    """The fewest ports (1, 2 or 4) at which the shell keeps up with the network, or with the memory.

    ``cycles_per_frame`` are the network's; without a board, ports are those of the PYNQ-Z1.
    """
    sustained = (board or get_board("Pynq-Z1")).memory.port_bytes_per_cycle
    rate = stream.frame_bytes / cycles_per_frame
    for ports in PORT_CHOICES:
        if ports * sustained >= rate:
            return ports
    return PORT_CHOICES[-1]
