"""Seeded mutations of models, and what becomes of each: a result, or one sentence.

``python mutations.py FIRST LAST`` tries the mutations of these numbers and prints a line for each.
"""

from __future__ import annotations

import random
import re
import resource
import signal
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from onnx import AttributeProto, ModelProto, TensorProto, helper, numpy_helper

__all__ = ("KINDS", "LIMIT_BYTES", "LIMIT_SECONDS", "mutated", "mutation", "outcome", "sources")

ROOT = Path(__file__).parents[1]
LIMIT_BYTES = 4 * 2**30
LIMIT_SECONDS = 60
_NUMBERS = (-(2**63), -(2**31), -2, -1, 0, 1, 2, 3, 7, 30, 10**6, 10**9, 2**40)
_FLOATS = (-1e30, -1.0, -0.0, 1e-45, 0.3, 30.0, 1e6, 3e38, float("inf"), float("nan"))
_TEXTS = (b"", b"NONSENSE", b"NHWC", b"SAME_UPPER", b"linear", b"\xff\xfe")
_TYPES = (0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 16, 22, 99)


def sources() -> list[Path]:
    """The models, in an order that does not change."""
    shared = ROOT.parent / "shared"
    folders = (shared / "cases", ROOT / "examples", shared / "models")
    return [path for folder in folders for path in sorted(folder.rglob("*.onnx"))]


def mutation(number: int) -> tuple[Path, str, bytes]:
    """The source, the kind and the mutated file of a number."""
    rng = random.Random(number)
    paths, kinds = sources(), list(KINDS)
    path, kind = paths[number % len(paths)], kinds[rng.randrange(len(kinds))]
    return path, kind, mutated(path.read_bytes(), kind, rng)


def mutated(content: bytes, kind: str, rng: random.Random) -> bytes:
    """The file with one change, or up to three of that kind."""
    if kind == "bytes":
        return _cut(content, rng)
    model = ModelProto()
    model.ParseFromString(content)
    for _ in range(rng.choice((1, 1, 2, 3))):
        if model.graph.node:
            KINDS[kind](model, rng)
    return model.SerializeToString()


def _cut(content: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(content))
    if rng.random() < 0.4:
        return content[:place]
    if rng.random() < 0.5:
        return content[:place] + content[place + rng.randrange(1, 9) :]
    flipped = bytearray(content)
    for _ in range(rng.randrange(1, 4)):
        flipped[rng.randrange(len(flipped))] = rng.randrange(256)
    return bytes(flipped)


def _remove_node(model: ModelProto, rng: random.Random) -> None:
    nodes = model.graph.node
    node = nodes.pop(rng.randrange(len(nodes)))
    if rng.random() < 0.7 and node.input:
        for other in nodes:
            for index, name in enumerate(other.input):
                if name in node.output:
                    other.input[index] = node.input[0]
        for tensor in model.graph.output:
            if tensor.name in node.output and nodes:
                tensor.name = nodes[-1].output[0]


def _change_attribute(model: ModelProto, rng: random.Random) -> None:
    nodes = [node for node in model.graph.node if node.attribute]
    if not nodes:
        return
    node = rng.choice(nodes)
    attribute = rng.choice(list(node.attribute))
    if rng.random() < 0.15:
        node.attribute.remove(attribute)
    elif rng.random() < 0.15:
        node.op_type = rng.choice([other.op_type for other in model.graph.node])
    else:
        _change_value(attribute, rng)


def _change_value(attribute: AttributeProto, rng: random.Random) -> None:
    name, kind = attribute.name, attribute.type
    if rng.random() < 0.15:
        value: Any = rng.choice((3, 0.5, "text", [1, 2], [0.5], ["a"]))
        attribute.CopyFrom(helper.make_attribute(name, value))
    elif kind == AttributeProto.INT:
        attribute.i = rng.choice(_NUMBERS)
    elif kind == AttributeProto.FLOAT:
        attribute.f = rng.choice(_FLOATS)
    elif kind == AttributeProto.STRING:
        attribute.s = rng.choice(_TEXTS)
    elif kind == AttributeProto.INTS and attribute.ints:
        place = rng.randrange(len(attribute.ints))
        if rng.random() < 0.3:
            del attribute.ints[place]
        elif rng.random() < 0.2:
            attribute.ints.append(rng.choice(_NUMBERS))
        else:
            attribute.ints[place] = rng.choice(_NUMBERS)


def _change_type(model: ModelProto, rng: random.Random) -> None:
    graph, kind = model.graph, rng.choice(_TYPES)
    place = rng.random()
    if place < 0.5 and graph.initializer:
        tensor = rng.choice(list(graph.initializer))
        if place < 0.25:
            tensor.data_type = kind
        elif tensor.data_location != TensorProto.EXTERNAL and _is_whole(tensor):
            value = numpy_helper.to_array(tensor).astype(rng.choice(("f2", "f8", "i4", "i8", "u1", "b1")))
            tensor.CopyFrom(numpy_helper.from_array(value, tensor.name))
    elif place < 0.75:
        rng.choice([*graph.input, *graph.output]).type.tensor_type.elem_type = kind
    elif graph.quantization_annotation:
        entry = rng.choice(list(graph.quantization_annotation))
        entry.quant_parameter_tensor_names[0].value = rng.choice(
            ("INT4", "UINT70", "BIPOLAR", "FLOAT32", "x")
        )
    else:
        entry = rng.choice(list(model.opset_import))
        entry.version = rng.choice((0, 1, 6, 9, 11, 13, 18, 21, 999))


