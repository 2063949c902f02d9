"""The layer StreamingDataWidthConverter."""

from finn.kernels.streaming_data_width_converter.op import StreamingDataWidthConverter

__all__ = ("StreamingDataWidthConverter",)
