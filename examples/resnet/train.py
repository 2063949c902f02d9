"""Trains a residual network with Brevitas and writes every file of this folder that is not text.

The shape is that of ResNet-8: a convolution, three stages of one basic block, the average over the
image, a dense layer. Run as ``python -m examples.resnet.train`` in the repository.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import brevitas.nn as qnn
import torch
from brevitas.quant import (
    Int8ActPerTensorFloat,
    Int8WeightPerTensorFloat,
    TruncTo8bit,
    Uint8ActPerTensorFloat,
)
from torch import nn

from examples.images import SIZE, write_example

BITS = 4
# Channels of the stages.
STAGES = (8, 16, 32)
EPOCHS = 30
WEIGHTS = {"weight_quant": Int8WeightPerTensorFloat, "weight_bit_width": BITS, "bias": False}


def rectified() -> nn.Module:
    """ReLU with 4 bits."""
    return qnn.QuantReLU(act_quant=Uint8ActPerTensorFloat, bit_width=BITS, return_quant_tensor=True)


def signed() -> nn.Module:
    """4 bits with a sign, for what is added."""
    return qnn.QuantIdentity(act_quant=Int8ActPerTensorFloat, bit_width=BITS)


def convolution(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """A convolution that keeps the size of the image, but for its stride, and batch-norm."""
    layer = qnn.QuantConv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, **WEIGHTS)
    return nn.Sequential(layer, nn.BatchNorm2d(outputs))


class Block(nn.Module):  # type: ignore[misc]
    """Two convolutions and the way round them, which halves the image where the channels grow.

    Where both ways keep the size, one quantiser serves both, and the sum is one of equal scales;
    elsewhere each way has its own.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        grows = outputs > inputs
        stride = 2 if grows else 1
        first, second = convolution(inputs, outputs, 3, stride), convolution(outputs, outputs, 3)
        self.through = nn.Sequential(first, rectified(), second)
        self.around = convolution(inputs, outputs, 1, stride) if grows else nn.Identity()
        self.quantise = signed()
        self.quantise_around = signed() if grows else self.quantise
        self.sum = rectified()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The sum of both ways, behind its ReLU."""
        return self.sum(self.quantise(self.through(x)) + self.quantise_around(self.around(x)))


def resnet() -> nn.Sequential:
    """8-bit pixels, 4-bit weights and activations, an average that cuts its last bits off."""
    widths = (STAGES[0], *STAGES)
    blocks = [Block(inputs, outputs) for inputs, outputs in itertools.pairwise(widths)]
    return nn.Sequential(
        qnn.QuantIdentity(act_quant=Uint8ActPerTensorFloat),
        convolution(1, STAGES[0], 3),
        rectified(),
        *blocks,
        qnn.TruncAvgPool2d(SIZE // 4, trunc_quant=TruncTo8bit, bit_width=BITS),
        nn.Flatten(),
        qnn.QuantLinear(STAGES[-1], 10, **{**WEIGHTS, "bias": True}),
    )


if __name__ == "__main__":
    write_example("resnet", {"w4a4": resnet}, EPOCHS, Path(__file__).parent)