def _rewire(model: ModelProto, rng: random.Random) -> None:
    graph = model.graph
    node = rng.choice(list(graph.node))
    names = [t.name for t in [*graph.input, *graph.initializer]] + [n for x in graph.node for n in x.output]
    if rng.random() < 0.2:
        node.output[rng.randrange(len(node.output))] = rng.choice([*names, ""])
    elif rng.random() < 0.15:
        rng.choice(list(graph.output)).name = rng.choice(names)
    elif node.input:
        place = rng.randrange(len(node.input))
        if rng.random() < 0.15:
            del node.input[place]
        else:
            node.input[place] = rng.choice([*names, ""])


def _resize(model: ModelProto, rng: random.Random) -> None:
    tensors = [tensor for tensor in model.graph.initializer if _is_whole(tensor)]
    if rng.random() < 0.15 or not tensors:
        dims = rng.choice(list(model.graph.input)).type.tensor_type.shape.dim
        if dims:
            dims[rng.randrange(len(dims))].dim_value = rng.choice(_NUMBERS)
        return
    tensor = rng.choice(tensors)
    if tensor.data_location == TensorProto.EXTERNAL or rng.random() < 0.3:
        tensor.dims[:] = [rng.choice((*_NUMBERS, *tensor.dims)) for _ in range(rng.randrange(5))]
        return
    value = _resized(numpy_helper.to_array(tensor), rng)
    tensor.CopyFrom(numpy_helper.from_array(value, tensor.name))


def _is_whole(tensor: TensorProto) -> bool:
    """Whether a tensor holds values, or says where they are: no earlier mutation spoilt it."""
    try:
        return tensor.data_location == TensorProto.EXTERNAL or numpy_helper.to_array(tensor) is not None
    except Exception:
        return False


def _resized(value: np.ndarray, rng: random.Random) -> np.ndarray:
    shape = [max(0, n + rng.choice((-1, 0, 0, 1, 5))) for n in value.shape]
    numbers = _NUMBERS if value.dtype.kind in "iu" else _FLOATS
    choices: tuple[Callable[[], Any], ...] = (
        lambda: value.T,
        lambda: value.reshape(-1),
        lambda: value[None],
        lambda: np.resize(value, shape),
        lambda: value[:0] if value.ndim else value,
        lambda: np.full(value.shape, rng.choice(numbers)),
        lambda: np.full(value.shape, rng.choice((2, 8, 17, 30))),
    )
    with np.errstate(all="ignore"):
        return np.ascontiguousarray(np.asarray(rng.choice(choices)()).astype(value.dtype))


KINDS: dict[str, Callable[[ModelProto, random.Random], None]] = {
    "node removed": _remove_node,
    "attribute changed": _change_attribute,
    "type changed": _change_type,
    "edge rewired": _rewire,
    "initialiser resized": _resize,
    "bytes": lambda model, rng: None,
}


def outcome(path: Path) -> str:
    """What becomes of a model file: ``runs``, or ``refused: `` and the sentence; else how it went wrong."""
    from finn.build import info
    from finn.core.onnx_exec import execute_onnx
    from finn.errors import FinnError
    from finn.frontend import import_network

    said = ""
    for job in (info, lambda path: _run(execute_onnx, import_network(path))):
        try:
            job(path)
        except FinnError as error:
            said = str(error)
            wrong = _fault(error, said)
            if wrong:
                return wrong
        except BaseException as error:
            return f"TRACEBACK {error!r}"[:400].replace("\n", " ")
    return f"refused: {said}" if said else "runs"


def _run(execute: Callable[..., Any], parent: Any) -> None:
    (tensor, *_) = parent.graph.input
    shape = (2, *parent.get_tensor_shape(tensor.name)[1:])
    execute(parent, {tensor.name: np.random.default_rng(0).integers(0, 2, shape).astype(np.float32)})


def _fault(error: BaseException, said: str) -> str:
    """What is wrong with a refusal; empty for a good one."""
    if (
        len(said.splitlines()) != 1
        or not said.strip()
        or re.search(r"Traceback|Error\(|<class|object at 0x", said)
    ):
        return f"NO SENTENCE {said!r}"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, MemoryError) or "bad_alloc" in str(cause):
            return f"MEMORY {said}"
        cause = cause.__cause__ or cause.__context__
    return ""


def _numbers() -> Iterator[int]:
    first, last, *kept = (int(text) for text in sys.argv[1:])
    return iter(kept or range(first, last))


def _main() -> None:
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        for number in _numbers():
            source, kind, content = mutation(number)
            path.write_bytes(content)
            data = source.with_name("model.onnx.data")
            if data.is_file():
                (path.parent / data.name).write_bytes(data.read_bytes())
            print(f"{number}\t{source.parent.name}/{source.name}\t{kind}\t", end="", flush=True)
            # Native code is not interrupted by a handler: the signal ends the process.
            signal.alarm(LIMIT_SECONDS)
            said = outcome(path)
            signal.alarm(0)
            print(said.replace(str(path), "model.onnx"), flush=True)


if __name__ == "__main__":
    _main()
