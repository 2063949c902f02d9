"""The layer FMPadding."""

from finn.kernels.fm_padding.op import FMPadding

__all__ = ("FMPadding",)
