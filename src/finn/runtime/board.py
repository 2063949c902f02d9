"""The accelerator on a PYNQ board; the only module that imports ``pynq``.

with Accelerator(".") as accelerator:
    y = accelerator(x)
"""

import os
import sys
import uuid
from typing import Any, Callable, Dict, List, Optional, Sequence

import numpy as np

from . import BoardError
from .clocks import FabricClock
from .description import Description, Port
from .dma import ALIGNMENT, REGISTER_BYTES, Dma, stop_all, wait_for
from .numeric import pack, run_program, unpack
from .turns import Turns

__all__ = ("Accelerator",)

BUFFER_BYTES = 1 << 23  # of the largest buffer: a batch beyond it goes through in slices
CLOCK_TOLERANCE = 0.01
EMULATED, ZYNQ = "emulated", "zynq"

Note = Callable[[str], None]


def _to_stderr(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


class Accelerator(object):
    """A deployed network; NumPy in, NumPy out.

    Parameters
    ----------
    folder
        The deployment: ``accelerator.json`` and the files that it names.
    bitfile
        Name of the bitstream in it where it shall not be the one for the kind of board found.
    note
        Called with a sentence when something takes long.

    Attributes
    ----------
    description
        The contents of ``accelerator.json``.
    emulated
        Whether the board is an emulated one.

    Raises
    ------
    BoardError
        There is no deployment, no bitstream for this board, or the bitstream is of another build.
    """

    def __init__(self, folder: str = ".", bitfile: Optional[str] = None, note: Note = _to_stderr) -> None:
        import pynq

        self.description = Description(folder)
        self._pynq = pynq
        self.note = note
        self._me = uuid.uuid4().hex
        self._buffers: Dict[str, Any] = {}
        self._arrays = _arrays(self.description)
        family, reference = self.description.family, self.description.reference_mhz
        self._clock = FabricClock(pynq.MMIO, family, reference)
        self.emulated = bool(getattr(pynq.Device.active_device, "emulated", False))
        self._bitfile = self._choose(bitfile)
        self._turns = Turns(note)
        with self._turns:
            self.take()

    def __enter__(self) -> "Accelerator":
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def close(self) -> None:
        """Give the buffers back; the bitstream stays loaded."""
        for buffer in self._buffers.values():
            buffer.freebuffer()
        self._buffers = {}
        self._turns.close()

    def __call__(self, *inputs: np.ndarray) -> Any:
        """The model's outputs for its own inputs, batch in axis 0; one array if there is one output."""
        names = [entry["name"] for entry in self.description.model_inputs]
        if len(inputs) != len(names):
            raise BoardError("%s takes %d inputs, not %d" % (self.description.name, len(names), len(inputs)))
        tensors = run_program(self.description.host["prefix"], self._arrays, dict(zip(names, inputs)))
        packed = [pack(tensors[p.name], p.datatype, p.folded_shape) for p in self.description.inputs]
        for port, raw in zip(self.description.outputs, self.run(packed)):
            values = unpack(raw, port.datatype, port.folded_shape, port.normal_shape)
            tensors[port.name] = values.astype(np.int64)
        tensors = run_program(self.description.host["tail"], self._arrays, tensors)
        outputs = [tensors[entry["name"]] for entry in self.description.model_outputs]
        return outputs[0] if len(outputs) == 1 else outputs

    def run(self, packed: Sequence[np.ndarray]) -> List[np.ndarray]:
        """Run a batch of any size through the hardware.

        Parameters
        ----------
        packed
            For each input (N, bytes per frame) uint8.

        Returns
        -------
        list of numpy.ndarray
            For each output (N, bytes per frame) uint8.

        Raises
        ------
        BoardError
            Shapes that do not fit, a memory error, or a run that makes no progress.
        """
        frames = self._check(packed)
        outputs = [np.empty((frames, port.bytes_per_frame), np.uint8) for port in self.description.outputs]
        most = self.frames_per_run
        with self._turns:
            self.take()
            for first in range(0, frames, most):
                part = slice(first, min(first + most, frames))
                self.load_inputs([array[part] for array in packed])
                self.run_loaded(part.stop - first)
                for port, array in zip(self.description.outputs, outputs):
                    array[part] = self.fetch_output(port, part.stop - first)
        return outputs

    @property
    def frames_per_run(self) -> int:
        """Frames that go through the hardware at once: as many as the largest buffer holds."""
        largest: int = max(port.bytes_per_frame for port in self.description.ports)
        return max(1, BUFFER_BYTES // largest)

    @property
    def fclk_mhz(self) -> float:
        """The fabric clock as it is set, in MHz."""
        return self._clock.mhz

    @property
    def turns(self) -> Turns:
        """The lock to hold over several calls that belong together."""
        return self._turns

    def load_inputs(self, packed: Sequence[np.ndarray]) -> None:
        """Copy (frames, bytes) uint8 of each input to its buffer and make it visible to the DMA."""
        for port, array in zip(self.description.inputs, packed):
            buffer = self._buffer(port, array.shape[0])
            size = array.shape[0] * port.bytes_per_frame
            buffer[:size] = array.reshape(-1)
            buffer[: _padded(size)].flush()

    def run_loaded(self, frames: int) -> None:
        """Run ``frames`` frames from the input buffers to the output buffers."""
        for port in self.description.outputs:
            # A dirty cache line evicted later would overwrite the result.
            self._buffer(port, frames)[: _padded(frames * port.bytes_per_frame)].invalidate()
        ports = self.description.outputs + self.description.inputs
        ends = [self.dmas[port.dma] for port in ports]
        for port, dma in zip(ports, ends):
            dma.prepare(self._address(port, frames), frames)
        # Outputs first: no word may arrive before somebody takes it.
        for dma in ends:
            dma.start()
        wait_for(ends, self.description.expected_cycles_per_frame)
        for dma in ends:
            dma.check_errors()

    def fetch_output(self, port: Port, frames: int) -> np.ndarray:
        """What the last run wrote for ``port``: (frames, bytes) uint8, valid until the next run."""
        buffer = self._buffer(port, frames)
        size = frames * port.bytes_per_frame
        buffer[: _padded(size)].invalidate()
        return np.asarray(buffer)[:size].reshape(frames, port.bytes_per_frame)

    def _check(self, packed: Sequence[np.ndarray]) -> int:
        ports = self.description.inputs
        if len(packed) != len(ports):
            raise BoardError("the accelerator has %d inputs, not %d" % (len(ports), len(packed)))
        for port, array in zip(ports, packed):
            if array.ndim != 2 or array.shape[1] != port.bytes_per_frame or array.dtype != np.uint8:
                raise BoardError("input %s wants frames of %d bytes" % (port.name, port.bytes_per_frame))
            if array.shape[0] != packed[0].shape[0]:
                raise BoardError("the inputs have batches of different sizes")
        return int(packed[0].shape[0])

    def _choose(self, bitfile: Optional[str]) -> str:
        kind = EMULATED if self.emulated else ZYNQ
        name = bitfile or self.description.bitstreams.get(kind)
        if name is None:
            toolchain = "verilator" if self.emulated else "openxc7 or vivado"
            raise BoardError(
                "the deployment holds no bitstream for this board; build it with toolchain %s" % toolchain
            )
        path = os.path.join(self.description.folder, name)
        if not os.path.isfile(path):
            raise BoardError("the bitstream %s is missing; deploy the build again" % path)
        return path

    def take(self) -> None:
        """Make sure that our design is loaded, idle and clocked as it was built for."""
        last = self._turns.read()
        if last.get("owner") == self._me:
            return
        self._stop_left_run(last)
        self._load()
        pages = [int(self.dmas[port.dma].address) for port in self.description.ports]
        self._turns.write({"owner": self._me, "bitfile": self._bitfile, "dmas": pages})

    def _stop_left_run(self, last: Dict[str, Any]) -> None:
        """Abort a run that a killed program left, so that nothing writes while the fabric changes.

        Registers are touched only if the design that the file tells of is the one that is loaded:
        on other designs the access could hang the board.
        """
        if last and self._pynq.PL.bitfile_name == last.get("bitfile"):
            stop_all([self._dma("left", int(address)) for address in last.get("dmas", [])])

    def _load(self) -> None:
        try:
            overlay = self._pynq.Overlay(self._bitfile)
        except Exception as error:
            raise BoardError("the bitstream %s cannot be loaded: %s" % (self._bitfile, error))
        self._buffers = {}
        self.dmas = {}
        for port in self.description.ports:
            entry = overlay.ip_dict.get(port.dma)
            if entry is None:
                raise BoardError("the bitstream has no %s; deploy the build again" % port.dma)
            self.dmas[port.dma] = self._dma(port.dma, int(entry["phys_addr"]))
            self.dmas[port.dma].check_build(self.description.build_id)
        self._set_clock()
        stop_all(list(self.dmas.values()))

    def _dma(self, name: str, address: int) -> Dma:
        return Dma(name, self._pynq.MMIO(address, REGISTER_BYTES), address)

    def _set_clock(self) -> None:
        asked = self.description.clk_mhz
        self._clock.set(asked)
        if abs(self.fclk_mhz - asked) > CLOCK_TOLERANCE * asked:
            raise BoardError("the clock is %.3f MHz, not %.3f MHz as asked for" % (self.fclk_mhz, asked))

    def _buffer(self, port: Port, frames: int) -> Any:
        """The DMA buffer of ``port``, made larger if need be; whole blocks of 128 bytes."""
        size = _padded(frames * port.bytes_per_frame)
        buffer = self._buffers.get(port.dma)
        if buffer is None or buffer.nbytes < size:
            self._buffers.pop(port.dma, None)
            buffer = None
            buffer = self._allocate(size)
            self._buffers[port.dma] = buffer
        return buffer

    def _allocate(self, size: int) -> Any:
        try:
            buffer = self._pynq.allocate(shape=(size,), dtype=np.uint8)
        except Exception as error:
            raise BoardError("a buffer of %d bytes cannot be allocated: %s" % (size, error))
        address = int(buffer.device_address)
        if address % ALIGNMENT:
            raise BoardError("a buffer lies at %#x, which is no multiple of %d" % (address, ALIGNMENT))
        return buffer

    def _address(self, port: Port, frames: int) -> int:
        return int(self._buffer(port, frames).device_address)


def _padded(size: int) -> int:
    """Whole blocks: the DMA reads to the end of the last one."""
    return -(-size // ALIGNMENT) * ALIGNMENT


def _arrays(description: Description) -> Dict[str, Any]:
    """The constants of the host programs."""
    path = os.path.join(description.folder, "host.npz")
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (EnvironmentError, ValueError, KeyError) as error:
        raise BoardError("%s cannot be read (%s); deploy the build again" % (path, error))
