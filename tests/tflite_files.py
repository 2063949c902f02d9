"""Writes TensorFlow Lite files: tensors and operators of any kind, as a test wants them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flatbuffers
import numpy as np
import tflite
from numpy.typing import NDArray

__all__ = ("NONE", "RELU", "RELU6", "SAME", "STEP", "VALID", "TFLiteFile", "window")

SAME, VALID = 0, 1
NONE, RELU, RELU6 = 0, 1, 3
_OPTIONS = {
    "ADD": "AddOptions",
    "AVERAGE_POOL_2D": "Pool2DOptions",
    "CONCATENATION": "ConcatenationOptions",
    "CONV_2D": "Conv2DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "EXPAND_DIMS": "ExpandDimsOptions",
    "FULLY_CONNECTED": "FullyConnectedOptions",
    "LEAKY_RELU": "LeakyReluOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "MEAN": "ReducerOptions",
    "MUL": "MulOptions",
    "RESIZE_NEAREST_NEIGHBOR": "ResizeNearestNeighborOptions",
    "SLICE": "SliceOptions",
    "SOFTMAX": "SoftmaxOptions",
    "SPLIT": "SplitOptions",
    "SPLIT_V": "SplitVOptions",
    "SQUEEZE": "SqueezeOptions",
    "STRIDED_SLICE": "StridedSliceOptions",
    "SUB": "SubOptions",
    "TRANSPOSE_CONV": "TransposeConvOptions",
    "UNPACK": "UnpackOptions",
}
STEP = {"StrideH": 1, "StrideW": 1, "DilationHFactor": 1, "DilationWFactor": 1, "Padding": SAME}


def window(height: int, width: int, padding: int, stride: int = 1) -> dict[str, int]:
    """Options of a pooling."""
    strides = {"StrideH": stride, "StrideW": stride}
    return {"FilterHeight": height, "FilterWidth": width, "Padding": padding, **strides}


class TFLiteFile:
    """A file of one graph, whose first tensor is its input unless said otherwise."""

    def __init__(self) -> None:
        self.inputs, self.outputs = [0], list[int]()
        self._tensors: list[dict[str, Any]] = []
        self._operators: list[tuple[str, Sequence[int], Sequence[int], dict[str, Any]]] = []

    def tensor(
        self,
        shape: Sequence[int],
        scale: float | Sequence[float] | None = None,
        zero_point: int = 0,
        values: NDArray[Any] | None = None,
        kind: str = "INT8",
        axis: int = 0,
        name: str | None = None,
    ) -> int:
        """A tensor, constant where ``values`` are given; its number."""
        number = len(self._tensors)
        scales = [] if scale is None else np.atleast_1d(scale).tolist()
        points = [zero_point] * len(scales)
        self._tensors.append(
            {
                "name": name or f"tensor {number}", "shape": list(shape), "kind": kind, "axis": axis,
                "scale": scales, "zero_point": points, "values": values,
            }
        )  # fmt: skip
        return number

    def constant(
        self, values: NDArray[Any], scale: float | Sequence[float] | None = None, axis: int = 0
    ) -> int:
        """A constant of the type of its values; its number."""
        return self.tensor(values.shape, scale, 0, values, values.dtype.name.upper(), axis)

    def scale_of(self, number: int) -> float:
        """The scale of a tensor that has one."""
        return float(self._tensors[number]["scale"][0])

    def shape_of(self, number: int) -> list[int]:
        """The shape of a tensor."""
        return list(self._tensors[number]["shape"])

    def tensor_like(self, number: int, shape: Sequence[int]) -> int:
        """A tensor of the scale and zero point of another."""
        one = self._tensors[number]
        return self.tensor(shape, one["scale"], one["zero_point"][0])

    def operator(self, kind: str, inputs: Sequence[int], output: int, **options: Any) -> int:
        """An operator that gives one tensor, the graph's output so far; the number of that tensor."""
        return self.operators(kind, inputs, [output], **options)[0]

    def operators(
        self, kind: str, inputs: Sequence[int], outputs: Sequence[int], **options: Any
    ) -> Sequence[int]:
        """As `operator`, of one that gives several tensors."""
        self._operators.append((kind, inputs, outputs, options))
        self.outputs = list(outputs)
        return outputs

    def content(self) -> bytes:
        """The file."""
        b = flatbuffers.Builder(1 << 16)
        buffers = [_buffer(b, None), *(_buffer(b, one["values"]) for one in self._tensors)]
        tensors = [_tensor(b, one, index + 1) for index, one in enumerate(self._tensors)]
        kinds = sorted({kind for kind, *_ in self._operators})
        codes = [_code(b, kind) for kind in kinds]
        operators = [_operator(b, kinds.index(kind), kind, *rest) for kind, *rest in self._operators]
        graph = _graph(b, tensors, operators, self.inputs, self.outputs)
        lists = [_offsets(b, one) for one in (codes, [graph], buffers)]
        tflite.ModelStart(b)
        tflite.ModelAddVersion(b, 3)
        tflite.ModelAddOperatorCodes(b, lists[0])
        tflite.ModelAddSubgraphs(b, lists[1])
        tflite.ModelAddBuffers(b, lists[2])
        b.Finish(tflite.ModelEnd(b), file_identifier=b"TFL3")
        return bytes(b.Output())


