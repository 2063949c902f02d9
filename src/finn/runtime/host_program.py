"""Runs the part of a network that stays on the host: a list of operators, in NumPy.

A program is a list of ``{"op", "inputs", "outputs", "attributes"}``. Operators follow ONNX, with
every attribute given; the first axis of a tensor is the batch, of any size.
"""

from functools import reduce
from typing import Any, Callable, Dict, List, Sequence

import numpy as np

from . import integer_softmax, quantisers, requantise
from .functions import FUNCTIONS, PARAMETERS
from .shaping import SHAPING

__all__ = ("OPERATORS", "run_program")

Tensors = Dict[str, Any]
_CAST = {
    1: np.float32,
    2: np.uint8,
    3: np.int8,
    4: np.uint16,
    5: np.int16,
    6: np.int32,
    7: np.int64,
    11: np.float64,
}


def run_program(program: Sequence[Dict[str, Any]], arrays: Tensors, tensors: Tensors) -> Tensors:
    """Run a host program.

    Parameters
    ----------
    program
        The operators in execution order.
    arrays
        Constants by name.
    tensors
        Inputs by name, batch first.

    Returns
    -------
    dict
        ``tensors`` and every tensor that the program made.

    Raises
    ------
    ValueError
        If an operator is unknown.
    """
    made = dict(tensors)
    for step in program:
        operator = OPERATORS.get(step["op"])
        if operator is None:
            raise ValueError("host operator %s is unknown" % step["op"])
        inputs = [_lookup(name, arrays, made) for name in step["inputs"]]
        outputs = operator(inputs, step["attributes"])
        made.update(zip(step["outputs"], outputs))
    return made


def _lookup(name: str, arrays: Tensors, made: Tensors) -> Any:
    if not name:
        return None
    return made[name] if name in made else arrays[name]


def _simple(function: Callable[..., Any]) -> Callable[[List[Any], Dict[str, Any]], List[Any]]:
    return lambda inputs, attributes: [function(*inputs)]


def _with(function: Callable[..., Any]) -> Callable[[List[Any], Dict[str, Any]], List[Any]]:
    return lambda inputs, attributes: [function(*inputs, attributes)]


def _gemm(x: Any, w: Any, *rest: Any) -> Any:
    bias = rest[0] if len(rest) == 2 else None
    a = rest[-1]
    y = np.matmul(x.T if a["transA"] else x, w.T if a["transB"] else w)
    y = y if a["alpha"] == 1 else y * y.dtype.type(a["alpha"])
    if bias is None:
        return y
    return y + (bias if a["beta"] == 1 else bias * bias.dtype.type(a["beta"]))


def _batch_normalization(x: Any, scale: Any, bias: Any, mean: Any, variance: Any, a: Dict[str, Any]) -> Any:
    # Folded to one product and one sum in onnxruntime's own order, so that results are bit-equal.
    one = x.dtype.type(1)
    factor = (one / np.sqrt(variance + variance.dtype.type(a["epsilon"]))) * scale
    shape = (1, -1) + (1,) * (x.ndim - 2)
    return x * factor.reshape(shape) + (bias - mean * factor).reshape(shape)


def _clip(x: Any, low: Any = None, high: Any = None) -> Any:
    x = x if low is None else np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


def _sigmoid(x: Any) -> Any:
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e)).astype(x.dtype)


def _hard_sigmoid(x: Any, a: Dict[str, Any]) -> Any:
    kind = x.dtype.type
    return np.maximum(kind(0), np.minimum(kind(1), kind(a["alpha"]) * x + kind(a["beta"])))


def _softmax(x: Any, a: Dict[str, Any]) -> Any:
    e = np.exp(x - x.max(axis=a["axis"], keepdims=True))
    return e / e.sum(axis=a["axis"], keepdims=True)


