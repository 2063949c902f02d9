"""What the integers of a tensor stand for."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ("Affine", "compact")

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Affine:
    """``float = integer * scale + offset``; each is one value or one per channel."""

    scale: Vector
    offset: Vector = field(default_factory=lambda: np.zeros(1))

    @property
    def is_uniform(self) -> bool:
        """Whether all channels are alike."""
        return self.scale.size == 1 and self.offset.size == 1

    @property
    def is_identity(self) -> bool:
        """Whether the integers are the values."""
        return bool(self.is_uniform and self.scale[0] == 1 and self.offset[0] == 0)


def compact(values: Vector) -> Vector:
    """One value in place of a vector of equal ones."""
    flat = values.reshape(-1)
    return flat[:1] if np.all(flat == flat[0]) else flat
