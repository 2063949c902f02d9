"""TensorFlow Lite networks on the integer model, equal to LiteRT's reference kernels on every value."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from tflite_files import TFLiteFile
from tflite_moved import cut_file, reduced_file, resized_file, scaled_file, split_file, spread_file
from tflite_networks import (
    FUNCTIONS,
    branched_file,
    dense_file,
    falling_file,
    function_file,
    functions_file,
    gated_file,
    image_file,
    pooled_file,
)

from finn.core.onnx_exec import execute_onnx
from finn.errors import FinnError
from finn.frontend import import_network, load_model
from finn.frontend.host.exact import exact_execution
from finn.frontend.host.integer_execution import integer_execution
from finn.frontend.host.reference import reference_execution
from finn.frontend.planning.input_meaning import input_entries
from finn.frontend.reading.tflite.operators import TFLITE_OPERATORS

MODELS = Path(__file__).resolve().parents[3] / "shared" / "models" / "mlperf_tiny"

ANSWERS = {
    dense_file: [[-54, 17, -5, 24, -31], [-7, -1, -4, 35, 33], [-18, 62, 31, 72, -14]],
    image_file: [[39, -85, -121, -89], [3, -78, -119, -62], [37, -86, -121, -86]],
    gated_file: [[73, 27, -5, 46], [88, -12, -21, 25], [65, -28, -29, -24]],
    cut_file: [[-24, 20, 8, 92, 28, -77], [10, 16, -15, 21, 70, -84], [-24, 17, 23, -31, -38, 90]],
    pooled_file: [[-21, -19, 12, 23], [-15, -2, 6, 18], [-3, 12, 8, -4]],
    falling_file: [[68, 2, -16, 80], [65, -25, 8, 101], [52, -4, -2, 111]],
    functions_file: [[39, 8, 25, -4, -29], [38, 8, 23, -4, -30], [37, 6, 23, -4, -30]],
    resized_file: [[16, -20, -10, -34], [59, 33, 3, 25], [36, -8, 21, 25]],
    reduced_file: [[59, -101, 23, 20], [12, -48, 3, -18], [21, -59, 18, -10]],
    scaled_file: [[-41, -17, 7, 20, -15], [-66, -19, 21, 16, 3], [-60, -17, 23, 12, 3]],
    split_file: [[84, -20, -74, 15], [31, -46, -3, -55], [68, -3, 13, -16]],
    spread_file: [[54, -7, -40, 71], [58, 3, -25, 67], [55, 5, -24, 65]],
    branched_file: [
        [-131, 114, 21, -119, -60, 110],
        [-131, 120, 24, -125, -60, 113],
        [-131, 120, 24, -125, -60, 113],
    ],
}
"""Of LiteRT 2.3.0 for the inputs of :func:`inputs_of`; those of ``branched_file`` in steps of its scale."""
STEP = np.float32(0.12)
CHECKSUMS = {
    dense_file: (2000, 3420481576),
    image_file: (400, 2987817096),
    gated_file: (400, 3665765915),
    cut_file: (400, 2177518515),
    pooled_file: (400, 1362871462),
    falling_file: (400, 1378600753),
    functions_file: (400, 960233677),
    resized_file: (400, 546331415),
    reduced_file: (400, 3216353692),
    scaled_file: (400, 4038097806),
    split_file: (400, 3112968551),
    spread_file: (400, 1532479338),
    branched_file: (200, 397737129),
}
"""CRC-32 of its answers for so many inputs, as little-endian int32: few values tell roundings apart."""


def inputs_of(file: Callable[[], TFLiteFile], shape: list[int], count: int = 3) -> np.ndarray:
    rng = np.random.default_rng(7)
    if file is branched_file:
        return rng.normal(0, 1.5, (count, *shape[1:])).astype(np.float32)
    return rng.integers(-128, 128, (count, *shape[1:])).astype(np.int8)


def in_steps(file: Callable[[], TFLiteFile], y: np.ndarray) -> np.ndarray:
    return np.rint(y / STEP) if file is branched_file else y


@pytest.fixture(params=ANSWERS, ids=lambda file: file.__name__)
def file(request: pytest.FixtureRequest) -> Callable[[], TFLiteFile]:
    made: Callable[[], TFLiteFile] = request.param
    return made


@pytest.fixture
def path(file: Callable[[], TFLiteFile], tmp_path: Path) -> Path:
    target = tmp_path / "network.tflite"
    target.write_bytes(file().content())
    return target


def test_the_reference_gives_litert_s_answers(file: Callable[[], TFLiteFile], path: Path) -> None:
    model = load_model(path)
    (name,), (output,) = ([t.name for t in ends] for ends in (model.graph.input, model.graph.output))
    x = inputs_of(file, model.get_tensor_shape(name))
    y = reference_execution(path, {name: x})[output]
    assert y.dtype == (np.float32 if file is branched_file else np.int8)
    assert in_steps(file, y).tolist() == ANSWERS[file]
    assert np.array_equal(exact_execution(path, {name: x})[output], y)
    count, checksum = CHECKSUMS[file]
    y = reference_execution(path, {name: inputs_of(file, model.get_tensor_shape(name), count)})[output]
    assert crc32(in_steps(file, y).astype("<i4").tobytes()) == checksum


def test_the_integer_model_equals_the_reference(file: Callable[[], TFLiteFile], path: Path) -> None:
    parent = import_network(path)
    (name,), (output,) = ([t.name for t in ends] for ends in (parent.graph.input, parent.graph.output))
    x = inputs_of(file, parent.get_tensor_shape(name), 60)
    y, reference = execute_onnx(parent, {name: x})[output], reference_execution(path, {name: x})[output]
    assert y.dtype == reference.dtype and np.array_equal(y, reference)
    assert len(np.unique(reference, axis=0)) >= 10


@pytest.mark.parametrize(
    ("kind", "checksum"),
    [
        ("HARD_SWISH", 2234563301),
        ("LEAKY_RELU", 3927153395),
        ("LOGISTIC", 236225845),
        ("TANH", 2536336587),
    ],
)
def test_a_function_of_every_number(kind: str, checksum: int, tmp_path: Path) -> None:
    """The checksums are of LiteRT's answers."""
    meaning, options = FUNCTIONS[kind]
    path = tmp_path / "function.tflite"
    path.write_bytes(function_file(kind, meaning, **options).content())
    y = reference_execution(path, {"numbers": np.arange(-128, 128, dtype=np.int8)[None]})["values"]
    assert crc32(y.astype("<i4").tobytes()) == checksum


