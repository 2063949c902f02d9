"""Functions of one element, as ONNX defines them, in the floating-point type of their argument."""

import math
from typing import Any, Callable, Dict

import numpy as np

__all__ = ("FUNCTIONS", "PARAMETERS", "erf")

# erf is expanded around multiples of 1/8, and is 1 in float64 from 6 on.
_STEPS, _FARTHEST, _TERMS = 8, 6, 20
_CENTRES = np.array([math.erf(k / float(_STEPS)) for k in range(_FARTHEST * _STEPS + 1)])
_SQRT_2, _SQRT_PI = math.sqrt(2), math.sqrt(math.pi)


def erf(x: Any) -> Any:
    """The error function of an array, computed in float64 and rounded once to the type of ``x``.

    Around a multiple c of 1/8, erf(c + h) - erf(c) is 2 / sqrt(pi) exp(-c^2) times the integral over
    h of exp(-2 c h - h^2), whose power series has a(k + 1) = -2 (c a(k) + a(k - 1)) / (k + 1).
    """
    wide = np.minimum(np.abs(x).astype(np.float64), _FARTHEST)
    whole = np.where(np.isnan(wide), 0.0, np.rint(wide * _STEPS))
    centre = whole / _STEPS
    h = wide - centre
    before, term = np.zeros_like(h), np.ones_like(h)
    total, power = h.copy(), h
    for k in range(_TERMS):
        before, term = term, -2 * (centre * term + before) / (k + 1)
        power = power * h
        total = total + term * power / (k + 2)
    value = _CENTRES[whole.astype(np.int64)] + 2 / _SQRT_PI * np.exp(-centre * centre) * total
    return np.copysign(value, x).astype(x.dtype)


def _exp_below(x: Any) -> Any:
    """exp of what is not above 0: what is goes by another formula, and would only overflow."""
    return np.exp(np.minimum(x, x.dtype.type(0)))


def _elu(x: Any, a: Dict[str, Any]) -> Any:
    kind = x.dtype.type
    return np.where(x > 0, x, kind(a["alpha"]) * (_exp_below(x) - kind(1)))


def _selu(x: Any, a: Dict[str, Any]) -> Any:
    kind = x.dtype.type
    alpha = kind(a["alpha"])
    return kind(a["gamma"]) * np.where(x > 0, x, alpha * _exp_below(x) - alpha)


def _celu(x: Any, a: Dict[str, Any]) -> Any:
    kind = x.dtype.type
    alpha = kind(a["alpha"])
    low = np.minimum(kind(0), alpha * (np.exp(np.minimum(x / alpha, kind(0))) - kind(1)))
    return np.maximum(kind(0), x) + low


def _thresholded_relu(x: Any, a: Dict[str, Any]) -> Any:
    kind = x.dtype.type
    return np.where(x > kind(a["alpha"]), x, kind(0))


def _softplus(x: Any) -> Any:
    return np.logaddexp(x, x.dtype.type(0))


def _log_softmax(x: Any, a: Dict[str, Any]) -> Any:
    shifted = x - x.max(axis=a["axis"], keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=a["axis"], keepdims=True))


FUNCTIONS: Dict[str, Callable[..., Any]] = {
    "Erf": erf,
    "Log": np.log,
    "Reciprocal": lambda x: x.dtype.type(1) / x,
    "Sign": np.sign,
    "Softplus": _softplus,
    "Softsign": lambda x: x / (x.dtype.type(1) + np.abs(x)),
    "Where": np.where,
    "Greater": np.greater,
    "GreaterOrEqual": np.greater_equal,
    "Less": np.less,
    "LessOrEqual": np.less_equal,
    "Equal": np.equal,
    "And": np.logical_and,
    "Or": np.logical_or,
    "Xor": np.logical_xor,
    "Not": np.logical_not,
}
"""Of tensors alone."""

PARAMETERS: Dict[str, Callable[..., Any]] = {
    "Elu": _elu,
    "Selu": _selu,
    "Celu": _celu,
    "ThresholdedRelu": _thresholded_relu,
    "LogSoftmax": _log_softmax,
}
"""Of a tensor and the operator's attributes."""
