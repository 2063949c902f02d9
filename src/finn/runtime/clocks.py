"""The fabric clock, reckoned from the processor's registers and the board's true reference clock.

``pynq`` assumes one reference for all boards of a family (50 MHz on Zynq-7000), so that on a board
with another one it reads and sets a wrong clock. Registers: UG585 appendix B.28 (Zynq-7000), UG1087
(Zynq UltraScale+).
"""

from typing import Any, Callable, Dict, Tuple

from . import BoardError

__all__ = ("FabricClock",)

DIVISOR_LIMIT = 63
DIVISOR_MASK = 0x3F
MULTIPLIER_MASK = 0x7F
# A reference clock is known to so much of itself; a clock above what was asked for is never chosen.
REFERENCE_TOLERANCE = 1e-4

OpenRegisters = Callable[[int, int], Any]


class FabricClock(object):
    """Fabric clock 0 of a board.

    Parameters
    ----------
    open_registers
        ``pynq.MMIO``, or what does as it: called with address and bytes.
    family
        ``zynq-7000`` or ``zynq-ultrascale+``.
    reference_mhz
        The processor's reference clock.

    Raises
    ------
    BoardError
        The family is unknown.
    """

    def __init__(self, open_registers: OpenRegisters, family: str, reference_mhz: float) -> None:
        if family not in FAMILIES:
            raise BoardError("processors of the family %s are not known; deploy the build again" % family)
        self._layout = FAMILIES[family]
        self._reference = reference_mhz
        self._registers = open_registers(self._layout.base, self._layout.size)

    @property
    def mhz(self) -> float:
        """The clock as it is set, in MHz; 0 while it is off."""
        first, second = self._layout.divisors(self._read(self._layout.control))
        return float(self._source_mhz() / (first * second)) if first * second else 0.0

    def set(self, mhz: float) -> None:
        """Set the fastest clock that is not above ``mhz``; BoardError if there is none."""
        source = self._source_mhz()
        first, second = _divisors(source, mhz)
        control = self._layout.with_divisors(self._read(self._layout.control), first, second)
        self._registers.write(self._layout.control, control)

    def _read(self, offset: int) -> int:
        return int(self._registers.read(offset))

    def _source_mhz(self) -> float:
        """The PLL that feeds the clock; all registers that matter lie in one block."""
        source = self._layout.source(self._read(self._layout.control))
        if source is None:
            raise BoardError("the fabric clock has a source that is not known; restart the board")
        return float(self._reference * self._layout.multiplier(self._read(source)))


class _Zynq(object):
    """Clock registers of a Zynq-7000."""

    base, size, control = 0xF8000000, 0x200, 0x170
    # The two lowest codes both mean the I/O PLL; then the ARM PLL and the DDR PLL.
    plls = {0: 0x108, 1: 0x108, 2: 0x100, 3: 0x104}

    @classmethod
    def source(cls, control: int) -> Any:
        return cls.plls[control >> 4 & 3]

    @staticmethod
    def multiplier(pll: int) -> float:
        return float(pll >> 12 & MULTIPLIER_MASK)

    @staticmethod
    def divisors(control: int) -> Tuple[int, int]:
        return control >> 8 & DIVISOR_MASK, control >> 20 & DIVISOR_MASK

    @staticmethod
    def with_divisors(control: int, first: int, second: int) -> int:
        return control & ~(DIVISOR_MASK << 8 | DIVISOR_MASK << 20) | first << 8 | second << 20


class _Ultrascale(object):
    """Clock registers of a Zynq UltraScale+, in its low-power domain."""

    base, size, control = 0xFF5E0000, 0x100, 0xC0
    # The I/O PLL and the real-time PLL; a third lies in the other power domain.
    plls = {0: 0x20, 2: 0x30}
    active = 1 << 24
    half = 1 << 16

    @classmethod
    def source(cls, control: int) -> Any:
        return cls.plls.get(control & 7)

    @classmethod
    def multiplier(cls, pll: int) -> float:
        return (pll >> 8 & MULTIPLIER_MASK) / (2.0 if pll & cls.half else 1.0)

    @classmethod
    def divisors(cls, control: int) -> Tuple[int, int]:
        if not control & cls.active:
            return 0, 0
        return control >> 8 & DIVISOR_MASK, control >> 16 & DIVISOR_MASK

    @classmethod
    def with_divisors(cls, control: int, first: int, second: int) -> int:
        kept = control & ~(DIVISOR_MASK << 8 | DIVISOR_MASK << 16)
        return kept | first << 8 | second << 16 | cls.active


FAMILIES: Dict[str, Any] = {"zynq-7000": _Zynq, "zynq-ultrascale+": _Ultrascale}


def _divisors(source: float, mhz: float) -> Tuple[int, int]:
    least = source / mhz * (1 - REFERENCE_TOLERANCE)
    for product in range(max(1, int(-(-least // 1))), DIVISOR_LIMIT**2 + 1):
        for first in range(DIVISOR_LIMIT, 0, -1):
            if product % first == 0 and product // first <= DIVISOR_LIMIT:
                return first, product // first
    raise BoardError("a clock of %.3f MHz cannot be divided down from %.3f MHz" % (mhz, source))
