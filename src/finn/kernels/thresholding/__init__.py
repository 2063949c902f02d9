"""The layer Thresholding."""

from finn.kernels.thresholding.op import Thresholding

__all__ = ("Thresholding",)