def test_a_network_runs_in_hardware_from_its_input_on(tmp_path: Path) -> None:
    path = tmp_path / "image.tflite"
    path.write_bytes(image_file().content())
    parent = import_network(path)
    kinds = [node.op_type for node in parent.graph.node]
    # The Softmax of whole numbers is the host's; the sum has its thresholds of whole numbers.
    assert kinds[:2] == ["Transpose", "Transpose"] and kinds[-2:] == ["IntegerSoftmax", "AsInt8"]
    assert [kind for kind in kinds if kind in ("MVAU", "VVAU", "AddStreams", "GlobalAccPool")] == [
        *("MVAU", "VVAU", "AddStreams", "GlobalAccPool", "MVAU")
    ]
    assert parent.get_metadata_prop("finn_ties") == "{}"
    (entry,) = input_entries(parent)
    assert (entry["name"], entry["shape"], entry["datatype"]) == ("pixels", [7, 6, 3], "int8")
    assert entry["layout"] == "NHWC" and entry["integers"]["datatype"] == "INT8"


def test_the_largest_are_found_in_hardware_where_no_rounding_makes_them_equal(tmp_path: Path) -> None:
    path = tmp_path / "network.tflite"
    for made, name in ((dense_file, "x"), (branched_file, "pixels")):
        path.write_bytes(made().content())
        x = inputs_of(made, load_model(path).get_tensor_shape(name), 20)
        (y,) = reference_execution(path, {name: x}).values()
        (found,) = execute_onnx(import_network(path, top_k=2), {name: x}).values()
        assert np.array_equal(found, np.argsort(-y.astype(float), axis=1, kind="stable")[:, :2])
    path.write_bytes(image_file().content())
    with pytest.raises(
        FinnError, match=r"^SOFTMAX_6 \(IntegerSoftmax\) follows the last layer and is not one"
    ):
        import_network(path, top_k=2)


