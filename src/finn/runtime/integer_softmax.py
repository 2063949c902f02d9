"""TensorFlow Lite's reference ``SOFTMAX`` of int8 in fixed point, result on a scale of 1/256 from -128.

The functions are those of `finn.runtime.fixed_point`.
"""

from typing import Any, Dict

import numpy as np

from .fixed_point import divided, exponential, product, reciprocal
from .requantise import scaled

__all__ = ("integer_softmax",)

_DIFFERENCE_BITS = 5
_SUM_BITS = 12


def integer_softmax(x: Any, attributes: Dict[str, Any]) -> Any:
    """``IntegerSoftmax`` over the last axis.

    ``multiplier`` and ``shift`` bring differences of inputs to 26 fractional bits; those below ``least``
    count as minus infinity.
    """
    values = np.rint(x).astype(np.int64)
    difference = values - values.max(axis=-1, keepdims=True)
    counted = difference >= attributes["least"]
    fixed = scaled(np.where(counted, difference, 0), attributes["multiplier"], attributes["shift"])
    powers = np.where(counted, exponential(fixed, _DIFFERENCE_BITS), 0)
    total = divided(powers, _SUM_BITS).sum(axis=-1, keepdims=True)
    # 2^(31 - headroom) is the power of two above the sum.
    headroom = 31 - np.floor(np.log2(total)).astype(np.int64)
    share = reciprocal(np.left_shift(total, headroom) - 2**31)
    result = divided(product(share, powers), _SUM_BITS - headroom + 31 - 8) - 128
    return np.where(counted, np.clip(result, -128, 127), -128).astype(x.dtype)
