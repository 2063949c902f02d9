"""Trains the two digits networks with Brevitas and writes every file of this folder that is not text.

The data are scikit-learn's copy of the UCI optical handwritten digits: 1797 images of 8x8 pixels,
values 0 to 16. Needs torch, brevitas, onnxscript, onnxoptimizer, scikit-learn and qonnx; nothing that
the demonstration runs needs them. The seeds are fixed, but other versions or processors may round otherwise.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import brevitas.nn as qnn
import numpy as np
import onnx
import torch
from brevitas.core.restrict_val import RestrictValueType
from brevitas.core.scaling import ScalingImplType
from brevitas.export import export_qonnx
from brevitas.inject import ExtendedInjector
from brevitas.inject.enum import QuantType
from brevitas.quant import Int8WeightPerTensorFloat, Uint8ActPerTensorFloat
from brevitas.quant.solver import ActQuantSolver, WeightQuantSolver
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.core.onnx_exec import execute_onnx
from qonnx.util.cleanup import cleanup_model
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

HERE = Path(__file__).parent
PIXEL_MAX = 16.0
EPOCHS, BATCH, LEARNING_RATE = 150, 64, 0.01


class BipolarWeights(ExtendedInjector):  # type: ignore[misc]
    """Weights -1 and +1 with a constant scale of one."""

    quant_type = QuantType.BINARY
    scaling_impl_type = ScalingImplType.CONST
    restrict_scaling_type = RestrictValueType.FP
    scaling_const = 1.0
    bit_width = 1
    signed = True
    narrow_range = False


class BipolarActivations(BipolarWeights):
    """Activations -1 and +1; the gradient passes where the input lies between them."""

    min_val = -1.0
    max_val = 1.0


class BipolarWeightQuant(BipolarWeights, WeightQuantSolver):  # type: ignore[misc]
    """`BipolarWeights` as a Brevitas weight quantiser."""


class BipolarActQuant(BipolarActivations, ActQuantSolver):  # type: ignore[misc]
    """`BipolarActivations` as a Brevitas activation quantiser."""


def two_bit_network(width: int = 64) -> nn.Sequential:
    """64-`width`-`width`-10 with signed 2-bit weights and unsigned 2-bit activations and input."""
    weights = {"weight_quant": Int8WeightPerTensorFloat, "weight_bit_width": 2}
    unsigned = {"act_quant": Uint8ActPerTensorFloat, "bit_width": 2}
    return nn.Sequential(
        qnn.QuantIdentity(**unsigned),
        qnn.QuantLinear(64, width, bias=False, **weights),
        nn.BatchNorm1d(width),
        qnn.QuantReLU(**unsigned),
        qnn.QuantLinear(width, width, bias=False, **weights),
        nn.BatchNorm1d(width),
        qnn.QuantReLU(**unsigned),
        qnn.QuantLinear(width, 10, bias=True, **weights),
    )


def one_bit_network(width: int = 128) -> nn.Sequential:
    """64-`width`-`width`-10 with weights, activations and input of -1 and +1."""
    weights = {"weight_quant": BipolarWeightQuant, "bias": False}
    return nn.Sequential(
        nn.BatchNorm1d(64),
        qnn.QuantIdentity(act_quant=BipolarActQuant),
        qnn.QuantLinear(64, width, **weights),
        nn.BatchNorm1d(width),
        qnn.QuantIdentity(act_quant=BipolarActQuant),
        qnn.QuantLinear(width, width, **weights),
        nn.BatchNorm1d(width),
        qnn.QuantIdentity(act_quant=BipolarActQuant),
        qnn.QuantLinear(width, 10, **weights),
        nn.BatchNorm1d(10),
    )


def load_split() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Train and test images (N, 64), float32 from 0 to 1 in steps of 1/16, and labels (N,)."""
    digits = load_digits()
    images = (digits.data / PIXEL_MAX).astype(np.float32)
    train_x, test_x, train_y, test_y = train_test_split(
        images, digits.target, test_size=0.2, random_state=0, stratify=digits.target
    )
    return train_x, test_x, train_y, test_y


def train(
    network: nn.Module, images: np.ndarray, labels: np.ndarray, seed: int, epochs: int = EPOCHS
) -> None:
    """Adam with a cosine schedule on the cross entropy, real-valued weights kept within -1..+1."""
    order = torch.Generator().manual_seed(seed)
    x, y = torch.from_numpy(images), torch.from_numpy(labels)
    optimiser = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs)
    network.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(x), generator=order).split(BATCH):
            optimiser.zero_grad()
            nn.functional.cross_entropy(network(x[rows]), y[rows]).backward()
            optimiser.step()
            clamp_weights(network)
        schedule.step()
    network.eval()


def clamp_weights(network: nn.Module) -> None:
    """Keeps the weights where the straight-through gradient of a bipolar quantiser is not zero."""
    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, (qnn.QuantLinear, qnn.QuantConv2d)):
                layer.weight.clamp_(-1.0, 1.0)


def export(network: nn.Module, path: Path, features: tuple[int, ...] = (64,)) -> None:
    """Writes one self-contained QONNX file, without the exporter's stack traces and their local paths."""
    with tempfile.TemporaryDirectory() as scratch:
        raw = Path(scratch) / path.name
        names = {"input_names": ["pixels"], "output_names": ["logits"]}
        export_qonnx(network, args=torch.zeros(1, *features), export_path=str(raw), **names)
        model = onnx.load(raw)
    graph = model.graph
    tensors = (*graph.input, *graph.output, *graph.value_info, *graph.initializer)
    for described in (model, graph, *graph.node, *tensors):
        del described.metadata_props[:]
    onnx.save(model, path)


def run_onnx(path: Path, images: np.ndarray) -> np.ndarray:
    """Outputs (N, 10) of the exported model, executed by qonnx."""
    model = cleanup_model(ModelWrapper(str(path)), override_inpsize=len(images))
    feed = {model.graph.input[0].name: images}
    return np.asarray(execute_onnx(model, feed)[model.graph.output[0].name])


def make(name: str, network: nn.Sequential, seed: int, folder: Path) -> np.ndarray:
    """Trains, exports `digits_<name>.onnx` to `folder`, prints the accuracy, returns the test outputs."""
    train_x, test_x, train_y, test_y = load_split()
    start = time.perf_counter()
    train(network, train_x, train_y, seed)
    seconds = time.perf_counter() - start
    path = folder / f"digits_{name}.onnx"
    export(network, path)
    outputs = run_onnx(path, test_x)
    accuracy = float((outputs.argmax(axis=1) == test_y).mean())
    print(f"{name}: {100 * accuracy:.2f} % of {len(test_y)} test images, trained in {seconds:.0f} s")
    return outputs


def main() -> None:
    """Trains both networks and writes models, test split and reference outputs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=HERE, help="folder to write to")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    folder, seed = arguments.output, arguments.seed
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    _, test_x, _, test_y = load_split()
    np.save(folder / "x.npy", test_x)
    np.save(folder / "labels.npy", test_y.astype(np.int64))
    (folder / "labels.txt").write_text("\n".join("0123456789") + "\n", encoding="utf-8")
    np.save(folder / "y.npy", make("w2a2", two_bit_network(), seed, folder))
    np.save(folder / "y_w1a1.npy", make("w1a1", one_bit_network(), seed, folder))


if __name__ == "__main__":
    main()
