"""A small executor of parent graphs that shares nothing with the kernels: products and counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, helper
from qonnx.core.datatype import DataType
from qonnx.core.modelwrapper import ModelWrapper

from finn.core.inputs import read_arrays
from finn.frontend.host.programs import host_program
from finn.frontend.writing.graph_builder import HARDWARE_DOMAIN
from finn.runtime.host_program import run_program

Tensors = dict[str, NDArray[Any]]


def run_parent(model: ModelWrapper, inputs: Tensors) -> Tensors:
    """Every tensor of the parent, for a batch of any size of the model's own inputs."""
    tensors: Tensors = dict(read_arrays(model, inputs))
    for node in model.graph.node:
        if node.domain == HARDWARE_DOMAIN:
            streams = [tensors[name] for name in node.input if model.get_initializer(name) is None]
            for name, output in zip(node.output, _layer(model, node, streams), strict=True):
                tensors[name] = output.reshape(len(output), *model.get_tensor_shape(name)[1:])
        else:
            program, arrays = host_program([node], model)
            tensors.update(run_program(program, arrays, tensors))
    return tensors


def outputs_of(model: ModelWrapper, inputs: Tensors) -> Tensors:
    """The graph outputs."""
    tensors = run_parent(model, inputs)
    return {t.name: tensors[t.name] for t in model.graph.output}


def _layer(model: ModelWrapper, node: NodeProto, streams: list[NDArray[Any]]) -> list[NDArray[Any]]:
    a = {k.name: helper.get_attribute_value(k) for k in node.attribute}
    names = a.get("inputDataTypes") or [a["inputDataType"]]
    for x, name in zip(streams, names, strict=True):
        source = DataType[name.decode()]
        assert np.all(x == np.rint(x)) and np.all(source.allowed(x)), f"{node.name}: input outside {source}"
    streams = [x.astype(np.int64) for x in streams]
    if node.op_type in _BRANCHES:
        outputs = _BRANCHES[node.op_type](streams, a)
        target = DataType[a.get("outputDataType", names[0]).decode()]
        assert all(np.all(target.allowed(y.astype(np.float64))) for y in outputs), (
            f"{node.name}: outside {target}"
        )
        return outputs
    return [_single(model, node, streams[0], a)]


def _single(model: ModelWrapper, node: NodeProto, x: NDArray[np.int64], a: dict[str, Any]) -> NDArray[Any]:
    if node.op_type == "LabelSelect":
        return np.argsort(-x, axis=-1, kind="stable")[..., : a["K"]]
    constants = [model.get_initializer(name).astype(np.int64) for name in node.input[1:]]
    if node.op_type in _IMAGES:
        # Vectors are a row of pixels.
        return _IMAGES[node.op_type](x[:, None] if x.ndim == 3 else x, a)
    if node.op_type == "VVAU":
        weights = constants.pop(0).reshape(a["Channels"], -1)
        taps = x.reshape(len(x), *a["Dim"], weights.shape[1], a["Channels"])
        x = np.sum([taps[..., t, :] * weights[:, t] for t in range(weights.shape[1])], axis=0)
    if node.op_type == "ChannelwiseOp":
        assert np.all(DataType[a["paramDataType"].decode()].allowed(constants[0]))
        x = x.reshape(len(x), -1, a["NumChannels"])
        x = {b"mul": np.multiply, b"add": np.add}[a["Func"]](x, constants.pop(0))
    if node.op_type == "Requantise":
        return _requantised(x * constants[0] + constants[1], a)
    if node.op_type == "MVAU":
        x = x.reshape(len(x), *a["numInputVectors"][1:], a["MW"])
        assert np.all(DataType[a["weightDataType"].decode()].allowed(constants[0]))
        assert constants[0].shape == (a["MW"], a["MH"])
        x = x @ constants.pop(0)
        assert np.all(DataType[a["accDataType"].decode()].allowed(x.astype(np.float64)))
    y = _count(x, constants[0], a) if constants else x
    target = DataType[a["outputDataType"].decode()]
    assert np.all(target.allowed(y.astype(np.float64))), f"{node.name}: output outside {target}"
    return y


