"""Limits on what one model may take of the host's memory and time."""

from __future__ import annotations

__all__ = ("MAX_ELEMENTS", "MAX_EVALUATIONS", "MAX_WINDOWS")

MAX_ELEMENTS = 2**24
"""Elements of a constant, or of a tensor for one image."""

MAX_WINDOWS = 2**26
"""Elements of all windows of an image."""

MAX_EVALUATIONS = 2**26
"""How often the operators behind an accumulator are evaluated, for all its values and elements."""
