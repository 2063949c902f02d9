"""Where a model's generated files lie: one absolute path, all others relative to it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from onnx import NodeProto
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError

__all__ = (
    "build_directory",
    "ensure_build_directory",
    "hardware_child",
    "host_parts",
    "partition_node",
    "partition_path",
    "read_stage",
    "recorded_path",
    "set_everywhere",
)

PARTITION = "StreamingDataflowPartition"


def build_directory(model: ModelWrapper) -> Path:
    """The model's build directory; FinnError if it was never built or has moved away."""
    recorded = model.get_metadata_prop("build_dir")
    if not recorded:
        raise FinnError("the model has no build_dir; run MakePYNQProject on it first")
    if not Path(recorded).is_dir():
        raise FinnError(
            f"the build directory {recorded} does not exist; set the model's build_dir metadata "
            "to where the build lies now"
        )
    return Path(recorded)


def ensure_build_directory(model: ModelWrapper) -> Path:
    """The recorded build directory, or a new one under FINN_BUILD_DIR or the working directory."""
    if model.get_metadata_prop("build_dir"):
        return build_directory(model)
    parent = Path(os.environ.get("FINN_BUILD_DIR") or Path.cwd()).absolute()
    try:
        parent.mkdir(parents=True, exist_ok=True)
        path = tempfile.mkdtemp(prefix="finn_build_", dir=parent)
    except OSError as error:
        raise FinnError(f"no build directory can be made in {parent}: {error.strerror}") from error
    model.set_metadata_prop("build_dir", path)
    return Path(path)


def recorded_path(model: ModelWrapper, key: str, made_by: str) -> Path:
    """The existing file or folder that the metadata ``key`` names; FinnError says who makes it."""
    value = model.get_metadata_prop(key)
    if not value:
        raise FinnError(f"the model has no {key}; run {made_by} on it first")
    path = build_directory(model) / str(value)
    if not path.exists():
        raise FinnError(f"{key} names {path}, which does not exist; run {made_by} again")
    return path


def partition_node(model: ModelWrapper) -> NodeProto | None:
    """The graph's StreamingDataflowPartition, or None in a child or an unpartitioned model."""
    nodes = [node for node in model.graph.node if node.op_type == PARTITION]
    if len(nodes) > 1:
        raise FinnError(f"the model has {len(nodes)} partitions; only one is supported")
    return nodes[0] if nodes else None


def host_parts(model: ModelWrapper) -> tuple[list[NodeProto], list[NodeProto]]:
    """A parent's host nodes before and behind its partition; none where there is no partition."""
    nodes = list(model.graph.node)
    position = next((i for i, node in enumerate(nodes) if node.op_type == PARTITION), None)
    return ([], []) if position is None else (nodes[:position], nodes[position + 1 :])


def partition_path(model: ModelWrapper, node: NodeProto) -> Path:
    """The child file of a partition node."""
    relative = next((a.s.decode() for a in node.attribute if a.name == "model"), "")
    path = build_directory(model) / relative
    if not relative or not path.is_file():
        raise FinnError(f"{node.name}: its model {path} does not exist; partition the network again")
    return path


def read_stage(path: Path) -> ModelWrapper:
    """A model of a build's folder ``stages``; FinnError where the file is missing or damaged."""
    try:
        return ModelWrapper(str(path))
    except Exception as error:  # OSError, protobuf's DecodeError, and what qonnx raises for a bad graph
        raise FinnError(f"{path} is missing or damaged; build it again") from error


def hardware_child(model: ModelWrapper) -> ModelWrapper:
    """The child of a parent, with the parent's ``build_dir``; a child as it is."""
    node = partition_node(model)
    if node is None:
        return model
    child = read_stage(partition_path(model, node))
    child.set_metadata_prop("build_dir", model.get_metadata_prop("build_dir"))
    return child


def set_everywhere(model: ModelWrapper, properties: Mapping[str, str]) -> None:
    """Write metadata to a model and, if it is a parent, to its child file as well."""
    node = partition_node(model)
    # Looked up first: the properties may move build_dir itself.
    path = partition_path(model, node) if node is not None else None
    for key, value in properties.items():
        model.set_metadata_prop(key, value)
    if path is None:
        return
    child = read_stage(path)
    for key, value in properties.items():
        child.set_metadata_prop(key, value)
    child.save(str(path))
