"""A network for images of three channels and 6 x 4 pixels, and such images in every form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from frontend.qonnx_networks import Network
from frontend.test_images import convolution
from numpy.typing import NDArray
from onnx import TensorProto, helper
from PIL import Image
from qonnx.core.modelwrapper import ModelWrapper

from finn.build import BuildConfig, build, load_output
from finn.core.inputs import InputOptions

__all__ = (
    "GRID",
    "NHWC",
    "OPTIONS",
    "OUTPUT",
    "PIXELS",
    "SHAPE",
    "Forms",
    "built",
    "network",
    "normalised",
    "number_forms",
    "pixel_forms",
    "uint8_model",
)

Forms = dict[str, tuple[str, InputOptions]]
NHWC = (0, 2, 3, 1)
GRID = (
    "which is no UINT8 times the input scale of the build; give the pixels themselves, or values made from"
    " them"
)

SHAPE = (3, 6, 4)
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
OPTIONS: dict[str, Any] = {
    "input_datatype": "UINT8",
    "input_scale": "1/255",
    "input_mean": "0.485,0.456,0.406",
    "input_std": "0.229,0.224,0.225",
}
PIXELS: NDArray[np.uint8] = np.random.default_rng(7).integers(0, 256, (5, *SHAPE), dtype=np.uint8)
PIXELS[0, 0, 0, :2] = 0, 255
PIXELS[4, 2, 5, 2:] = 255, 0


def network(scale: float = 0.0173) -> Network:
    """A quantiser of 8 bits, a convolution of 3 x 2, a dense layer."""
    net = convolution(Network(SHAPE, seed=5).quant(scale, bits=8.0), 5, (3, 2))
    net = net.op("Relu").quant(0.37, signed=0, bits=3.0).op("Flatten")
    net.shape = [1, 60]
    return net.dense(7)


OUTPUT = network().tensor


def normalised(pixels: NDArray[Any] = PIXELS, kind: str = "float32") -> NDArray[Any]:
    """The model's own input as a person computes it, in ``kind`` throughout."""
    mean, std = (np.asarray(v, kind).reshape(3, 1, 1) for v in (MEAN, STD))
    values: NDArray[Any] = (pixels.astype(kind) / np.asarray(255, kind) - mean) / std
    return values


def save_images(folder: Path, pixels: NDArray[np.uint8] = PIXELS) -> Path:
    """One PNG file for each image, in their order; the folder."""
    folder.mkdir()
    for index, image in enumerate(pixels):
        Image.fromarray(image.transpose(1, 2, 0)).save(folder / f"{index}.png")
    return folder


def built(folder: Path, model: ModelWrapper, **options: Any) -> ModelWrapper:
    """The build of a model; ``folder`` is new."""
    folder.mkdir()
    model.save(str(folder / "model.onnx"))
    config = BuildConfig(folder / "model.onnx", folder / "out", target_fps=100_000, **options)
    return load_output(build(config))


def uint8_model() -> ModelWrapper:
    """The model's input is uint8, channels last; it casts, divides and turns the image itself."""
    model = network().model()
    model.graph.input[0].CopyFrom(helper.make_tensor_value_info("x", TensorProto.UINT8, [1, 6, 4, 3]))
    before = [
        helper.make_node("Cast", ["x"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["f", "m"], ["g"]),
        helper.make_node("Sub", ["g", "o"], ["h"]),
        helper.make_node("Transpose", ["h"], ["i"], perm=[0, 3, 1, 2]),
    ]
    model.graph.node[0].input[0] = "i"
    nodes = [*before, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    model.set_initializer("m", np.float32([0.0171, 0.0175, 0.0174]))
    model.set_initializer("o", np.float32([2.118, 2.0357, 1.8044]))
    return model


def _saved(folder: Path, forms: dict[str, tuple[NDArray[Any], InputOptions]]) -> Forms:
    for name, (values, _) in forms.items():
        np.save(folder / f"{name}.npy", values)
    return {name: (str(folder / f"{name}.npy"), how) for name, (_, how) in forms.items()}


def pixel_forms(files: Path) -> Forms:
    """The same five images, for a build with `OPTIONS`, in every form that there is."""
    none, turned, raw = InputOptions(), InputOptions(layout="NHWC"), InputOptions(raw=True)
    forms: Forms = _saved(
        files,
        {
            "float32": (normalised(), none),
            "float64": (normalised(kind="float64"), none),
            "uint8": (PIXELS, none),
            "int64": (PIXELS.astype(np.int64), none),
            "float32_nhwc": (normalised().transpose(NHWC), turned),
            "uint8_nhwc": (PIXELS.transpose(NHWC), turned),
            "raw": (PIXELS, raw),
            "raw_nhwc": (PIXELS.transpose(NHWC), InputOptions("NHWC", raw=True)),
        },
    )
    folder = save_images(files / "images")
    return {**forms, "folder": (str(folder), none), "glob": (f"{folder}/?.png", none)}


def number_forms(files: Path) -> Forms:
    """The same numbers for a network of scale 0.9: its quantiser's codes are those over it."""
    none, turned = InputOptions(), InputOptions(layout="NHWC")
    small = PIXELS % 100
    codes = np.rint(small.astype(np.float32) / np.float32(0.9)).astype(np.int64)
    forms = {
        "float32": (small.astype(np.float32), none),
        "float64": (small.astype(np.float64), none),
        "uint8": (small, none),
        "int64": (small.astype(np.int64), none),
        "float32_nhwc": (small.astype(np.float32).transpose(NHWC), turned),
        "uint8_nhwc": (small.transpose(NHWC), turned),
        "raw": (codes, InputOptions(raw=True)),
        "raw_nhwc": (codes.transpose(NHWC), InputOptions("NHWC", raw=True)),
    }
    return _saved(files, forms)
