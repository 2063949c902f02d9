"""The layer StreamingEltwise."""

from finn.kernels.streaming_eltwise.op import FUNCTIONS, OPERAND_BITS, StreamingEltwise, signed_bits

__all__ = ("FUNCTIONS", "OPERAND_BITS", "StreamingEltwise", "signed_bits")
