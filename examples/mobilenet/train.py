"""Trains a MobileNet-like network with Brevitas and writes every file of this folder that is not text.

A convolution, then blocks of a depthwise 3x3 and a pointwise 1x1 convolution, the average over the
image, a dense layer. Run as ``python -m examples.mobilenet.train`` in the repository.
"""

from __future__ import annotations

from pathlib import Path

import brevitas.nn as qnn
from brevitas.quant import Int8WeightPerTensorFloat, Uint8ActPerTensorFloat
from torch import nn

from examples.images import write_example

BITS = 4
FIRST = 8
# Channels and stride of each block.
BLOCKS = ((16, 1), (32, 2), (32, 1), (64, 2))
EPOCHS = 30
WEIGHTS = {"weight_quant": Int8WeightPerTensorFloat, "weight_bit_width": BITS}


def convolution(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    """A convolution that keeps the size of the image, but for its stride; batch-norm, ReLU."""
    window = {"stride": stride, "padding": kernel // 2, "groups": groups}
    return [
        qnn.QuantConv2d(inputs, outputs, kernel, bias=False, **window, **WEIGHTS),
        nn.BatchNorm2d(outputs),
        qnn.QuantReLU(act_quant=Uint8ActPerTensorFloat, bit_width=BITS),
    ]


def mobilenet() -> nn.Sequential:
    """8-bit pixels, 4-bit weights and activations."""
    layers: list[nn.Module] = [qnn.QuantIdentity(act_quant=Uint8ActPerTensorFloat)]
    layers += convolution(1, FIRST, 3, stride=2)
    channels = FIRST
    for outputs, stride in BLOCKS:
        layers += convolution(channels, channels, 3, stride=stride, groups=channels)
        layers += convolution(channels, outputs, 1)
        channels = outputs
    layers += [nn.AdaptiveAvgPool2d(1), qnn.QuantIdentity(act_quant=Uint8ActPerTensorFloat, bit_width=BITS)]
    return nn.Sequential(*layers, nn.Flatten(), qnn.QuantLinear(channels, 10, bias=True, **WEIGHTS))


if __name__ == "__main__":
    write_example("mobilenet", {"w4a4": mobilenet}, EPOCHS, Path(__file__).parent)