def _requantised(sums: NDArray[np.int64], a: dict[str, Any]) -> NDArray[np.int64]:
    """Rounded down, or, where half a step has been added, to the even one of two that are as near."""
    step = 2 ** a["Shift"]
    level, rest = np.divmod(sums, step)
    if a["RoundEven"]:
        level = np.where((rest == 0) & ((level + a["ActVal"]) % 2 != 0), level - 1, level)
    return np.asarray(np.clip(level, 0, a["Steps"]) + a["ActVal"])


def _count(x: NDArray[np.int64], thresholds: NDArray[np.int64], a: dict[str, Any]) -> NDArray[np.int64]:
    assert np.all(np.diff(thresholds, axis=1) >= 0)
    count = np.zeros_like(x)
    for step in range(thresholds.shape[1]):
        count += x >= thresholds[:, step]
    flip = np.array(a.get("flip", []), dtype=bool)
    if flip.size:
        assert flip.size == x.shape[-1]
        count = np.where(flip, thresholds.shape[1] - count, count)
    return 2 * count - 1 if a["outputDataType"] == b"BIPOLAR" else a.get("ActVal", 0) + count


def _padding(x: NDArray[np.int64], a: dict[str, Any]) -> NDArray[np.int64]:
    top, left, bottom, right = a["Padding"]
    pads = ((0, 0), (top, bottom), (left, right), (0, 0))
    return np.pad(x, pads, constant_values=a.get("value", 0))


def _windows(x: NDArray[np.int64], a: dict[str, Any]) -> NDArray[np.int64]:
    assert list(x.shape[1:]) == [*a["IFMDim"], a["IFMChannels"]]
    (kernel_h, kernel_w), (stride_h, stride_w), (apart_h, apart_w) = (
        a[key] for key in ("ConvKernelDim", "Stride", "Dilation")
    )
    rows = []
    for top in range(0, x.shape[1] - apart_h * (kernel_h - 1), stride_h):
        row = []
        for left in range(0, x.shape[2] - apart_w * (kernel_w - 1), stride_w):
            taps = [
                x[:, top + apart_h * i, left + apart_w * j] for i in range(kernel_h) for j in range(kernel_w)
            ]
            row.append(np.concatenate(taps, axis=1))
        rows.append(np.stack(row, axis=1))
    windows = np.stack(rows, axis=1)
    assert list(windows.shape[1:3]) == a["OFMDim"]
    return windows


def _pool(x: NDArray[np.int64], a: dict[str, Any]) -> NDArray[np.int64]:
    channels = a["Channels"]
    result = x.reshape(len(x), *a["OutImgDims"], -1)[..., :channels].copy()
    for first in range(channels, x.reshape(len(x), *a["OutImgDims"], -1).shape[-1], channels):
        tap = x.reshape(len(x), *a["OutImgDims"], -1)[..., first : first + channels]
        result = np.maximum(result, tap) if a["Function"] == b"MaxPool" else result + tap
    return result


def _added(streams: list[NDArray[Any]], a: dict[str, Any]) -> list[NDArray[Any]]:
    assert len({x.size for x in streams}) == 1
    streams = [x.reshape(streams[0].shape) for x in streams]
    return [sum(x * factor for x, factor in zip(streams, a["scales"], strict=True))]


def _joined(streams: list[NDArray[Any]], a: dict[str, Any]) -> list[NDArray[Any]]:
    vectors = a["numInputVectors"][1:]
    parts = zip(streams, a["ChannelsPerStream"], strict=True)
    return [np.concatenate([x.reshape(len(x), *vectors, channels) for x, channels in parts], axis=-1)]


def _cut(streams: list[NDArray[Any]], a: dict[str, Any]) -> list[NDArray[Any]]:
    assert streams[0].shape[-1] == sum(a["ChannelsPerStream"])
    return np.split(streams[0], np.cumsum(a["ChannelsPerStream"])[:-1], axis=-1)


def _copied(streams: list[NDArray[Any]], a: dict[str, Any]) -> list[NDArray[Any]]:
    return streams * a["NumOutputStreams"]


