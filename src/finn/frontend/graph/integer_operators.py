"""Operators on whole numbers, in which the arithmetic of TensorFlow Lite is spelled."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

__all__ = ("INTEGER_DOMAIN", "INTEGER_OPERATORS", "INTEGER_QUANTISERS", "is_rising")

INTEGER_DOMAIN = "finn.custom_op.integer"
"""Of operators whose tensors hold whole numbers; `finn.runtime.requantise` says what they give."""

INTEGER_QUANTISERS = ("Requantize", "RoundedMean", "QuantizeFloat", "Lookup", "RequantizedOffset")
"""Of one tensor, element by element, rising; a ``Lookup`` and a ``RequantizedOffset`` may fall too."""

INTEGER_OPERATORS = (*INTEGER_QUANTISERS, "RequantizedAdd", "IntegerSoftmax", "AsInt8", "AsFloat")


def is_rising(op_type: str, values: Mapping[str, Any]) -> bool:
    """Whether a quantiser of whole numbers with these attributes falls nowhere."""
    if op_type == "Lookup":
        return all(first <= second for first, second in pairwise(values["table"]))
    return op_type != "RequantizedOffset" or bool(values["sign"] > 0)
