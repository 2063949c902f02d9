"""Chooses PE and SIMD: the cheapest folding of each layer that is fast enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from finn.core.network import Instance
from finn.kernels.base import Kernel, Resources

__all__ = ("Layer", "Option", "cheapest", "layers_of", "reachable_cycles")


@dataclass(frozen=True)
class Option:
    """One legal folding of a layer with what it takes."""

    folding: tuple[tuple[str, int], ...]
    kernel: Kernel
    cycles: int
    resources: Resources


@dataclass(frozen=True)
class Layer:
    """A layer with all its legal foldings."""

    name: str
    kernel: Kernel

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """Every folding, fastest first; of equally fast ones the cheapest only."""
        choices = self.kernel.folding_choices()
        best: dict[int, Option] = {}
        for values in product(*choices.values()):
            folding = tuple(zip(choices, values, strict=True))
            kernel = self.kernel.with_folding(**dict(folding))
            option = Option(folding, kernel, kernel.cycles, kernel.resources())
            held = best.get(option.cycles)
            if held is None or option.resources.lut < held.resources.lut:
                best[option.cycles] = option
        return tuple(best[cycles] for cycles in sorted(best))

    def within(self, cycles: int) -> Option | None:
        """The folding of fewest LUTs that takes at most ``cycles``; None if there is none."""
        fast = [option for option in self.options if option.cycles <= cycles]
        return min(fast, key=lambda o: (o.resources.lut, -o.cycles), default=None)


def cheapest(layers: Sequence[Layer], cycles: int) -> dict[str, Option] | None:
    """The cheapest option of each layer within ``cycles`` per frame; None if a layer has none."""
    chosen = {layer.name: layer.within(cycles) for layer in layers}
    if any(option is None for option in chosen.values()):
        return None
    return {name: option for name, option in chosen.items() if option is not None}


def reachable_cycles(layers: Sequence[Layer]) -> list[int]:
    """Every value that the slowest layer can take, ascending."""
    floor = max(layer.options[0].cycles for layer in layers)
    return sorted({o.cycles for layer in layers for o in layer.options if o.cycles >= floor})


def layers_of(parts: Sequence[Instance]) -> list[Layer]:
    """The layers of a network that can be folded."""
    return [Layer(part.name, part.kernel) for part in parts if part.kernel.folding_choices()]
