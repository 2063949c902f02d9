"""Brings a QONNX graph to the few spellings that the rest of the front end knows."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from onnx import NodeProto, helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation
from qonnx.transformation.general import RemoveStaticGraphInputs

from finn.errors import FinnError
from finn.frontend.graph.attributes import QONNX_DOMAIN, QUANTISER_DOMAINS, Refusal, refusal
from finn.frontend.graph.operators import ELEMENTWISE, OPSET, network_inputs
from finn.frontend.levels.quantised import Quantised
from finn.frontend.reading.channels_last import ChannelsLastOperators
from finn.frontend.reading.constant_folding import FoldConstants
from finn.frontend.reading.fitting import require_fitting
from finn.frontend.reading.integer_operators import IntegerOperators
from finn.frontend.reading.known_operators import require_known_operators
from finn.frontend.reading.quantised_constants import fold_quantised
from finn.frontend.reading.quantize_linear import QuantizeLinearAsQuant
from finn.frontend.reading.reshapes import ReshapesBefore
from finn.frontend.reading.rewrites.cutting import CUTTING_REWRITES
from finn.frontend.reading.rewrites.functions import FUNCTION_REWRITES
from finn.frontend.reading.rewrites.images import IMAGE_REWRITES
from finn.frontend.reading.rewrites.linear import ACTIVATION_REWRITES, LINEAR_REWRITES
from finn.frontend.reading.rewrites.pooling import PoolWindowWritten, RoundedUpPools
from finn.frontend.reading.rewrites.resampling import RESAMPLING_REWRITES
from finn.frontend.reading.rewrites.rising import RISING_REWRITES
from finn.frontend.reading.rewrites.shaping import SHAPING_REWRITES
from finn.frontend.reading.shapes import KnownShapes, require_shapes
from finn.frontend.reading.transposes import TransposesBehind
from finn.frontend.reading.unread import UnreadNodes
from finn.kernels.registry import HARDWARE_NODES

__all__ = ("FixBatch", "NameNodes", "NormaliseQuantisers", "normalise")

_QUANTISERS = ("Quant", "IntQuant", "BipolarQuant", "MultiThreshold", "Trunc")
_TRUNC_2_INPUTS = 6
# Of Brevitas, as qonnx calls them.
_MODES = {b"ROUND_TO_ZERO": b"DOWN"}
_LAYER_NAME = re.compile(rf"({'|'.join(map(re.escape, HARDWARE_NODES))})_[0-9]+")


def normalise(model: ModelWrapper) -> tuple[ModelWrapper, dict[str, Quantised]]:
    """Named nodes, one quantiser domain, static shapes, no constant node, canonical operators.

    Graph inputs and outputs keep their names; the graph is written for ONNX opset 13. The second
    result holds the integers of the quantised constants, by tensor name.

    Raises
    ------
    FinnError
        If shapes are not known, or a node mixes the images of a batch or has no canonical form.
    """
    model = _transformed(model, UnreadNodes(), NormaliseQuantisers(), NameNodes(), RemoveStaticGraphInputs())
    network_inputs(model)
    require_known_operators(model)
    model = _transformed(model, IntegerOperators(), QuantizeLinearAsQuant(), NameNodes())
    require_known_operators(model)
    model = _transformed(model, ChannelsLastOperators(), FixBatch())
    _require_one_batch(model)
    _forget_types(model)
    model = _transformed(model, RoundedUpPools(), FoldConstants())
    require_shapes(model)
    rewrites = (*LINEAR_REWRITES, *IMAGE_REWRITES, PoolWindowWritten, *RESAMPLING_REWRITES)
    model = _rewritten(_transformed(model, ReshapesBefore(), TransposesBehind()), rewrites)
    quantised = fold_quantised(model)
    rewrites = (
        *ACTIVATION_REWRITES,
        *FUNCTION_REWRITES,
        *CUTTING_REWRITES,
        *SHAPING_REWRITES,
        *RISING_REWRITES,
    )
    model = _transformed(_rewritten(model, rewrites), NameNodes())
    _set_opset(model, "", OPSET)
    model = _transformed(model, KnownShapes())
    require_shapes(model)
    _require_batch(model)
    require_fitting(model)
    return model, quantised


def _forget_types(model: ModelWrapper) -> None:
    """Leave only those of the inputs: what else a file declares may be of another batch, or untrue."""
    del model.graph.value_info[:]
    for tensor in model.graph.output:
        tensor.ClearField("type")


def _transformed(model: ModelWrapper, *steps: Transformation) -> ModelWrapper:
    for step in steps:
        model = model.transform(step, make_deepcopy=False, cleanup=False)
    return model


def _rewritten(model: ModelWrapper, rewrites: Sequence[type[Transformation]]) -> ModelWrapper:
    """The model with all rewrites; of the nodes that they refuse the first in the graph is named."""
    places = {node.name: place for place, node in enumerate(model.graph.node)}
    refused: list[Refusal] = []
    for rewrite in rewrites:
        try:
            model = _transformed(model, rewrite())
        except Refusal as error:
            refused.append(error)
    if refused:
        raise min(refused, key=lambda error: places.get(error.node, len(places)))
    return model


def _require_batch(model: ModelWrapper) -> None:
    """Every activation must keep the batch in its first axis."""
    batch = model.get_tensor_shape(model.graph.input[0].name)[0]
    constants = {tensor.name for tensor in model.graph.initializer}
    for node in model.graph.node:
        shape = model.get_tensor_shape(node.output[0]) or [batch]
        moving = [model.get_tensor_shape(name) for name in node.input if name and name not in constants]
        longer = node.op_type in ELEMENTWISE and any(len(shape) > len(before) for before in moving if before)
        if longer or shape[0] != batch:
            raise refusal(node, "mixes the images of a batch; keep the first axis as the batch")


def _require_one_batch(model: ModelWrapper) -> None:
    sizes = {name: int(model.get_tensor_shape(name)[0]) for name in network_inputs(model)}
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"{name}: {size}" for name, size in sizes.items())
        raise FinnError(f"the model's inputs have different batch sizes ({told}); export it with one")


class NormaliseQuantisers(Transformation):  # type: ignore[misc]
    """Every QONNX quantiser in ``qonnx.custom_op.general``, ``IntQuant`` as ``Quant``.

    Rounding modes are called as in qonnx. ``DebugMarker``, which only names a tensor, becomes an
    ``Identity``.
    """

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """One sweep; the domain's version is the one that the ``Trunc`` nodes are written for."""
        quantisers = [n for n in model.graph.node if _is_quantiser(n)]
        for node in quantisers:
            node.domain = QONNX_DOMAIN
            node.op_type = "Quant" if node.op_type == "IntQuant" else node.op_type
            for attribute in node.attribute:
                if attribute.name == "rounding_mode":
                    attribute.s = _MODES.get(attribute.s.upper(), attribute.s)
        newer = any(n.op_type == "Trunc" and len(n.input) == _TRUNC_2_INPUTS for n in quantisers)
        _set_opset(model, QONNX_DOMAIN, 2 if newer else 1)
        for node in model.graph.node:
            if node.op_type == "DebugMarker" and node.domain in QUANTISER_DOMAINS:
                node.op_type, node.domain = "Identity", ""
                del node.attribute[:]
        return model, False


