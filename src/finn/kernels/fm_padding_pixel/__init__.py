"""The layer FMPadding_Pixel."""

from finn.kernels.fm_padding_pixel.op import FMPaddingPixel

__all__ = ("FMPaddingPixel",)
