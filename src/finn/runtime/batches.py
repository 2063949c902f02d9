"""What a batch is made of: a model's own tensors, or packed frames."""

from typing import Any, Dict, List, Sequence

import numpy as np

from . import BoardError
from .description import Description
from .host_program import run_program
from .packing import pack, unpack
from .pipeline import Batch

__all__ = ("ModelBatch", "PackedBatch")


class ModelBatch(Batch):
    """The model's inputs; the result is its outputs, an array if there is one.

    The parts of the network that stay on the processor run slice by slice, before and after the
    accelerator.

    Parameters
    ----------
    description, arrays
        The deployment, and the constants of its host programs.
    inputs
        What the description's ``reader`` has made of the inputs, by name.
    raw
        Whether they are raw codes.
    """

    def __init__(
        self, description: Description, arrays: Dict[str, Any], inputs: Dict[str, Any], raw: bool = False
    ) -> None:
        self._description, self._arrays, self._inputs = description, arrays, inputs
        self._program = description.host["raw" if raw else "prefix"]
        super(ModelBatch, self).__init__(len(next(iter(inputs.values()))))
        self._tensors: Dict[int, Dict[str, Any]] = {}
        self._outputs: List[np.ndarray] = []

    def fill(self, part: slice, views: List[np.ndarray]) -> None:
        """Run the prefix and pack what it makes."""
        inputs = {name: x[part] for name, x in self._inputs.items()}
        tensors = run_program(self._program, self._arrays, inputs)
        for port, view in zip(self._description.inputs, views):
            pack(tensors[port.name], port.datatype, port.folded_shape, view)
        self._tensors[part.start] = tensors

    def drain(self, part: slice, views: List[np.ndarray]) -> None:
        """Unpack, run the tail and keep what it makes."""
        tensors = self._tensors.pop(part.start)
        for port, view in zip(self._description.outputs, views):
            values = unpack(view, port.datatype, port.folded_shape, port.normal_shape)
            tensors[port.name] = values.astype(np.int64)
        tensors = run_program(self._description.host["tail"], self._arrays, tensors)
        results = [tensors[entry["name"]] for entry in self._description.model_outputs]
        if len(results[0]) == self.frames:
            self._outputs = results
            return
        if not self._outputs:
            self._outputs = [np.empty((self.frames,) + y.shape[1:], y.dtype) for y in results]
        for output, y in zip(self._outputs, results):
            output[part] = y

    def finish(self) -> Any:
        """The model's outputs."""
        return self._outputs[0] if len(self._outputs) == 1 else self._outputs


class PackedBatch(Batch):
    """Frames as they lie in memory, (N, bytes per frame) uint8 for each input; outputs likewise.

    Raises
    ------
    BoardError
        Number or shape of the inputs do not fit.
    """

    def __init__(self, description: Description, packed: Sequence[np.ndarray]) -> None:
        ports = description.inputs
        if len(packed) != len(ports):
            raise BoardError("the accelerator has %d inputs, not %d" % (len(ports), len(packed)))
        for port, array in zip(ports, packed):
            if array.ndim != 2 or array.shape[1] != port.bytes_per_frame or array.dtype != np.uint8:
                raise BoardError("input %s wants frames of %d bytes" % (port.name, port.bytes_per_frame))
            if array.shape[0] != packed[0].shape[0]:
                raise BoardError("the inputs have batches of different sizes")
        super(PackedBatch, self).__init__(int(packed[0].shape[0]))
        self._packed = packed
        self._outputs = [np.empty((self.frames, p.bytes_per_frame), np.uint8) for p in description.outputs]

    def fill(self, part: slice, views: List[np.ndarray]) -> None:
        """Copy to memory."""
        for view, array in zip(views, self._packed):
            view[:] = array[part]

    def drain(self, part: slice, views: List[np.ndarray]) -> None:
        """Copy from memory."""
        for view, output in zip(views, self._outputs):
            output[part] = view

    def finish(self) -> List[np.ndarray]:
        """The outputs."""
        return self._outputs
