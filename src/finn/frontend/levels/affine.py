"""What the integers of a tensor stand for."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ("Affine", "Knots", "Vector", "compact")

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Knots:
    """What the reachable integers of a sum stand for, where its parts have no common step.

    ``products[i]`` stands in place of ``integers[i] * scale``; both ascend.
    """

    integers: NDArray[np.int64]
    products: Vector


@dataclass(frozen=True)
class Affine:
    """``float = integer * scale + offset``; each is one value or one per channel.

    With ``knots`` the product is only near to ``integer * scale``; `products` gives it. With ``single``
    the value is that number rounded to float32, as a network's own input is.
    """

    scale: Vector
    offset: Vector = field(default_factory=lambda: np.zeros(1))
    knots: Knots | None = None
    single: bool = False

    @property
    def is_uniform(self) -> bool:
        """Whether all channels are alike."""
        return self.scale.size == 1 and self.offset.size == 1

    @property
    def is_identity(self) -> bool:
        """Whether the integers are the values."""
        uniform = self.is_uniform and self.knots is None
        return bool(uniform and self.scale[0] == 1 and self.offset[0] == 0)

    def products(self, integers: NDArray[np.int64]) -> Vector:
        """What ``integers`` stand for, less the offset; they broadcast with the scale."""
        if self.knots is None:
            return np.asarray(integers * self.scale)
        return np.interp(integers, self.knots.integers, self.knots.products)


def compact(values: Vector) -> Vector:
    """One value in place of a vector of equal ones."""
    flat = values.reshape(-1)
    return flat[:1] if np.all(flat == flat[0]) else flat
