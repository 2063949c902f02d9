"""Operators on whole numbers, in which the arithmetic of TensorFlow Lite is spelled."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

__all__ = ("INTEGER_DOMAIN", "INTEGER_OPERATORS", "INTEGER_QUANTISERS", "is_rising")

INTEGER_DOMAIN = "finn.custom_op.integer"
"""Of operators whose tensors hold whole numbers; `finn.runtime.requantise` says what they give."""

INTEGER_QUANTISERS = ("Requantize", "RoundedMean", "QuantizeFloat", "Lookup")
"""Of one tensor, element by element, rising; a ``Lookup`` may fall too."""

INTEGER_OPERATORS = (*INTEGER_QUANTISERS, "RequantizedAdd", "IntegerSoftmax", "AsInt8", "AsFloat")


def is_rising(table: Sequence[int]) -> bool:
    """Whether no entry of a ``Lookup`` is below the one before it."""
    return all(first <= second for first, second in pairwise(table))
