"""Writes TensorFlow Lite files: tensors and operators of any kind, as a test wants them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flatbuffers
import numpy as np
import tflite
from numpy.typing import NDArray

__all__ = (
    *("NONE", "RELU", "RELU6", "SAME", "VALID"),
    *("TFLiteFile", "branched_file", "cut_file", "dense_file", "gated_file", "image_file"),
)

SAME, VALID = 0, 1
NONE, RELU, RELU6 = 0, 1, 3
_OPTIONS = {
    "ADD": "AddOptions",
    "AVERAGE_POOL_2D": "Pool2DOptions",
    "CONCATENATION": "ConcatenationOptions",
    "CONV_2D": "Conv2DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "FULLY_CONNECTED": "FullyConnectedOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "MEAN": "ReducerOptions",
    "MUL": "MulOptions",
    "SLICE": "SliceOptions",
    "SOFTMAX": "SoftmaxOptions",
    "STRIDED_SLICE": "StridedSliceOptions",
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

    def operator(self, kind: str, inputs: Sequence[int], output: int, **options: Any) -> int:
        """An operator that gives one tensor, the graph's output so far; the number of that tensor."""
        self._operators.append((kind, inputs, [output], options))
        self.outputs = [output]
        return output

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
        getattr(tflite, f"{name}Start")(b)
        for key, value in options.items():
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


def dense_file(seed: int = 1, inputs: int = 7, outputs: int = 5, function: int = RELU) -> TFLiteFile:
    """Two dense layers, of one scale and of one for each output."""
    rng, file = np.random.default_rng(seed), TFLiteFile()
    x = file.tensor((1, inputs), 0.073, 11, name="x")
    for index, (width, count) in enumerate(((inputs, 9), (9, outputs))):
        weights = file.constant(rng.integers(-127, 128, (count, width)).astype(np.int8), 0.0093)
        bias = file.constant(rng.integers(-3000, 3000, count).astype(np.int32), 0.0093 * file.scale_of(x))
        y = file.tensor((1, count), 0.057 + 0.31 * index, -128 if index == 0 else 5, name=f"y{index}")
        x = file.operator("FULLY_CONNECTED", [x, weights, bias], y, FusedActivationFunction=function)
        function = NONE
    return file


class Products:
    """Adds products with seeded weights, biases and scales for each output to a file."""

    def __init__(self, file: TFLiteFile, seed: int) -> None:
        self._file, self._rng = file, np.random.default_rng(seed)

    def add(
        self, kind: str, source: int, shape: Sequence[int], axis: int, result: int, **options: Any
    ) -> int:
        """A product with weights of ``shape``, outputs along ``axis``."""
        values = self._rng.integers(-127, 128, shape).astype(np.int8)
        scales = self._rng.uniform(0.002, 0.02, 1 if kind == "FULLY_CONNECTED" else shape[axis]).tolist()
        bias = self._rng.integers(-2000, 2000, shape[axis]).astype(np.int32)
        both = [scale * self._file.scale_of(source) for scale in scales]
        inputs = [source, self._file.constant(values, scales, axis), self._file.constant(bias, both)]
        return self._file.operator(kind, inputs, result, **{"FusedActivationFunction": NONE, **options})


def image_file(seed: int = 1) -> TFLiteFile:
    """A convolution, a depthwise one, a sum of both, a mean over the image, a dense layer, a softmax."""
    file = TFLiteFile()
    products = Products(file, seed)
    x = file.tensor((1, 7, 6, 3), 0.041, -9, name="pixels")
    y = file.tensor((1, 4, 6, 5), 0.087, -128)
    first = products.add(
        "CONV_2D", x, (5, 3, 2, 3), 0, y, **{**STEP, "StrideH": 2}, FusedActivationFunction=RELU
    )
    y = file.tensor((1, 4, 6, 5), 0.143, 17)
    second = products.add("DEPTHWISE_CONV_2D", first, (1, 3, 3, 5), 3, y, **STEP, DepthMultiplier=1)
    y = file.tensor((1, 4, 6, 5), 0.121, -20)
    total = file.operator("ADD", [first, second], y, FusedActivationFunction=RELU6)
    y = file.tensor((1, 1, 1, 5), 0.121, -20)
    mean = file.operator("AVERAGE_POOL_2D", [total], y, **window(4, 6, VALID), FusedActivationFunction=NONE)
    shape = file.constant(np.array([1, 5], np.int32))
    flat = file.operator("RESHAPE", [mean, shape], file.tensor((1, 5), 0.121, -20))
    logits = products.add("FULLY_CONNECTED", flat, (4, 5), 0, file.tensor((1, 4), 0.097, 3))
    file.operator("SOFTMAX", [logits], file.tensor((1, 4), 1 / 256, -128, name="classes"), Beta=1.0)
    return file


