"""Reads ``accelerator.json``: what the bitstream beside it is and how to talk to it."""

import json
import os
import zlib
from typing import Any, Dict, List
from zipfile import BadZipFile

import numpy as np

from . import BoardError
from .fields import counts, product, typed
from .packing import bytes_per_frame
from .reader import ModelInputs

__all__ = ("Description", "Port")

FORMAT = 1
NAME = "accelerator.json"
MAX_BYTES = 1 << 26
HIGHEST_MHZ = 10000.0


class Port(object):
    """One DMA and the tensor that it moves.

    Attributes
    ----------
    name, dma
        The tensor and the DMA, e.g. ``idma0``.
    datatype, normal_shape, folded_shape
        Element type and shapes without the batch axis.
    bytes_per_frame
        Bytes of one frame in memory.
    """

    def __init__(self, entry: Dict[str, Any]) -> None:
        self.name = typed(entry, "name", str)
        self.dma = typed(entry, "dma", str)
        self.datatype = typed(entry, "datatype", str)
        self.normal_shape = counts(entry, "normal_shape")
        self.folded_shape = counts(entry, "folded_shape")
        if not self.folded_shape or product(self.folded_shape) != product(self.normal_shape):
            raise ValueError("the shapes of %s do not have the same size" % self.name)
        self.bytes_per_frame = typed(entry, "bytes_per_frame", int)
        if self.bytes_per_frame != bytes_per_frame(self.datatype, self.folded_shape):
            raise ValueError("bytes_per_frame of %s does not fit its type and shape" % self.name)

    @property
    def words_per_frame(self) -> int:
        """Vectors of a frame on the stream."""
        return product(self.folded_shape[:-1])


class Description(object):
    """The contents of a deployment's ``accelerator.json``.

    Raises
    ------
    BoardError
        The file is missing or is not what this runtime reads.
    """

    def __init__(self, folder: str) -> None:
        self.folder = os.path.abspath(folder)
        path = os.path.join(self.folder, NAME)
        data = self._load(path)
        try:
            self._read(data)
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
            raise BoardError("%s is damaged (%s); deploy the build again" % (path, error))

    @staticmethod
    def _load(path: str) -> Dict[str, Any]:
        try:
            if os.path.getsize(path) > MAX_BYTES:
                raise ValueError("too long")
            with open(path, "rb") as file:
                data = json.loads(file.read().decode())
        except EnvironmentError:
            raise BoardError("there is no deployment in %s; run finn deploy first" % os.path.dirname(path))
        except (ValueError, RecursionError) as error:
            raise BoardError("%s is damaged (%s); deploy the build again" % (path, error))
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise BoardError("%s was written for another version of the runtime; deploy again" % path)
        return data

    def _read(self, data: Dict[str, Any]) -> None:
        self.name = typed(data, "name", str)
        self.build_id = typed(data, "build_id", int)
        self.board = typed(data, "board", str)
        self.family = typed(data, "family", str)
        self.reference_mhz = _frequency(data["reference_mhz"])
        self.clk_mhz = _frequency(data["clk_mhz"])
        self.expected_cycles_per_frame = typed(data, "expected_cycles_per_frame", int)
        bitstreams = typed(data, "bitstreams", dict)
        self.bitstreams = {kind: _file_name(name) for kind, name in bitstreams.items()}
        self.inputs = [Port(entry) for entry in typed(data, "inputs", list)]
        self.outputs = [Port(entry) for entry in typed(data, "outputs", list)]
        self.host = typed(data, "host", dict)
        for part in ("prefix", "tail"):
            _check_program(typed(self.host, part, list))
        if self.host.setdefault("raw", None) is not None:
            _check_program(typed(self.host, "raw", list))
        self.model_inputs = _named(data["model_inputs"])
        self.reader = ModelInputs(data["model_inputs"])
        self.model_outputs = _named(data["model_outputs"])
        if not self.inputs or not self.outputs:
            raise ValueError("it has no inputs or no outputs")
        if not self.model_inputs or not self.model_outputs:
            raise ValueError("its model has no inputs or no outputs")

    def arrays(self) -> Dict[str, Any]:
        """The constants of the host programs; BoardError where their file is missing or damaged."""
        path = os.path.join(self.folder, "host.npz")
        try:
            with np.load(path, allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
        except (
            EnvironmentError,
            EOFError,
            KeyError,
            MemoryError,
            ValueError,
            BadZipFile,
            zlib.error,
        ) as error:
            raise BoardError("%s cannot be read (%s); deploy the build again" % (path, error))

    @property
    def ports(self) -> List[Port]:
        """All DMAs, inputs first."""
        return self.inputs + self.outputs


def _frequency(value: Any) -> float:
    """In MHz; what no clock has is a ValueError."""
    if not 0 < float(value) < HIGHEST_MHZ:
        raise ValueError("%r is not the frequency of a clock" % (value,))
    return float(value)


def _check_program(program: List[Any]) -> None:
    for step in program:
        typed(step, "op", str)
        typed(step, "attributes", dict)
        names = typed(step, "inputs", list) + typed(step, "outputs", list)
        if not all(isinstance(name, str) for name in names):
            raise ValueError("operator %s has a tensor without a name" % step["op"])


def _file_name(name: Any) -> str:
    """A name without a folder: nothing outside the deployment is ever loaded."""
    if not isinstance(name, str) or os.path.basename(name) != name or not name.endswith(".bit"):
        raise ValueError("%r is not the name of a bitstream" % (name,))
    return name


def _named(entries: Any) -> List[Dict[str, Any]]:
    return [{"name": typed(entry, "name", str), "shape": counts(entry, "shape")} for entry in entries]