def _is_quantiser(node: NodeProto) -> bool:
    return node.op_type in _QUANTISERS and node.domain in QUANTISER_DOMAINS


def _set_opset(model: ModelWrapper, domain: str, version: int) -> None:
    kept = [o for o in model.model.opset_import if o.domain != domain]
    del model.model.opset_import[:]
    # qonnx takes the first entry for the version of the standard operators.
    standard_first = sorted([*kept, helper.make_opsetid(domain, version)], key=lambda o: o.domain != "")
    model.model.opset_import.extend(standard_first)


class NameNodes(Transformation):  # type: ignore[misc]
    """Gives every node a name of its own, so that a message can point at it."""

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """``<operator>_<index in the graph>`` where there is none, or it is taken or a layer's."""
        taken: set[str] = set()
        for index, node in enumerate(model.graph.node):
            name = node.name or f"{node.op_type}_{index}"
            if name in taken or _LAYER_NAME.fullmatch(name):
                name = f"{name}_{node.op_type}_{index}"
            node.name = name
            taken.add(name)
        return model, False


class FixBatch(Transformation):  # type: ignore[misc]
    """A batch axis of unknown size becomes one image; every other axis must be known."""

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """Also forgets the shapes that were inferred with another batch."""
        for tensor in model.graph.input:
            dims = tensor.type.tensor_type.shape.dim
            if not dims:
                raise FinnError(f"input {tensor.name!r} has no batch axis; export the model with a shape")
            if not dims[0].dim_value:
                dims[0].dim_value = 1
                del model.graph.value_info[:]
                _fix_outputs(model)
            if not np.all([d.dim_value for d in dims]):
                raise FinnError(
                    f"input {tensor.name!r} has an axis of unknown size; export it with fixed shapes"
                )
        return model, False


def _fix_outputs(model: ModelWrapper) -> None:
    for tensor in model.graph.output:
        for dim in tensor.type.tensor_type.shape.dim[:1]:
            dim.dim_value = dim.dim_value or 1
