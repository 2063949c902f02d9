"""Kernels synthesised alone, by any name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from finn.design import kernel_synthesis
from finn.kernels.base import Kernel, Resources

__all__ = ("synthesise_kernels",)


def synthesise_kernels(kernels: Mapping[str, Kernel], folder: Path) -> dict[str, Resources]:
    """As `finn.design.kernel_synthesis.synthesise_kernels`, of kernels whose names are no identifiers."""
    names = {f"kernel_{index}": name for index, name in enumerate(kernels)}
    costs = kernel_synthesis.synthesise_kernels({key: kernels[name] for key, name in names.items()}, folder)
    return {name: costs[key] for key, name in names.items()}
