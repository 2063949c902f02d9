"""A stitched or stitchable child as a list of kernels and its outer streams."""

from __future__ import annotations

from dataclasses import dataclass

from qonnx.core.modelwrapper import ModelWrapper

from finn.kernels.base import Kernel, Resources, Stream
from finn.kernels.registry import hardware_nodes, kernel_of
from finn.rtlsim import TIMEOUT_CYCLES

__all__ = (
    "Boundary",
    "Instance",
    "bottleneck_cycles",
    "boundaries",
    "instances",
    "patience",
    "total_resources",
)

# A network may be silent for most of a frame of its slowest layer; several frames mean a stall.
_PATIENT_FRAMES = 4


@dataclass(frozen=True)
class Instance:
    """One kernel of the network with the tensors that it is wired to."""

    name: str
    kernel: Kernel
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Boundary:
    """A graph input or output of the child: its tensor name, stream and per-frame shape."""

    tensor: str
    stream: Stream
    normal_shape: tuple[int, ...]

    @property
    def word_bytes(self) -> int:
        """Bytes of one beat in memory."""
        return (self.stream.width + 7) // 8

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame in memory."""
        return self.word_bytes * self.stream.beats


def instances(model: ModelWrapper) -> list[Instance]:
    """The child's layers in order."""
    constants = {tensor.name for tensor in model.graph.initializer}
    return [
        Instance(
            node.name,
            kernel_of(node, model),
            tuple(n for n in node.input if n and n not in constants),
            tuple(node.output),
        )
        for node in hardware_nodes(model)
    ]


def boundaries(model: ModelWrapper) -> tuple[list[Boundary], list[Boundary]]:
    """The child's outer streams: inputs and outputs, in graph order."""
    sinks: dict[str, Stream] = {}
    sources: dict[str, Stream] = {}
    for instance in instances(model):
        sinks.update(zip(instance.inputs, instance.kernel.input_streams, strict=True))
        sources.update(zip(instance.outputs, instance.kernel.output_streams, strict=True))

    def boundary(name: str, streams: dict[str, Stream]) -> Boundary:
        return Boundary(name, streams[name], tuple(model.get_tensor_shape(name)[1:]))

    return (
        [boundary(t.name, sinks) for t in model.graph.input],
        [boundary(t.name, sources) for t in model.graph.output],
    )


def bottleneck_cycles(model: ModelWrapper) -> int:
    """Cycles per frame of the slowest kernel: the network's expected steady state."""
    return max(instance.kernel.cycles for instance in instances(model))


def patience(model: ModelWrapper) -> int:
    """Cycles of a simulation without a handshake after which the network counts as stalled."""
    return max(TIMEOUT_CYCLES, _PATIENT_FRAMES * bottleneck_cycles(model))


def total_resources(model: ModelWrapper) -> Resources:
    """Sum of the kernels' estimates."""
    return sum((instance.kernel.resources() for instance in instances(model)), Resources())
