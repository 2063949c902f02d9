"""The layer ConvolutionInputGenerator."""

from finn.kernels.convolution_input_generator.op import ConvolutionInputGenerator

__all__ = ("ConvolutionInputGenerator",)
