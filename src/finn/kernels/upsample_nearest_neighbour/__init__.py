"""The layer UpsampleNearestNeighbour."""

from finn.kernels.upsample_nearest_neighbour.op import UpsampleNearestNeighbour

__all__ = ("UpsampleNearestNeighbour",)