def test_a_file_is_told_by_its_content_too(tmp_path: Path) -> None:
    path = tmp_path / "network.bin"
    path.write_bytes(dense_file().content())
    assert [t.name for t in load_model(path).graph.output] == ["y1"]


@pytest.mark.parametrize("images", [0, 1])
def test_what_the_reference_is_given_is_checked(images: int, tmp_path: Path) -> None:
    path = tmp_path / "network.tflite"
    path.write_bytes(dense_file().content())
    model, x = load_model(path), np.zeros((images, 7), np.int8)
    assert integer_execution(model, {"x": x})["y1"].shape == (images, 5)
    with pytest.raises(FinnError, match=r"^input 'x' is missing; give it by that name$"):
        integer_execution(model, {"y": x})
    with pytest.raises(FinnError, match=rf"^input 'x' has shape \({images}, 6\); the model takes \(N, 7\)$"):
        integer_execution(model, {"x": x[:, :6]})


@pytest.mark.skipif(not MODELS.is_dir(), reason="../shared/models/mlperf_tiny is not beside this checkout")
@pytest.mark.parametrize(("name", "count"), [("ad", 64), ("kws", 64), ("ic", 12), ("vww", 4)])
def test_every_stored_answer_of_mlperf_tiny(name: str, count: int) -> None:
    stored = np.load(MODELS / f"{name}.npz")
    parent = import_network(MODELS / f"{name}.tflite")
    (source,), (output,) = ([t.name for t in ends] for ends in (parent.graph.input, parent.graph.output))
    tensors = execute_onnx(parent, {source: stored["x"][:count]}, return_full_exec_context=True)
    assert tensors[output].dtype == np.int8 and np.array_equal(tensors[output], stored["y"][:count])
    if "logits" in stored:
        (last,) = (node.input[0] for node in parent.graph.node if node.op_type == "IntegerSoftmax")
        assert np.array_equal(tensors[last], stored["logits"][:count])


@pytest.mark.skipif(not MODELS.is_dir(), reason="../shared/models/mlperf_tiny is not beside this checkout")
@pytest.mark.parametrize(("name", "count"), [("ad", 64), ("kws", 64), ("ic", 16), ("vww", 8)])
def test_the_reference_gives_every_stored_answer_of_mlperf_tiny(name: str, count: int) -> None:
    stored, model = np.load(MODELS / f"{name}.npz"), load_model(MODELS / f"{name}.tflite")
    outputs = integer_execution(model, {model.graph.input[0].name: stored["x"][:count]})
    assert np.array_equal(outputs[model.graph.output[0].name], stored["y"][:count])


def test_the_documented_table_is_the_codes() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operators.rst").read_text()
    table = page.split(".. _tflite:")[1].split("One by one")[0]
    named = [line.split("``")[1] for line in table.splitlines() if line.startswith("``")]
    assert [name for name in named if name.isupper()] == sorted(TFLITE_OPERATORS)


def test_scales_of_a_product_are_multiplied_as_float32(tmp_path: Path) -> None:
    scales, file = (0.087, 0.043, 0.0131), TFLiteFile()
    first, second, y = (file.tensor((1, 3, 2, 5), scale) for scale in scales)
    file.inputs = [first, second]
    file.operator("MUL", [first, second], y, FusedActivationFunction=0)
    (tmp_path / "product.tflite").write_bytes(file.content())
    model = load_model(tmp_path / "product.tflite")
    (node,) = (n for n in model.graph.node if n.op_type == "Requantize")
    a, b, c = map(np.float32, scales)
    single, double = (np.frexp(float(f))[0] * 2**31 for f in (a * b / c, float(a) * float(b) / float(c)))
    assert round(single) != round(double)
    assert model.get_initializer(node.input[2]).tolist() == [round(single)]
