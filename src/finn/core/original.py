"""The ONNX model that a build was made from, executed: by qonnx in float32, and in float64."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qonnx.core.modelwrapper import ModelWrapper

from finn.core.build_dir import build_directory
from finn.core.inputs import model_values
from finn.errors import FinnError
from finn.frontend.host.reference import reference_execution

__all__ = ("OriginalModel",)

Arrays = dict[str, NDArray[Any]]


class OriginalModel:
    """What a build's ``model.onnx`` answers, its K best classes where the build gives those.

    Parameters
    ----------
    model
        The build's parent model.
    """

    def __init__(self, model: ModelWrapper) -> None:
        self._model = model
        self._inputs = {tensor.name for tensor in model.graph.input}
        self._k = json.loads(model.get_metadata_prop("finn_top_k") or "null")

    def float32(self, inputs: Mapping[str, NDArray[Any]]) -> Arrays:
        """Outputs by name as qonnx, or onnxruntime, executes the model.

        Raises
        ------
        FinnError
            If the file is not there, the inputs are not the model's, or the model cannot be executed.
        """
        return self._ranked(reference_execution(self._checked(inputs), model_values(self._model, inputs)))

    def exact(self, inputs: Mapping[str, NDArray[Any]]) -> Arrays:
        """Outputs by name, evaluated in float64 and rounded once, to float32.

        Raises
        ------
        FinnError
            As :meth:`float32`; or an operator cannot be evaluated.
        """
        # It takes 0.1 s to import, which a verification without a mismatch need not wait for.
        from finn.frontend.host.exact import exact_execution

        outputs = exact_execution(self._checked(inputs), model_values(self._model, inputs))
        rounded = {n: v.astype(np.float32) if v.dtype.kind == "f" else v for n, v in outputs.items()}
        return self._ranked(rounded)

    def _checked(self, inputs: Mapping[str, NDArray[Any]]) -> Path:
        path = build_directory(self._model) / "model.onnx"
        if not path.is_file():
            raise FinnError(f"there is no {path} to verify against; give the expected outputs")
        if not self._inputs & set(inputs):
            raise FinnError(
                "raw quantised inputs cannot be given to the original model; give the expected outputs"
            )
        return path

    def _ranked(self, outputs: Arrays) -> Arrays:
        return {name: _largest(values, self._k) for name, values in outputs.items()} if self._k else outputs


def _largest(values: NDArray[Any], k: int) -> NDArray[np.int64]:
    # Stable, so that the lowest index wins a tie.
    return np.argsort(-values, axis=-1, kind="stable")[..., :k].astype(np.int64)
