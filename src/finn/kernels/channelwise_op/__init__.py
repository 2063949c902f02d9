"""The layer ChannelwiseOp."""

from finn.kernels.channelwise_op.op import ChannelwiseOp

__all__ = ("ChannelwiseOp",)
