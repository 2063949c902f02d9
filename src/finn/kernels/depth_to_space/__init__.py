"""The layer DepthToSpace."""

from finn.kernels.depth_to_space.op import DepthToSpace

__all__ = ("DepthToSpace",)
