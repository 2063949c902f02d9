"""Requantise: each element times a constant of its channel, plus another, shifted and clipped."""

from finn.kernels.requantise.op import PRODUCT_SOURCES, Requantise, sum_cycles

__all__ = ("PRODUCT_SOURCES", "Requantise", "sum_cycles")
