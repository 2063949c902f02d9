"""Tensors of a graph that do not depend on its inputs."""

from __future__ import annotations

import numpy as np
from onnx import NodeProto, helper
from qonnx.core.modelwrapper import ModelWrapper

from finn.frontend.graph.attributes import refusal

__all__ = ("constant_names", "constant_shape", "moved_constant")


def constant_names(model: ModelWrapper) -> set[str]:
    """Names of initialisers and of what is computed from them alone."""
    names = {tensor.name for tensor in model.graph.initializer}
    for node in model.graph.node:
        if all(name in names for name in node.input if name):
            names.update(node.output)
    return names


def constant_shape(model: ModelWrapper, node: NodeProto, name: str) -> list[int]:
    """The shape of a constant that ``node`` reads; FinnError where it is not known."""
    shape = model.get_tensor_shape(name)
    if shape is None:
        raise refusal(
            node, f"reads the constant {name!r}, whose shape is not known; export it as an initialiser"
        )
    return [int(n) for n in shape]


def moved_constant(model: ModelWrapper, node: NodeProto, name: str, perm: tuple[int, ...]) -> str:
    """A constant that ``node`` combines with every element of a tensor, its axes moved by ``perm``.

    One with fewer axes has its own last; one value stays as it is.
    """
    shape = constant_shape(model, node, name)
    if int(np.prod(shape)) == 1:
        return name
    full, target = [1] * (len(perm) - len(shape)) + shape, f"{name}_for_{node.name}"
    value = model.get_initializer(name)
    if value is not None:
        model.set_initializer(target, value.reshape(full).transpose(perm))
        return target
    layout = f"{target}_shape"
    model.set_initializer(layout, np.asarray(full, dtype=np.int64))
    model.set_tensor_shape(target, [full[axis] for axis in perm])
    nodes = [
        helper.make_node("Reshape", [name, layout], [f"{target}_full"], name=f"{target}_full"),
        helper.make_node("Transpose", [f"{target}_full"], [target], name=target, perm=list(perm)),
    ]
    place = list(model.graph.node).index(node)
    for made in reversed(nodes):
        model.graph.node.insert(place, made)
    return target
