"""What a user says of the integers that a network's input carries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite

from finn.errors import FinnError

__all__ = ("Number", "Pixels", "numbers_of")

Number = float | str


@dataclass(frozen=True)
class Pixels:
    """The model's input is ``(integer * scale - mean) / std``, mean and std for all or by channel.

    Attributes
    ----------
    datatype
        Type of the integers, for instance ``UINT8``; None where none was asked for.
    scale
        What one step is worth, for instance ``"1/255"``; None where the model says it.
    mean, std
        One number, or one for each channel.

    Raises
    ------
    FinnError
        A value is no number, or is none that is possible.
    """

    datatype: str | None = None
    scale: Number | None = None
    mean: Number | Sequence[Number] | None = None
    std: Number | Sequence[Number] | None = None

    def __post_init__(self) -> None:
        given = {"scale": self.scale, "mean": self.mean, "std": self.std}
        for name, value in given.items():
            if value is not None and self.datatype is None:
                raise FinnError(f"--input-{name} needs --input-datatype; give both")
        for name in ("scale", "std"):
            if any(value <= 0 for value in self._numbers(name, 1.0)):
                raise FinnError(f"--input-{name} must be greater than 0, not {given[name]}")
        if len(self._numbers("scale", 1.0)) > 1:
            raise FinnError(f"--input-scale takes one number, not {self.scale}; --input-std takes several")
        self._numbers("mean", 0.0)

    @property
    def scales(self) -> tuple[float, ...]:
        """What one step is worth in the model's input: scale / std, one or one per channel."""
        (scale,) = self._numbers("scale", 1.0)
        return tuple(scale / std for std in self._numbers("std", 1.0))

    @property
    def offsets(self) -> tuple[float, ...]:
        """What the integer 0 stands for: -mean / std, one or one per channel."""
        means, stds = self._numbers("mean", 0.0), self._numbers("std", 1.0)
        count = max(len(means), len(stds))
        if len(means) not in (1, count) or len(stds) not in (1, count):
            raise FinnError(
                f"--input-mean has {len(means)} values and --input-std {len(stds)}; give one for each channel"
            )
        pairs = zip(means * (count // len(means)), stds * (count // len(stds)), strict=True)
        # 0.0 - x: there is no negative zero among what is recorded.
        return tuple(0.0 - mean / std for mean, std in pairs)

    def _numbers(self, name: str, default: float) -> tuple[float, ...]:
        value = getattr(self, name)
        return (default,) if value is None else numbers_of(value, f"--input-{name}")


def numbers_of(value: Number | Sequence[Number], what: str) -> tuple[float, ...]:
    """Numbers from a number, a text such as ``"1/255"`` or ``"0.485,0.456"``, or several of them.

    Raises
    ------
    FinnError
        One is no finite number; the text names ``what``.
    """
    parts = value.split(",") if isinstance(value, str) else value
    listed = list(parts) if isinstance(parts, Sequence) else [parts]
    try:
        found = tuple(float(Fraction(n.strip()) if isinstance(n, str) else n) for n in listed)
    except (ValueError, TypeError, OverflowError, ZeroDivisionError):
        found = ()
    if not found or not all(isfinite(number) for number in found):
        raise FinnError(f"{what} takes a number or a fraction such as 1/255, not {value!r}")
    return found
