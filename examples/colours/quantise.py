"""Trains the network of `examples.colours.train` in float, and quantises it with onnxruntime: a QDQ model.

Writes ``colours_qdq.onnx`` and ``y_qdq.npy``, what onnxruntime computes without its optimisations. Run as
``python -m examples.colours.quantise`` in the repository, after ``examples.colours.train``.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnxruntime import quantization
from torch import nn

from examples.colours.data import SIZE, load_split
from examples.digits.train import train

HERE = Path(__file__).parent
EPOCHS = 20
CALIBRATION_IMAGES = 256
# Channels and stride of each convolution.
LAYERS = ((12, 2), (24, 1), (24, 2))


class Calibration(quantization.CalibrationDataReader):  # type: ignore[misc]
    """Images from which onnxruntime takes the ranges of the activations."""

    def __init__(self, images: NDArray[np.float32]) -> None:
        self._images = iter(images[:, None])

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        """The next image, as the model takes it."""
        image = next(self._images, None)
        return None if image is None else {"pixels": image}


def network() -> nn.Sequential:
    """Convolutions and a dense layer in float."""
    layers: list[nn.Module] = []
    channels = 3
    for outputs, stride in LAYERS:
        layers += [nn.Conv2d(channels, outputs, 3, stride=stride, padding=1), nn.ReLU()]
        channels = outputs
    return nn.Sequential(*layers, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(channels * 4, 10))


def quantised(made: nn.Module, images: NDArray[np.float32], path: Path) -> None:
    """Writes the model with 8-bit weights by output channel, and 8-bit activations."""
    with tempfile.TemporaryDirectory() as scratch:
        plain, prepared = Path(scratch) / "plain.onnx", Path(scratch) / "prepared.onnx"
        names: dict[str, Any] = {"input_names": ["pixels"], "output_names": ["logits"]}
        torch.onnx.export(made, (torch.zeros(1, 3, SIZE, SIZE),), plain, external_data=False, **names)
        quantization.quant_pre_process(str(plain), str(prepared))
        quantization.quantize_static(
            str(prepared),
            str(path),
            Calibration(images[:CALIBRATION_IMAGES]),
            quant_format=quantization.QuantFormat.QDQ,
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
        )
    model = onnx.load(path)
    graph = model.graph
    tensors = (*graph.input, *graph.output, *graph.value_info, *graph.initializer)
    for described in (model, graph, *graph.node, *tensors):
        del described.metadata_props[:]
    onnx.save(model, path)


def outputs_of(path: Path, images: NDArray[np.float32]) -> NDArray[np.float32]:
    """What onnxruntime computes, one image at a time, nothing fused."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(None, {"pixels": image})[0] for image in images[:, None]])


def main() -> None:
    """Writes the model and its outputs; prints the accuracy."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    images, test, classes, test_classes = load_split()
    made, scaled = network(), images.astype(np.float32) / 255
    train(made, scaled, classes, 0, EPOCHS)
    quantised(made, scaled, HERE / "colours_qdq.onnx")
    outputs = outputs_of(HERE / "colours_qdq.onnx", test.astype(np.float32) / 255)
    np.save(HERE / "y_qdq.npy", outputs)
    print(f"{100 * (outputs.argmax(axis=1) == test_classes).mean():.2f} % of {len(test)} test images")


if __name__ == "__main__":
    main()
