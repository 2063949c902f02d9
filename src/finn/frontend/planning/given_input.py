"""Whether a network's input carries integers, by option, annotation or type, and what they are worth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from qonnx.core.datatype import BaseDataType, DataType
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError
from finn.frontend.graph.attributes import label
from finn.frontend.planning.clipping import Unclipped, unclipped
from finn.frontend.planning.layouts import input_layout
from finn.frontend.planning.network import Network
from finn.frontend.planning.pixels import Pixels
from finn.frontend.planning.plan import IntegerInput

__all__ = ("given_inputs",)

_MAX_INPUT_BITS = 16
_TYPES = {
    TensorProto.UINT8: "UINT8",
    TensorProto.INT8: "INT8",
    TensorProto.UINT16: "UINT16",
    TensorProto.INT16: "INT16",
}
_SCALING = ("Mul", "Div", "BatchNormalization")
# Of a type's largest value: what a quantiser must take for integers to be the model's own unit.
_OWN_UNIT = 0.25
# Largest values of an input whose unit is 1: what images have whose pixels were divided.
_UNIT_RANGE = (0.4, 4.0)


def given_inputs(model: ModelWrapper, network: Network, pixels: Pixels) -> dict[str, IntegerInput]:
    """What is known of the graph inputs that carry integers, by name.

    Raises
    ------
    FinnError
        The options contradict the model, or do not say what an integer is worth and the model does not
        either; or they are given for several inputs.
    """
    if pixels.datatype is not None and len(network.inputs) > 1:
        names = ", ".join(network.inputs)
        reason = f"--input-datatype is for models of one input, and this has {len(network.inputs)} ({names})"
        raise FinnError(f"{reason}; annotate the inputs' types in the model")
    given = {name: _given(model, network, name, pixels) for name in network.inputs}
    return {name: integers for name, integers in given.items() if integers is not None}


def _given(model: ModelWrapper, network: Network, name: str, pixels: Pixels) -> IntegerInput | None:
    own = _own_type(model, name)
    if pixels.datatype is None:
        return None if own is None else IntegerInput(own, pixels=_are_bytes(own))
    datatype = _integer_type(pixels.datatype)
    if own is not None:
        return _agreed(name, own, datatype, pixels)
    note = _found_scale(network, name, datatype, pixels) if pixels.scale is None else ""
    scale, offset = np.array(pixels.scales), np.array(pixels.offsets)
    for option, values in (("--input-std", scale), ("--input-mean", offset)):
        _require_per_channel(network, name, option, values)
    return IntegerInput(datatype, scale, offset, True, _are_bytes(datatype), note)


def _are_bytes(datatype: BaseDataType) -> bool:
    return bool(datatype.name == "UINT8")


def _own_type(model: ModelWrapper, name: str) -> BaseDataType | None:
    """The integer type that the model gives its input, by annotation or by its tensor's type."""
    annotated = model.get_tensor_datatype(name)
    if annotated.is_integer():
        return _integer_type(annotated.name)
    kind = model.get_tensor_valueinfo(name).type.tensor_type.elem_type
    return DataType[_TYPES[kind]] if kind in _TYPES else None


def _agreed(name: str, own: BaseDataType, datatype: BaseDataType, pixels: Pixels) -> IntegerInput:
    if own != datatype:
        reason = f"is annotated {own}, not {datatype}; leave --input-datatype out"
        raise FinnError(f"input {name!r} {reason}")
    if pixels.scales != (1.0,) or any(pixels.offsets):
        raise FinnError(
            f"input {name!r} is {own} in the model, so that its integers are its values;"
            " leave --input-scale, --input-mean and --input-std out"
        )
    return IntegerInput(own, required=True, pixels=_are_bytes(own))


def _found_scale(network: Network, name: str, datatype: BaseDataType, pixels: Pixels) -> str:
    """Why the model's own unit is one step of the integers, in a sentence; FinnError where it is not.

    It is where the model itself scales what it takes, or where the type names the values.
    """
    if datatype.name == "BIPOLAR":
        return ""
    taken = unclipped(network, name)
    scaling = [node for node in taken.before if node.op_type in _SCALING] if taken is not None else []
    if taken is None or not scaling or pixels.mean is not None or pixels.std is not None:
        raise _no_scale(network, name, datatype)
    if not _reaches(taken, datatype):
        raise _no_scale(network, name, datatype)
    return (
        f"input {name!r}: one step of {datatype.name} is worth 1, because {label(scaling[0])} scales"
        " the input before the first quantiser; give --input-scale if that is not so"
    )


def _reaches(taken: Unclipped, datatype: BaseDataType) -> bool:
    """Whether the first quantiser can tell integers of the type apart up to a good part of its range."""
    return bool(taken.high.max() >= _OWN_UNIT * int(datatype.max()))


def _no_scale(network: Network, name: str, datatype: BaseDataType) -> FinnError:
    text = f"--input-datatype {datatype.name} needs --input-scale, what one step of it is worth to the model"
    taken = unclipped(network, name)
    if taken is None:
        return FinnError(f"{text}: a number, or a fraction such as 1/255")
    high = float(taken.high.max())
    told = f"{text}: the first quantiser, {label(taken.quantiser)}, takes {taken.low.min():.4g} to {high:.4g}"
    if _UNIT_RANGE[0] <= high <= _UNIT_RANGE[1]:
        scale = f"1/{int(datatype.max())}"
    elif _reaches(taken, datatype):
        scale = "1"
    else:
        return FinnError(f"{told}; give a number, or a fraction such as 1/255")
    return FinnError(f"{told}, which makes {scale} plausible; add --input-scale {scale} if that is so")


def _require_per_channel(network: Network, name: str, option: str, values: NDArray[np.float64]) -> None:
    if values.size == 1:
        return
    layout, shape = input_layout(network, name), network.shape(name)
    channels = shape[layout.index("C") - 1] if layout else 0
    if values.size != channels:
        wanted = f"one, or one for each of its {channels} channels" if layout else "one"
        raise FinnError(
            f"{option} has {values.size} values for input {name!r} of shape"
            f" (N, {', '.join(map(str, shape))}); give {wanted}"
        )


def _integer_type(name: str) -> BaseDataType:
    try:
        datatype = DataType[name]
    except (KeyError, ValueError) as error:
        known = "UINT1..UINT16, INT2..INT16 or BIPOLAR"
        raise FinnError(f"input datatype {name!r} is unknown; use {known}") from error
    if not datatype.is_integer() or datatype.bitwidth() > _MAX_INPUT_BITS:
        raise FinnError(f"input datatype {name} is not an integer type of at most {_MAX_INPUT_BITS} bits")
    return datatype