def _top_k(inputs: List[Any], a: Dict[str, Any]) -> List[Any]:
    x, k = inputs[0], int(np.asarray(inputs[1]).reshape(-1)[0])
    rows = np.moveaxis(x, a["axis"], -1)
    flat = rows.reshape(-1, rows.shape[-1])
    # A stable sort keeps the lowest index first among equals.
    order = np.argsort(-flat if a["largest"] else flat, axis=1, kind="mergesort")[:, :k]
    values = flat[np.arange(flat.shape[0])[:, None], order]
    shape = rows.shape[:-1] + (order.shape[1],)
    return [np.moveaxis(v.reshape(shape), -1, a["axis"]) for v in (values, order.astype(np.int64))]


def _arg_max(x: Any, a: Dict[str, Any]) -> Any:
    index = np.argmax(x, axis=a["axis"]).astype(np.int64)
    return np.expand_dims(index, a["axis"]) if a["keepdims"] else index


def _reshape(x: Any, shape: Any) -> Any:
    target = [x.shape[i] if int(n) == 0 else int(n) for i, n in enumerate(shape)]
    if -1 not in target[1:]:
        target[0] = x.shape[0]
    return x.reshape(target)


OPERATORS: Dict[str, Callable[[List[Any], Dict[str, Any]], List[Any]]] = {
    **{name: _simple(function) for name, function in FUNCTIONS.items()},
    **{name: _with(function) for name, function in PARAMETERS.items()},
    **SHAPING,
    "Add": _simple(np.add),
    "Sub": _simple(np.subtract),
    "Mul": _simple(np.multiply),
    "Div": _simple(np.true_divide),
    "Pow": _simple(lambda x, y: np.power(x, y).astype(x.dtype)),
    "Neg": _simple(np.negative),
    "Abs": _simple(np.abs),
    "Sqrt": _simple(np.sqrt),
    "Exp": _simple(np.exp),
    "Tanh": _simple(np.tanh),
    "Floor": _simple(np.floor),
    "Ceil": _simple(np.ceil),
    "Round": _simple(np.rint),
    "Relu": _simple(lambda x: np.maximum(x, x.dtype.type(0))),
    "LeakyRelu": _with(lambda x, a: np.where(x >= 0, x, x * x.dtype.type(a["alpha"]))),
    "PRelu": _simple(lambda x, slope: np.where(x >= 0, x, x * slope)),
    "Sigmoid": _simple(_sigmoid),
    "HardSigmoid": _with(_hard_sigmoid),
    "Clip": _simple(_clip),
    "Max": _simple(lambda *x: reduce(np.maximum, x)),
    "Min": _simple(lambda *x: reduce(np.minimum, x)),
    "Cast": _with(lambda x, a: x.astype(_CAST[a["to"]])),
    "Identity": _simple(lambda x: x),
    "BatchNormalization": _with(_batch_normalization),
    "MatMul": _simple(np.matmul),
    "Gemm": _with(_gemm),
    "Reshape": _simple(_reshape),
    "Transpose": _with(lambda x, a: np.transpose(x, a["perm"])),
    "Softmax": _with(_softmax),
    "TopK": _top_k,
    "ArgMax": _with(_arg_max),
    "Quant": _with(quantisers.quantise),
    "BipolarQuant": _simple(quantisers.bipolar),
    "MultiThreshold": _with(quantisers.multithreshold),
    "Trunc": _with(quantisers.trunc),
    "Requantize": _with(requantise.requantise),
    "RoundedMean": _with(requantise.rounded_mean),
    "Lookup": _with(requantise.lookup),
    "RequantizedOffset": _with(requantise.requantised_offset),
    "RequantizedAdd": _with(requantise.requantised_sum),
    "IntegerSoftmax": _with(integer_softmax.integer_softmax),
    "AsInt8": _simple(requantise.as_int8),
    "QuantizeFloat": _with(requantise.quantise_float),
    "AsFloat": _with(requantise.as_float),
}
