"""What a TensorFlow Lite file holds: tensors and operators, as they stand."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finn.errors import FinnError
from finn.frontend.graph.attributes import printable
from finn.frontend.graph.sizes import MAX_ELEMENTS

__all__ = ("Operation", "TFLiteGraph", "Tensor", "parse_tflite")

_TYPES = {"FLOAT32": "<f4", "INT32": "<i4", "UINT8": "u1", "INT64": "<i8", "INT16": "<i2", "INT8": "i1"}


@dataclass(frozen=True)
class Tensor:
    """A tensor of a file.

    Attributes
    ----------
    name, shape, kind
        As the file says; ``kind`` is one of TensorFlow Lite's types, for instance ``INT8``.
    scale, zero_point, axis
        float32 and int64, one or one for each slice along ``axis``; both empty where it is not quantised.
    values
        Of a constant, in its shape.
    """

    name: str
    shape: tuple[int, ...]
    kind: str
    scale: NDArray[np.float32]
    zero_point: NDArray[np.int64]
    axis: int
    values: NDArray[Any] | None


@dataclass(frozen=True)
class Operation:
    """An operator of a file: its kind by name, the numbers of its tensors (-1: none), and its options."""

    index: int
    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Any

    @property
    def name(self) -> str:
        """Unique in a file."""
        return f"{self.kind}_{self.index}"

    def option(self, name: str) -> Any:
        """The value of an option; FinnError where the operator has none of that name."""
        if not hasattr(self.options, name):
            raise self.refusal(f"has no option {name}; check the export")
        return getattr(self.options, name)()

    def refusal(self, reason: str) -> FinnError:
        """The error that refuses a file because of this operator."""
        return FinnError(printable(f"{self.name} ({self.kind}) {reason}"))


@dataclass(frozen=True)
class TFLiteGraph:
    """The one graph of a file."""

    tensors: tuple[Tensor, ...]
    operations: tuple[Operation, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def constant(self, index: int) -> NDArray[Any] | None:
        """The values of a constant tensor; None of one that is computed, or of none."""
        return self.tensors[index].values if index >= 0 else None


def parse_tflite(content: bytes, name: str) -> TFLiteGraph:
    """The graph of the file of that name.

    Raises
    ------
    FinnError
        If it is truncated, damaged or no TensorFlow Lite file, or has another number of graphs than one.
    """
    try:
        return _graph(content)
    except FinnError as error:
        raise FinnError(f"{name}: {error}") from error
    except Exception as error:  # flatbuffers and NumPy raise what they like for offsets that lead nowhere
        raise FinnError(
            f"{name} is truncated or not a TensorFlow Lite file; export the network again"
        ) from error


def _graph(content: bytes) -> TFLiteGraph:
    # Its 300 modules take 0.2 s, which ONNX files need not wait for.
    import tflite

    model = tflite.Model.GetRootAs(content, 0)
    if model.SubgraphsLength() != 1:
        raise FinnError(f"holds {model.SubgraphsLength()} graphs; networks of one graph are supported")
    graph = model.Subgraphs(0)
    count = graph.TensorsLength()
    tensors = tuple(_tensor(model, graph.Tensors(index)) for index in range(count))
    operations = tuple(_operation(tflite, model, graph, index) for index in range(graph.OperatorsLength()))
    inputs, outputs = _numbers(graph.InputsAsNumpy()), _numbers(graph.OutputsAsNumpy())
    used = [*inputs, *outputs, *(n for op in operations for n in (*op.inputs, *op.outputs))]
    if any(not -1 <= number < count for number in used) or -1 in (*inputs, *outputs):
        raise FinnError("is damaged: it names tensors that it does not hold; export the network again")
    return TFLiteGraph(tensors, operations, inputs, outputs)


def _numbers(values: Any) -> tuple[int, ...]:
    """A vector of the file; the parser gives 0 where there is none."""
    return () if np.ndim(values) == 0 else tuple(int(value) for value in values)


def _tensor(model: Any, table: Any) -> Tensor:
    name, shape = (table.Name() or b"").decode(errors="replace"), _numbers(table.ShapeAsNumpy())
    if min(shape, default=1) < 0 or prod(shape) > MAX_ELEMENTS:
        raise FinnError(f"tensor {name!r} has shape {shape}; at most {MAX_ELEMENTS} elements are supported")
    if table.Sparsity() is not None:
        raise FinnError(f"tensor {name!r} is sparse; export it dense")
    kind, meaning = _type_name(table.Type()), table.Quantization()
    scale = _numbers_of(meaning.ScaleAsNumpy() if meaning else 0, np.float32)
    zero_point = _numbers_of(meaning.ZeroPointAsNumpy() if meaning else 0, np.int64)
    axis = meaning.QuantizedDimension() if meaning else 0
    return Tensor(name, shape, kind, scale, zero_point, axis, _values(model, table, name, kind, shape))


def _numbers_of(values: Any, kind: type[Any]) -> NDArray[Any]:
    return np.array([] if np.ndim(values) == 0 else values, dtype=kind)


def _type_name(number: int) -> str:
    from tflite import TensorType

    return next((k for k, v in vars(TensorType).items() if v == number and k.isupper()), f"TYPE_{number}")


def _values(model: Any, table: Any, name: str, kind: str, shape: tuple[int, ...]) -> NDArray[Any] | None:
    """The values of a constant. Buffer 0 is empty by convention: that of all tensors that are computed."""
    number = table.Buffer()
    if not 0 <= number < model.BuffersLength():
        raise FinnError("is damaged: it names a buffer that it does not hold; export the network again")
    data = model.Buffers(number).DataAsNumpy()
    if np.ndim(data) == 0 or data.size == 0:
        return None
    if kind not in _TYPES:
        raise FinnError(f"tensor {name!r} is a constant of type {kind}, which is not supported")
    dtype = np.dtype(_TYPES[kind])
    if data.size != prod(shape) * dtype.itemsize:
        reason = f"does not hold the values of its shape {shape}"
        raise FinnError(f"tensor {name!r} {reason}; export the network again")
    return np.frombuffer(data.tobytes(), dtype).reshape(shape)


def _operation(tflite: Any, model: Any, graph: Any, index: int) -> Operation:
    table = graph.Operators(index)
    if not 0 <= table.OpcodeIndex() < model.OperatorCodesLength():
        raise FinnError("is damaged: it names an operator that it does not hold; export the network again")
    code = model.OperatorCodes(table.OpcodeIndex())
    # Numbers above 126 are in the newer field; the older one then is 127.
    number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
    names = {v: k for k, v in vars(tflite.BuiltinOperator).items() if isinstance(v, int)}
    kind = names.get(number, f"OPERATOR_{number}")
    if kind == "CUSTOM":
        kind = printable((code.CustomCode() or b"CUSTOM").decode(errors="replace"))
    inputs, outputs = _numbers(table.InputsAsNumpy()), _numbers(table.OutputsAsNumpy())
    return Operation(index, kind, inputs, outputs, _options(tflite, table))


def _options(tflite: Any, table: Any) -> Any:
    """The table of an operator's options, of the class that the file names; None where it has none."""
    kinds = {v: k for k, v in vars(tflite.BuiltinOptions).items() if isinstance(v, int)}
    kind, place = kinds.get(table.BuiltinOptionsType(), "NONE"), table.BuiltinOptions()
    if kind == "NONE" or place is None:
        return None
    options = getattr(tflite, kind)()
    options.Init(place.Bytes, place.Pos)
    return options
