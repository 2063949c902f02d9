"""What a layer is as an ONNX node: operator, attributes and constants."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qonnx.core.datatype import BaseDataType

from finn.frontend.layers.branch_layers import AddLayer, ConcatLayer, EltwiseLayer, SplitLayer
from finn.frontend.layers.channelwise_layer import ChannelwiseLayer
from finn.frontend.layers.gather_layer import GatherLayer
from finn.frontend.layers.image_layers import (
    GlobalPoolLayer,
    PadLayer,
    PoolLayer,
    TiledPoolLayer,
    WindowLayer,
)
from finn.frontend.layers.layers import DepthwiseLayer, LabelLayer, Layer, MatrixLayer, ThresholdLayer
from finn.frontend.layers.reorder_layer import ReorderLayer
from finn.frontend.layers.requantise_layer import RequantiseLayer
from finn.frontend.layers.resampling_layers import BlockLayer, SpreadLayer, UpsampleLayer
from finn.frontend.levels.activations import Activation
from finn.frontend.levels.ranges import smallest_datatype

__all__ = ("NodeText", "node_text")

ImageLayer = PadLayer | SpreadLayer | UpsampleLayer | BlockLayer | WindowLayer | PoolLayer
_AUTO = {"ram_style": "auto"}
Constants = dict[str, tuple[NDArray[np.int64], BaseDataType]]


@dataclass(frozen=True)
class NodeText:
    """Operator, attributes but for the types that every layer has, constants by what they are."""

    op_type: str
    attributes: dict[str, Any]
    constants: Constants = field(default_factory=dict)


def node_text(layer: Layer) -> NodeText:
    """The node of a layer, its folding 1."""
    if isinstance(layer, MatrixLayer):
        return _weighted(layer)
    if isinstance(layer, ThresholdLayer):
        return _thresholding(layer)
    if isinstance(layer, AddLayer | EltwiseLayer | ConcatLayer | SplitLayer):
        return _branching(layer)
    if isinstance(layer, GatherLayer):
        return NodeText("StreamingGather", _gathering(layer))
    if isinstance(layer, ReorderLayer):
        return NodeText("StreamingReorder", _reordering(layer))
    if isinstance(layer, ChannelwiseLayer):
        return _channelwise(layer)
    if isinstance(layer, RequantiseLayer):
        return _requantising(layer)
    return NodeText(*_plain(layer))


def _weighted(layer: MatrixLayer) -> NodeText:
    """``MVAU`` or ``VVAU``."""
    op_type, values, integers = _weights(layer)
    values["weightDataType"] = layer.weight_datatype.name
    values["accDataType"] = layer.accumulator_datatype.name
    values |= {"noActivation": int(layer.activation is None), "ram_style": "auto", "ActVal": 0}
    constants: Constants = {"weights": (integers, layer.weight_datatype)}
    if layer.activation is not None:
        constants["thresholds"] = _thresholds(layer.activation)
        values |= _activation(layer.activation)
    return NodeText(op_type, values, constants)


def _weights(layer: MatrixLayer) -> tuple[str, dict[str, Any], NDArray[np.int64]]:
    """Operator, attributes and weights of a product or a depthwise convolution."""
    if isinstance(layer, DepthwiseLayer):
        channels = layer.weights.shape[1]
        values = {"Channels": channels, "Kernel": list(layer.kernel), "Dim": list(layer.shape[:2]), "PE": 1}
        return "VVAU", values, layer.weights.T.reshape(channels, 1, *layer.kernel)
    mw, mh = layer.weights.shape
    return "MVAU", {"MW": mw, "MH": mh, "PE": 1, "SIMD": 1, **_vectors(layer.shape)}, layer.weights


def _gathering(layer: GatherLayer) -> dict[str, Any]:
    ascending = list(layer.channels) == sorted(set(layer.channels))
    return {
        "ImgDim": list(layer.image),
        "NumChannels": layer.shape[-1],
        # Channels change places in a beat that holds them all.
        "SIMD": 1 if ascending else layer.shape[-1],
        "Rows": list(layer.rows),
        "Columns": list(layer.columns),
        "Channels": list(layer.channels),
    }


def _channelwise(layer: ChannelwiseLayer) -> NodeText:
    values: dict[str, Any] = {"NumChannels": layer.shape[-1], "PE": 1, **_vectors(layer.shape)}
    values["Func"] = layer.function
    values["paramDataType"] = layer.factor_datatype.name
    return NodeText("ChannelwiseOp", values, {"factors": (layer.factors, layer.factor_datatype)})


def _requantising(layer: RequantiseLayer) -> NodeText:
    line, values = layer.line, {"NumChannels": layer.shape[-1], "PE": 1, **_vectors(layer.shape)}
    values |= {
        "Shift": line.shift,
        "Steps": layer.steps,
        "ActVal": layer.activation.offset,
        "RoundEven": int(line.round_even),
        "resType": "auto",
    }
    constants = {"multipliers": line.multipliers, "offsets": line.offsets}
    return NodeText("Requantise", values, {name: _with_type(v) for name, v in constants.items()})


def _reordering(layer: ReorderLayer) -> dict[str, Any]:
    places = {"Outer": list(layer.outer), "Middle": list(layer.middle), "Inner": list(layer.inner)}
    return {"inShape": list(layer.shape), "outShape": list(layer.output_shape), **places, "SIMD": 1, **_AUTO}


def _with_type(values: NDArray[np.int64]) -> tuple[NDArray[np.int64], BaseDataType]:
    return values, smallest_datatype(int(values.min()), int(values.max()))


def _thresholding(layer: ThresholdLayer) -> NodeText:
    constants = {"thresholds": _thresholds(layer.activation)}
    values: dict[str, Any] = {"NumChannels": layer.shape[-1], "PE": 1, **_vectors(layer.shape)}
    values["weightDataType"] = constants["thresholds"][1].name
    values["numSteps"] = layer.activation.thresholds.shape[1]
    return NodeText("Thresholding", {**values, **_activation(layer.activation)}, constants)


def _thresholds(activation: Activation) -> tuple[NDArray[np.int64], BaseDataType]:
    return _with_type(activation.thresholds)


def _activation(activation: Activation) -> dict[str, Any]:
    return {"ActVal": activation.offset, "flip": list(activation.flip)}


def _vectors(shape: tuple[int, ...]) -> dict[str, Any]:
    return {"numInputVectors": [1, *shape[:-1]]}


def _branching(layer: AddLayer | EltwiseLayer | ConcatLayer | SplitLayer) -> NodeText:
    vectors = _vectors(layer.shape)
    if isinstance(layer, SplitLayer):
        return NodeText("StreamingSplit", {"ChannelsPerStream": list(layer.channels), "SIMD": 1, **vectors})
    types = {"inputDataTypes": [datatype.name for datatype in layer.input_datatypes]}
    if isinstance(layer, ConcatLayer):
        joined = {"ChannelsPerStream": list(layer.channels), "SIMD": 1, **vectors, **types}
        return NodeText("StreamingConcat", joined)
    elements = {"NumChannels": layer.shape[-1], "PE": 1, **vectors, **types}
    if isinstance(layer, EltwiseLayer):
        function = {"eltwiseOp": layer.function, "broadcast": int(layer.broadcast), "resType": "auto"}
        return NodeText("StreamingEltwise", elements | function)
    return NodeText("AddStreams", elements | {"scales": list(layer.factors)})


def _plain(layer: LabelLayer | ImageLayer) -> tuple[str, dict[str, Any]]:
    """Operator and attributes of a layer without constants."""
    if isinstance(layer, LabelLayer):
        return "LabelSelect", {"PE": 1, "Labels": layer.shape[-1], "K": layer.count}
    if isinstance(layer, WindowLayer):
        return "ConvolutionInputGenerator", _windows(layer)
    if isinstance(layer, PoolLayer):
        return _pooling(layer)
    dim, channels = list(layer.shape[:2]), {"NumChannels": layer.shape[2], "SIMD": 1}
    if isinstance(layer, UpsampleLayer):
        return "UpsampleNearestNeighbour", {"Dim": dim, **channels, "Scale": list(layer.scale), **_AUTO}
    image = {"ImgDim": dim, **channels}
    if isinstance(layer, BlockLayer):
        outputs = {"NumChannels": layer.output_shape[2], "BlockSize": layer.block}
        return "DepthToSpace", {**image, **outputs, **_AUTO}
    if isinstance(layer, SpreadLayer):
        return "FMPadding_Pixel", {**image, "Stride": list(layer.stride), "value": layer.fill}
    return "FMPadding", {**image, "Padding": list(layer.padding), "value": layer.fill}


def _windows(layer: WindowLayer) -> dict[str, Any]:
    one, image = layer.window, {"IFMDim": list(layer.shape[:2]), "IFMChannels": layer.shape[2]}
    places = {"Stride": list(one.stride), "Dilation": list(one.dilation)}
    kernel = {"ConvKernelDim": list(one.kernel), "OFMDim": list(layer.output_shape[:2])}
    return {**image, **kernel, **places, "SIMD": 1}


def _pooling(layer: PoolLayer) -> tuple[str, dict[str, Any]]:
    """``Pool``, or one of those that read an image in place of windows."""
    image = {"ImgDim": list(layer.shape[:2]), "NumChannels": layer.shape[2], "PE": 1}
    if isinstance(layer, GlobalPoolLayer):
        return "GlobalAccPool", image
    if isinstance(layer, TiledPoolLayer):
        return "StreamingMaxPool", {**image, "PoolDim": list(layer.kernel), **_AUTO}
    pixels = {"KernelSize": list(layer.kernel), "OutImgDims": list(layer.output_shape[:2])}
    return "Pool", {"PE": 1, "Channels": layer.output_shape[2], "Function": layer.function, **pixels}
