"""Limits on what one model may take of the host's memory and time."""

from __future__ import annotations

__all__ = ("MAX_ELEMENTS",)

MAX_ELEMENTS = 2**24
"""Elements of a constant, or of a tensor for one image."""
