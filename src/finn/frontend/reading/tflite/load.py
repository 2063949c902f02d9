"""A TensorFlow Lite file as a graph that the rest of the front end reads."""

from __future__ import annotations

from onnx import ModelProto
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError
from finn.frontend.graph.guard import guarded
from finn.frontend.reading.shapes import KnownShapes
from finn.frontend.reading.tflite.file import parse_tflite
from finn.frontend.reading.tflite.operators import spell
from finn.frontend.reading.tflite.spelling import Spelling

__all__ = ("SUFFIX", "is_tflite", "read_tflite")

SUFFIX = ".tflite"
_IDENTIFIER = b"TFL3"


def is_tflite(content: bytes) -> bool:
    """Whether a file's content says that it is of TensorFlow Lite."""
    return content[4:8] == _IDENTIFIER


def read_tflite(content: bytes, name: str) -> ModelProto:
    """The network of the file of that name in operators of whole numbers, each as the file has it.

    Tensors are float32 that hold whole numbers; inputs and outputs are int8, under the names of the file.

    Raises
    ------
    FinnError
        If the file is damaged, or an operator is not supported; the text names it.
    """
    graph = parse_tflite(content, name)
    if not graph.operations:
        raise FinnError(f"{name} holds no operators; export the network again")
    spelling = Spelling(graph)
    with guarded(name):
        inputs = spelling.start()
        for operation in graph.operations:
            spell(spelling, operation)
        model = spelling.finish(inputs)
        _require_declared(spelling, model)
        return model


def _require_declared(spelling: Spelling, model: ModelProto) -> None:
    """Refuse the first operator that gives another shape than the file says: others were read by that."""
    shaped = ModelWrapper(model, make_deepcopy=True).transform(KnownShapes(), cleanup=False)
    for operation, name, declared in spelling.given:
        shape = tuple(shaped.get_tensor_shape(name) or ())
        if shape != declared.shape:
            reason = f"gives a tensor of shape {shape} where the file says {declared.shape}"
            raise operation.refusal(f"{reason}; export the network again")