def _offsets(b: flatbuffers.Builder, offsets: Sequence[int]) -> int:
    b.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        b.PrependUOffsetTRelative(offset)
    return int(b.EndVector())


def _vector(b: flatbuffers.Builder, values: Sequence[Any], kind: str) -> int:
    return int(b.CreateNumpyVector(np.asarray(values, dtype=kind)))


def _buffer(b: flatbuffers.Builder, values: NDArray[Any] | None) -> int:
    data = None if values is None else _vector(b, np.frombuffer(values.tobytes(), np.uint8), "u1")
    tflite.BufferStart(b)
    if data is not None:
        tflite.BufferAddData(b, data)
    return int(tflite.BufferEnd(b))


def _tensor(b: flatbuffers.Builder, one: dict[str, Any], buffer: int) -> int:
    name, shape = b.CreateString(one["name"]), _vector(b, one["shape"], "i4")
    scale, point = _vector(b, one["scale"], "f4"), _vector(b, one["zero_point"], "i8")
    tflite.QuantizationParametersStart(b)
    if one["scale"]:
        tflite.QuantizationParametersAddScale(b, scale)
        tflite.QuantizationParametersAddZeroPoint(b, point)
        tflite.QuantizationParametersAddQuantizedDimension(b, one["axis"])
    meaning = tflite.QuantizationParametersEnd(b)
    tflite.TensorStart(b)
    tflite.TensorAddName(b, name)
    tflite.TensorAddShape(b, shape)
    tflite.TensorAddType(b, getattr(tflite.TensorType, one["kind"]))
    tflite.TensorAddBuffer(b, buffer if one["values"] is not None else 0)
    tflite.TensorAddQuantization(b, meaning)
    return int(tflite.TensorEnd(b))


def _code(b: flatbuffers.Builder, kind: str) -> int:
    number = getattr(tflite.BuiltinOperator, kind)
    tflite.OperatorCodeStart(b)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(b, min(number, 127))
    tflite.OperatorCodeAddBuiltinCode(b, number)
    tflite.OperatorCodeAddVersion(b, 1)
    return int(tflite.OperatorCodeEnd(b))


def _operator(
    b: flatbuffers.Builder,
    code: int,
    kind: str,
    inputs: Sequence[int],
    outputs: Sequence[int],
    options: dict[str, Any],
) -> int:
    read, given, table = _vector(b, inputs, "i4"), _vector(b, outputs, "i4"), None
    if kind in _OPTIONS:
        name = _OPTIONS[kind]
        values = {k: _vector(b, v, "i4") if isinstance(v, list) else v for k, v in options.items()}
        getattr(tflite, f"{name}Start")(b)
        for key, value in values.items():
            getattr(tflite, f"{name}Add{key}")(b, value)
        table = getattr(tflite, f"{name}End")(b)
    tflite.OperatorStart(b)
    tflite.OperatorAddOpcodeIndex(b, code)
    tflite.OperatorAddInputs(b, read)
    tflite.OperatorAddOutputs(b, given)
    if table is not None:
        tflite.OperatorAddBuiltinOptionsType(b, getattr(tflite.BuiltinOptions, _OPTIONS[kind]))
        tflite.OperatorAddBuiltinOptions(b, table)
    return int(tflite.OperatorEnd(b))


def _graph(
    b: flatbuffers.Builder,
    tensors: Sequence[int],
    operators: Sequence[int],
    inputs: Sequence[int],
    outputs: Sequence[int],
) -> int:
    made, done = _offsets(b, tensors), _offsets(b, operators)
    read, given = _vector(b, inputs, "i4"), _vector(b, outputs, "i4")
    tflite.SubGraphStart(b)
    tflite.SubGraphAddTensors(b, made)
    tflite.SubGraphAddInputs(b, read)
    tflite.SubGraphAddOutputs(b, given)
    tflite.SubGraphAddOperators(b, done)
    return int(tflite.SubGraphEnd(b))
