"""All numerical work of a deployed network that is not done by hardware; NumPy only."""

from .host_program import run_program
from .packing import pack, unpack

__all__ = ("pack", "run_program", "unpack")
