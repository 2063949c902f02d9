"""Requantise: each element times a constant of its channel, plus another, shifted and clipped."""

from finn.kernels.requantise.op import Requantise

__all__ = ("Requantise",)