def branched_file(seed: int = 1) -> TFLiteFile:
    """Floats in and out; poolings, padding, rectifiers and another scale on two branches that are joined."""
    file = TFLiteFile()
    products = Products(file, seed)
    x = file.tensor((1, 9, 7, 3), kind="FLOAT32", name="pixels")
    q = file.operator("QUANTIZE", [x], file.tensor((1, 9, 7, 3), 0.023, 6))
    y = file.tensor((1, 9, 7, 4), 0.117, -31)
    one = products.add("CONV_2D", q, (4, 2, 3, 3), 0, y, **STEP, FusedActivationFunction=RELU)
    y = file.tensor((1, 5, 4, 4), 0.117, -31)
    low = file.operator("MAX_POOL_2D", [one], y, **window(2, 3, SAME, 2), FusedActivationFunction=RELU6)
    pads = file.constant(np.array([[0, 0], [1, 0], [2, 1], [0, 0]], np.int32))
    padded = file.operator("PAD", [low, pads], file.tensor((1, 6, 7, 4), 0.117, -31))
    y = file.tensor((1, 5, 5, 3), 0.2, 12)
    left = products.add("CONV_2D", padded, (3, 2, 3, 4), 0, y, **{**STEP, "Padding": VALID})
    left = file.operator("RELU", [left], file.tensor((1, 5, 5, 3), 0.093, -77))
    y = file.tensor((1, 5, 5, 2), 0.17, 3)
    right = products.add("CONV_2D", padded, (2, 2, 3, 4), 0, y, **{**STEP, "Padding": VALID})
    right = file.operator("QUANTIZE", [right], file.tensor((1, 5, 5, 2), 0.093, -77))
    y = file.tensor((1, 5, 5, 5), 0.093, -77)
    joined = file.operator("CONCATENATION", [left, right], y, Axis=3, FusedActivationFunction=NONE)
    axes = file.constant(np.array([1, 2], np.int32))
    mean = file.operator("MEAN", [joined, axes], file.tensor((1, 5), 0.05, -110), KeepDims=False)
    result = products.add("FULLY_CONNECTED", mean, (6, 5), 0, file.tensor((1, 6), 0.12, 3))
    file.operator("DEQUANTIZE", [result], file.tensor((1, 6), kind="FLOAT32", name="scores"))
    return file


def gated_file(seed: int = 1) -> TFLiteFile:
    """A gate for each channel, made of the mean of an image, times the image; and a product of two images."""
    file = TFLiteFile()
    products = Products(file, seed)
    x = file.tensor((1, 7, 6, 3), 0.041, -9, name="pixels")
    y = file.tensor((1, 7, 6, 5), 0.087, -41)
    image = products.add("CONV_2D", x, (5, 3, 2, 3), 0, y, **STEP)
    axes = file.constant(np.array([1, 2], np.int32))
    mean = file.operator("MEAN", [image, axes], file.tensor((1, 1, 1, 5), 0.053, -17), KeepDims=True)
    y = file.tensor((1, 1, 1, 5), 0.043, 21)
    gate = products.add("CONV_2D", mean, (5, 1, 1, 5), 0, y, **STEP)
    y = file.tensor((1, 7, 6, 5), 0.131, 7)
    gated = file.operator("MUL", [image, gate], y, FusedActivationFunction=NONE)
    y = file.tensor((1, 7, 6, 5), 0.071, -13)
    other = products.add("CONV_2D", gated, (5, 1, 1, 5), 0, y, **STEP)
    y = file.tensor((1, 7, 6, 5), 0.59, -128)
    both = file.operator("MUL", [gated, other], y, FusedActivationFunction=RELU)
    shape = file.constant(np.array([1, 210], np.int32))
    flat = file.operator("RESHAPE", [both, shape], file.tensor((1, 210), 0.59, -128))
    products.add("FULLY_CONNECTED", flat, (4, 210), 0, file.tensor((1, 4), 13.1, 3, name="classes"))
    return file


def cut_file(seed: int = 1) -> TFLiteFile:
    """Rows, channels and columns of images between convolutions, and one row of the last one."""
    file = TFLiteFile()
    products = Products(file, seed)
    x = file.tensor((1, 7, 6, 3), 0.041, -9, name="pixels")
    image = products.add("CONV_2D", x, (5, 3, 2, 3), 0, file.tensor((1, 7, 6, 5), 0.087, -41), **STEP)

    def places(*values: int) -> int:
        return file.constant(np.array(values, np.int32))

    given = [places(0, -6, 9, 1), places(1, 0, 9, -1), places(1, 2, 1, 3)]
    masks = {"BeginMask": 0b0101, "EndMask": 0b0111}
    rows = file.operator("STRIDED_SLICE", [image, *given], file.tensor((1, 3, 6, 1), 0.087, -41), **masks)
    given = [places(0, 0, 1, 1), places(1, 7, -1, 3)]
    some = file.operator("SLICE", [image, *given], file.tensor((1, 7, 5, 3), 0.087, -41))
    first = products.add("CONV_2D", rows, (4, 1, 1, 1), 0, file.tensor((1, 3, 6, 4), 0.071, -13), **STEP)
    second = products.add("CONV_2D", some, (4, 3, 3, 3), 0, file.tensor((1, 7, 5, 4), 0.063, 11), **STEP)
    ends = []
    for source, width, scale, point, row in ((first, 6, 0.071, -13, -1), (second, 5, 0.063, 11, 2)):
        given = [places(0, row, 0, 0), places(1, 99, width, 4), places(1, 1, 1, 1)]
        y = file.tensor((1, width, 4), scale, point)
        one = file.operator("STRIDED_SLICE", [source, *given], y, ShrinkAxisMask=0b0010)
        flat = file.operator(
            "RESHAPE", [one, places(1, 4 * width)], file.tensor((1, 4 * width), scale, point)
        )
        ends.append(products.add("FULLY_CONNECTED", flat, (3, 4 * width), 0, file.tensor((1, 3), 0.61, 5)))
    y = file.tensor((1, 6), 0.61, 5, name="classes")
    file.operator("CONCATENATION", ends, y, Axis=1, FusedActivationFunction=NONE)
    return file
