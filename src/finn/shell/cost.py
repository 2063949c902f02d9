"""Estimated cost of the shell in a 7-series part, after the structure of its RTL.

The constants are those of Yosys' netlists for words of 1 to 49 bytes and 1, 2 and 4 ports, which
the sums meet within 11 % in LUTs.
"""

from __future__ import annotations

from dataclasses import dataclass

from finn.resources import Resources
from finn.shell.spec import ShellSpec

__all__ = ("CONTROL", "shell_resources")

CONTROL = "control"
# Registers of the processor's bus with decoding, abort and reset, by the processor's family.
CONTROL_COST = {
    "zynq-7000": Resources(lut=200, lutram=24, ff=283, carry4=20),
    "zynq-ultrascale+": Resources(lut=367, lutram=24, ff=315, carry4=27),
}
# Block buffer of a port, 128 deep, for a byte of its beats: 176 for 64 bits.
BUFFER_LUTS = 22
# A read port's, and a write port's, addresses and counts; then what a DMA has once.
READ_PORT = Resources(lut=204, ff=236, carry4=30)
READ_ONCE = Resources(lut=390, ff=440, carry4=57)
WRITE_PORT = Resources(lut=392, ff=306, carry4=40)
WRITE_ONCE = Resources(lut=400, ff=432, carry4=58)
# Of the FIFO of 32 words: pointers.
POINTERS = Resources(lut=16, ff=14)


@dataclass(frozen=True)
class _Gear:
    """The step between words and rows, in bits; see finn_gather.sv and finn_scatter.sv."""

    word: int
    row: int

    @property
    def wide(self) -> int:
        """The row that is worked on: as wide as a word at least."""
        return max(self.row, 8 << (self.word // 8 - 1).bit_length())

    @property
    def unit(self) -> int:
        """Every offset is a multiple of it."""
        return min(self.word & -self.word, self.wide)

    @property
    def stages(self) -> list[int]:
        """The steps in bits, ascending, of the shifts by up to three steps; none where words fill rows."""
        offsets = (self.wide // self.unit - 1).bit_length()
        return [self.unit << 2 * stage for stage in range((offsets + 1) // 2)]


def shell_resources(spec: ShellSpec) -> dict[str, Resources]:
    """Of each DMA by its name, and of ``control``, the rest."""
    beat = spec.board.processor.port_bytes
    return {
        **{s.name: _input(s.word_bytes, len(spec.ports(s)), beat) for s in spec.inputs},
        **{s.name: _output(s.word_bytes, len(spec.ports(s)), beat) for s in spec.outputs},
        CONTROL: CONTROL_COST[spec.board.family],
    }


def _buffer(beat_bytes: int) -> Resources:
    return Resources(lut=BUFFER_LUTS * beat_bytes, lutram=BUFFER_LUTS * beat_bytes)


def _input(word_bytes: int, ports: int, beat_bytes: int) -> Resources:
    gear = _Gear(8 * word_bytes, 8 * beat_bytes * ports)
    # Chooses between ports, or between the halves of the only one's buffer.
    choice = Resources(lut=gear.row, ff=ports * gear.row)
    shifts = [gear.word + 3 * sum(gear.stages[:stage]) for stage in range(len(gear.stages))]
    joined = gear.wide if gear.wide > gear.row else 0
    window = Resources(lut=sum(shifts) + 15, ff=2 * gear.wide + sum(shifts or [gear.word]) + joined + 15)
    return READ_ONCE + ports * (READ_PORT + _buffer(beat_bytes)) + choice + window + _fifo(gear.word)


def _output(word_bytes: int, ports: int, beat_bytes: int) -> Resources:
    gear = _Gear(8 * word_bytes, 8 * beat_bytes * ports)
    # A narrow word is cleared by the registers' reset where it is shifted away.
    shifts = sum(gear.wide for step in gear.stages if gear.word > step)
    narrowed = Resources(lut=gear.wide - gear.row, ff=gear.wide) if gear.wide > gear.row else Resources()
    if gear.stages:
        masks = gear.wide // gear.unit
        place = Resources(
            lut=shifts + gear.wide + 4 * masks + 30,
            ff=gear.word + (len(gear.stages) + 2) * gear.wide + 2 * masks + 10,
        )
    else:
        # Nothing to shift: the registers become shift registers in LUTs.
        place = Resources(lut=gear.word + 30, lutram=gear.word, ff=gear.word)
    return WRITE_ONCE + ports * (WRITE_PORT + _buffer(beat_bytes)) + place + narrowed + _fifo(gear.wide)


def _fifo(width: int) -> Resources:
    """32 words in RAM32M: six bits in four LUTs."""
    luts = 4 * -(-width // 6)
    return Resources(lut=luts, lutram=luts, ff=width) + POINTERS
