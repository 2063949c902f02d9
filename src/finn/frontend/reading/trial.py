"""One run of the host's parts on zeros, so that what cannot run there is refused before anything is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, helper
from qonnx.core.modelwrapper import ModelWrapper

from finn.frontend.graph.attributes import refusal
from finn.frontend.graph.guard import at_node
from finn.frontend.host.programs import program_of
from finn.runtime.host_program import run_program

__all__ = ("require_running",)

_IMAGES = 2
Arrays = dict[str, NDArray[Any]]


def require_running(
    model: ModelWrapper, nodes: Sequence[NodeProto], constants: Mapping[str, Any], given: Iterable[str]
) -> None:
    """Run host nodes on two images of zeros.

    Parameters
    ----------
    model
        The normalised network: shapes and types of the tensors ``given``.
    nodes
        One of the host's parts, in graph order.
    constants
        Values of all initialisers.
    given
        The tensors that the part begins with.

    Raises
    ------
    FinnError
        If a node does not run, or gives another shape than ONNX' rules do; the text names it.
    """
    tensors = {name: _zeros(model, name) for name in given}
    for node in nodes:
        with at_node(node), np.errstate(all="ignore"):
            tensors = run_program(*program_of([node], constants), tensors)
        for name in filter(None, node.output):
            _require_shape(model, node, name, tensors[name])


def _zeros(model: ModelWrapper, name: str) -> NDArray[Any]:
    info = model.get_tensor_valueinfo(name)
    kind = helper.tensor_dtype_to_np_dtype(info.type.tensor_type.elem_type) if info else np.float32
    return np.zeros((_IMAGES, *model.get_tensor_shape(name)[1:]), dtype=kind or np.float32)


def _require_shape(model: ModelWrapper, node: NodeProto, name: str, value: NDArray[Any]) -> None:
    shape = model.get_tensor_shape(name)
    # An output may be declared without a shape.
    expected = (_IMAGES, *shape[1:]) if shape else value.shape
    if value.shape != expected:
        found = tuple(value.shape[1:])
        raise refusal(node, f"gives {found} for one image where {expected[1:]} is declared; check the export")