def _paired(streams: list[NDArray[Any]], a: dict[str, Any]) -> list[NDArray[Any]]:
    assert bool(a["broadcast"]) == (streams[0].size != streams[1].size)
    functions = {b"Mul": np.multiply, b"Max": np.maximum, b"Min": np.minimum}
    first, second = (x.reshape(len(x), -1, a["NumChannels"]) for x in streams)
    return [functions[a["eltwiseOp"]](first, second).reshape(streams[0].shape)]


def _gathered(streams: list[NDArray[Any]], a: dict[str, Any]) -> list[NDArray[Any]]:
    (x,) = streams
    height, width = a["ImgDim"]
    image = x.reshape(len(x), height, width, a["NumChannels"])
    kept = [[[p[c] for c in a["Channels"]] for p in image[:, i, j]] for i in a["Rows"] for j in a["Columns"]]
    grid = np.moveaxis(np.array(kept), 0, 1)
    shape = {2: (), 3: (len(a["Rows"]),)}.get(x.ndim, (len(a["Rows"]), len(a["Columns"])))
    return [grid.reshape(len(x), *shape, len(a["Channels"]))]


def _reordered(streams: list[NDArray[Any]], a: dict[str, Any]) -> list[NDArray[Any]]:
    (x,) = streams
    flat = x.reshape(len(x), *a["inShape"]).reshape(len(x), -1)
    taken = [flat[:, i + j + k] for i in a["Outer"] for j in a["Middle"] for k in a["Inner"]]
    return [np.stack(taken, axis=1).reshape(len(x), *a["outShape"])]


_BRANCHES = {
    "StreamingReorder": _reordered,
    "StreamingGather": _gathered,
    "StreamingEltwise": _paired,
    "AddStreams": _added,
    "StreamingConcat": _joined,
    "StreamingSplit": _cut,
    "DuplicateStreams": _copied,
}


def _upsampled(x: NDArray[np.int64], a: dict[str, Any]) -> NDArray[np.int64]:
    x = x.reshape(len(x), *a["Dim"], a["NumChannels"])
    vertical, horizontal = a["Scale"]
    rows = np.arange(x.shape[1] * vertical) // vertical
    return x[:, rows][:, :, np.arange(x.shape[2] * horizontal) // horizontal]


def _spread(x: NDArray[np.int64], a: dict[str, Any]) -> NDArray[np.int64]:
    assert list(x.shape[1:]) == [*a["ImgDim"], a["NumChannels"]]
    vertical, horizontal = a["Stride"]
    larger = np.kron(x, np.eye(1, vertical * horizontal, dtype=np.int64).reshape(vertical, horizontal, 1))
    return larger[:, : larger.shape[1] - vertical + 1, : larger.shape[2] - horizontal + 1]


def _summed(x: NDArray[np.int64], a: dict[str, Any]) -> NDArray[np.int64]:
    x = x.reshape(len(x), *a["ImgDim"], a["NumChannels"])
    return np.einsum("nhwc->nc", x)[:, None, None]


def _blocks(x: NDArray[np.int64], a: dict[str, Any]) -> NDArray[np.int64]:
    assert list(x.shape[1:3]) == a["ImgDim"]
    block, channels = a["BlockSize"], a["NumChannels"]
    larger = np.zeros((len(x), x.shape[1] * block, x.shape[2] * block, channels), dtype=np.int64)
    for place in range(block * block):
        part = x[..., place * channels : (place + 1) * channels]
        larger[:, place // block :: block, place % block :: block] = part
    return larger


def _largest(x: NDArray[np.int64], a: dict[str, Any]) -> NDArray[np.int64]:
    assert list(x.shape[1:]) == [*a["ImgDim"], a["NumChannels"]]
    down, across = a["PoolDim"]
    tops = range(0, x.shape[1] - down + 1, down)
    lefts = range(0, x.shape[2] - across + 1, across)
    rows = [[x[:, t : t + down, left : left + across].max(axis=(1, 2)) for left in lefts] for t in tops]
    return np.stack([np.stack(row, axis=1) for row in rows], axis=1)


_IMAGES = {
    "DepthToSpace": _blocks,
    "FMPadding": _padding,
    "FMPadding_Pixel": _spread,
    "UpsampleNearestNeighbour": _upsampled,
    "ConvolutionInputGenerator": _windows,
    "Pool": _pool,
    "StreamingMaxPool": _largest,
    "GlobalAccPool": _summed,
}
