"""Operators on whole numbers, in which the arithmetic of TensorFlow Lite is spelled."""

from __future__ import annotations

__all__ = ("INTEGER_DOMAIN", "INTEGER_OPERATORS", "INTEGER_QUANTISERS")

INTEGER_DOMAIN = "finn.custom_op.integer"
"""Of operators whose tensors hold whole numbers; `finn.runtime.requantise` says what they give."""

INTEGER_QUANTISERS = ("Requantize", "RoundedMean", "QuantizeFloat")
"""Of one tensor, element by element, rising."""

INTEGER_OPERATORS = (*INTEGER_QUANTISERS, "RequantizedAdd", "IntegerSoftmax", "AsInt8", "AsFloat")
