"""The accelerator on a PYNQ board; the only module that imports ``pynq``.

with Accelerator(".") as accelerator:
    y = accelerator(x)
"""

import os
import sys
import threading
import uuid
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence

import numpy as np

from . import BoardError
from .batches import ModelBatch, PackedBatch
from .clocks import FabricClock
from .description import Description
from .dma import REGISTER_BYTES, Dma, stop_all
from .engine import Engine
from .model_batch import model_batch
from .pipeline import Batch, Pipeline
from .reader import InputOptions
from .samples import sample_inputs
from .turns import Turns
from .worker import Worker

__all__ = ("Accelerator",)

RUN_BYTES = 1 << 22  # of the largest buffer of a run; a measured batch goes through in runs of so many
SLICE_BYTES = 1 << 20  # of a slice of a batch: small enough that packing the first one is no long wait
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
    finn.runtime.BoardError
        There is no deployment, no bitstream for this board, or the bitstream is of another build.
    """

    def __init__(self, folder: str = ".", bitfile: Optional[str] = None, note: Note = _to_stderr) -> None:
        self.description = Description(folder)
        self._pynq = pynq = _pynq()
        self.note = note
        self._me = uuid.uuid4().hex
        self._arrays = self.description.arrays()
        self._clock = FabricClock(pynq.MMIO, self.description.family, self.description.reference_mhz)
        self.emulated = bool(getattr(pynq.Device.active_device, "emulated", False))
        self._bitfile = self._choose(bitfile)
        self._turns = Turns(note)
        self._lock = threading.RLock()
        self._closed = self._told_clipped = False
        self._worker = Worker(self._session)
        with self._turns:
            self.take()

    def __enter__(self) -> "Accelerator":
        return self

    def __exit__(self, *error: Any) -> None:
        self.close(cancel=error[0] is not None)

    def close(self, cancel: bool = False) -> None:
        """Wait for what was submitted and give the buffers back; the bitstream stays loaded.

        With ``cancel``, batches that have not begun are cancelled.
        """
        self._worker.close(cancel)
        with self._lock:
            if not self._closed:
                self._closed = True
                self._engine.slots.release()
                self._turns.close()

    def __call__(
        self, *inputs: Any, layout: Optional[str] = None, raw: bool = False, resize: bool = False
    ) -> Any:
        """Run a batch of any size.

        Parameters
        ----------
        inputs
            The model's inputs as it has them, batch in axis 0; or the name of an image file, of a folder
            or a glob of them. Integers are values too, pixels where the build says what they are worth.
        layout
            The order of the inputs' axes where it is not the model's, for instance ``"NHWC"``.
        raw
            Whether integers are those that the first quantiser would give.
        resize
            Whether image files are brought to the model's size.

        Returns
        -------
        numpy.ndarray or list of numpy.ndarray
            The model's outputs; an array if there is one.

        Raises
        ------
        finn.runtime.BoardError
            Shapes or values that do not fit, a memory error, or a run that makes no progress.
        """
        return self.complete(self.batch(inputs, InputOptions(layout, raw, resize)))

    def submit(
        self, *inputs: Any, layout: Optional[str] = None, raw: bool = False, resize: bool = False
    ) -> "Future[Any]":
        """Run a batch in the background; the future's result is what a call would have returned.

        Batches run in the order of their submission, the next is packed while one runs. The arrays
        must not be changed meanwhile. A future can be cancelled as long as its batch has not begun.
        """
        return self._worker.put(self.batch(inputs, InputOptions(layout, raw, resize)))

    def batch(self, inputs: Sequence[Any], options: InputOptions, source: Optional[str] = None) -> ModelBatch:
        """Inputs as they are read; many values that will be clipped are told once. Raises as a call does."""
        tell = self._tell_clipped if not self._told_clipped else None
        return model_batch(self.description, self._arrays, inputs, options, tell, source)

    def _tell_clipped(self, text: str) -> None:
        self._told_clipped = True
        self.note("warning: " + text)

    def samples(self, count: int, seed: int = 0) -> Any:
        """Random inputs that the model takes, batch of ``count``; an array if there is one input."""
        inputs = sample_inputs(self.description, count, seed)
        return inputs[0] if len(inputs) == 1 else inputs

    def run(self, packed: Sequence[np.ndarray]) -> List[np.ndarray]:
        """Run frames as they lie in memory, (N, bytes per frame) uint8 for each input and output.

        Raises as a call does.
        """
        outputs: List[np.ndarray] = self.complete(PackedBatch(self.description, packed))
        return outputs

    def complete(self, batch: Batch) -> Any:
        """The result of a batch, which is run at once."""
        with self._session() as pipeline:
            pipeline.feed(batch)
            pipeline.flush()
        return batch.future.result()

    @contextmanager
    def _session(self) -> Iterator[Pipeline]:
        """The board is ours alone; whatever ends this early ends the batch on its way, too."""
        with self.alone():
            pipeline = Pipeline(self._engine, self._frames_of(SLICE_BYTES))
            try:
                yield pipeline
            except BaseException as error:
                pipeline.abandon(error)
                raise

    @contextmanager
    def alone(self) -> Iterator[Engine]:
        """Keep other threads and programs from the accelerator, and have it ready."""
        with self._lock:
            if self._closed:
                raise BoardError("the accelerator is closed; open it again")
            with self._turns:
                self.take()
                try:
                    yield self._engine
                except BaseException:
                    # An interrupt may have come between any two accesses, so it is not asked what was
                    # started; nothing of ours may run when others have their turn.
                    self._engine.stop()
                    raise

    @property
    def frames_per_run(self) -> int:
        """Frames of a run in a throughput test: as many as the largest buffer holds."""
        return self._frames_of(RUN_BYTES)

    def _frames_of(self, size: int) -> int:
        largest: int = max(port.bytes_per_frame for port in self.description.ports)
        return max(1, size // largest)

    @property
    def fclk_mhz(self) -> float:
        """The fabric clock as it is set, in MHz."""
        return self._clock.mhz

    @property
    def turns(self) -> Turns:
        """The lock to hold over several calls that belong together."""
        return self._turns

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
        if last.get("owner") == self._me and self._engine.sound:
            return
        self._stop_left_run(last)
        # A program that is killed while it loads leaves a board that no other may take for its own.
        self._turns.write({})
        self._load()
        pages = [int(self.dmas[port.dma].address) for port in self.description.ports]
        self._turns.write({"owner": self._me, "bitfile": self._bitfile, "dmas": pages})

    def _stop_left_run(self, last: Dict[str, Any]) -> None:
        """Abort a run that a killed program left, so that nothing writes while the fabric changes.

        Registers are touched only if the design that the file tells of is the one that is loaded:
        on other designs the access could hang the board.
        """
        if last and self._loaded() == last.get("bitfile"):
            stop_all([self._dma("left", int(address)) for address in last.get("dmas", [])])

    def _loaded(self) -> Optional[str]:
        """The bitstream that is loaded, whichever program did it; None if nobody knows."""
        # From its version 3 on, pynq tells each process of its own last one; that of all is in a file.
        try:
            from pynq.pl_server.global_state import global_state_file_exists, load_global_state
        except ImportError:
            return self._known_here()
        try:
            return str(load_global_state().bitfile_name) if global_state_file_exists() else self._known_here()
        except (EnvironmentError, ValueError):
            return None

    def _known_here(self) -> Optional[str]:
        name: Optional[str] = self._pynq.PL.bitfile_name
        return name

    def _load(self) -> None:
        try:
            overlay = self._pynq.Overlay(self._bitfile)
        except Exception as error:
            raise BoardError("the bitstream %s cannot be loaded: %s" % (self._bitfile, error))
        self.dmas = {}
        for port in self.description.ports:
            entry = overlay.ip_dict.get(port.dma)
            if entry is None:
                raise BoardError("the bitstream has no %s; deploy the build again" % port.dma)
            self.dmas[port.dma] = self._dma(port.dma, int(entry["phys_addr"]))
            self.dmas[port.dma].check_build(self.description.build_id)
        self._set_clock()
        stop_all(list(self.dmas.values()))
        self._engine = Engine(self.description, self.dmas, self._pynq.allocate)

    def _dma(self, name: str, address: int) -> Dma:
        return Dma(name, self._pynq.MMIO(address, REGISTER_BYTES), address)

    def _set_clock(self) -> None:
        asked = self.description.clk_mhz
        self._clock.set(asked)
        if abs(self.fclk_mhz - asked) > CLOCK_TOLERANCE * asked:
            raise BoardError("the clock is %.3f MHz, not %.3f MHz as asked for" % (self.fclk_mhz, asked))


def _pynq() -> Any:
    try:
        import pynq
    except Exception as error:  # it looks at the board's devices and files as it is imported
        raise BoardError("pynq cannot be imported here (%s); run this on a board, by its own Python" % error)
    return pynq
